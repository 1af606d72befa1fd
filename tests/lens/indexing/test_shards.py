"""Cutting a run into shards, and taking over what was read and encoded elsewhere; no cluster is needed for that."""

import builtins
from dataclasses import replace

import numpy as np
import pytest

from lens import Library
from lens.errors import ClusterError
from lens.indexing.cluster import Cluster, shared_out
from lens.indexing.indexer import Run, plan_run
from lens.indexing.lane import column_of
from lens.indexing.plan import Scope
from lens.indexing.pruning import Prune
from lens.indexing.reading import Failure, read_all
from lens.indexing.report import nothing_to_tell
from lens.indexing.shards import ShardJob, ShardWorker, Stored, digests, shards_of
from lens.indexing.stages import Stages
from lens.models.loaded import LoadedEncoders
from lens_indexes import Index
from tests.fakes import ColourEncoder, paint


def planned(index, folder, encoder):
    for column in [column_of(encoder.info)]:
        index.photos.bind(column)
    return plan_run(index, Scope((folder,)), [encoder])


def test_shards_are_the_same_while_the_files_are(tmp_path):
    encoder = ColourEncoder()
    for number in range(5):
        paint(tmp_path / "photos" / f"{number}.png", "red")
    index = Index.create(str(tmp_path / "index"))
    columns = [column_of(encoder.info)]

    def ids():
        work = planned(index, tmp_path / "photos", encoder).ledger.work()
        return [(shard.id, len(shard.work)) for shard in shards_of(work, columns, 2)]

    first = ids()
    assert [photos for _, photos in first] == [2, 2, 1]
    assert ids() == first
    paint(tmp_path / "photos" / "0.png", "blue", size=(40, 40))
    changed = ids()
    assert changed[0] != first[0]
    assert changed[1:] == first[1:]


def test_digests_are_sorted_beginnings():
    found = digests(["ff" * 32, "00" * 32, "80" + "00" * 31])
    assert found.dtype == np.uint64
    assert found.tolist() == [0, 1 << 63, (1 << 64) - 1]


def test_a_run_takes_over_what_was_encoded_elsewhere(tmp_path):
    """The index is the same, row for row, as if this machine had encoded the photos."""
    photos = tmp_path / "photos"
    for number, colour in enumerate(["red", "green", "blue"]):
        paint(photos / f"{number}.png", colour)
    (photos / "broken.jpg").write_bytes(b"\xff\xd8no")
    Library.open(tmp_path / "here").index([photos], ColourEncoder(), thumbnails=False)
    encoder, index = ColourEncoder(), Index.create(str(tmp_path / "there"))
    plan = planned(index, photos, encoder)

    def elsewhere(columns):
        assert columns == [column_of(encoder.info)]
        for result in read_all(plan.ledger.work(), [encoder], None, Stages(), run._pool):
            if isinstance(result, Failure):
                yield result
            else:
                yield replace(result, prepared=list(encoder.encode_prepared(result.prepared)))
        assert len(index.skipped.all()) == 0
        yield Stored(0)
        assert len(index.skipped.all()) == 1, "what came before is in the index once a shard is told to be stored"

    run = Run(index, [encoder], plan, progress=nothing_to_tell, stages=Stages(), thumbnails=None, elsewhere=elsewhere)
    with index.writing():
        report = run.carry_out([photos], Prune.NONE)
    assert (report.added, report.skipped) == (3, 1)
    one, other = (Index.open(str(tmp_path / name)).photos.table.search().to_arrow() for name in ("here", "there"))
    names = ["path", "content_hash", column_of(encoder.info).column]
    assert one.select(names).sort_by("path") == other.select(names).sort_by("path")


@pytest.mark.parametrize(
    ("nodes", "workers", "gpus", "shared"),
    [
        ([{"CPU": 16}] * 4, 2, 0, (2, 16)),
        ([{"CPU": 16}] * 4, 32, 0, (32, 2)),
        ([{"CPU": 2}, {"CPU": 5}], 3, 0, (3, 2)),
        ([{"CPU": 1}, {"CPU": 1}], 4, 0, (2, 1)),
        ([{"CPU": 8, "GPU": 1}, {"CPU": 8}], 4, 0.5, (2, 1)),
    ],
)
def test_workers_share_processors_so_that_each_fits_on_a_machine(nodes, workers, gpus, shared):
    assert shared_out(nodes, workers, gpus) == shared


def test_where_no_worker_fits_it_is_said():
    with pytest.raises(ClusterError, match="a processor and 1 of a GPU"):
        shared_out([{"CPU": 8}, {"memory": 1.0}], 2, 1.0)


def test_a_machine_that_reads_photos_otherwise_is_refused():
    job = ShardJob("nowhere", LoadedEncoders(), ColourEncoder(), (), (), "another reader", digests([]))
    with pytest.raises(ClusterError, match=r"worker-1 reads photos with .* began with another reader"):
        ShardWorker(job, 1, "worker-1")


def test_without_ray_the_command_to_install_it_is_said(tmp_path, monkeypatch):
    paint(tmp_path / "photos" / "red.png", "red")
    imported = builtins.__import__

    def without_ray(name, *rest):
        if name.partition(".")[0] == "ray" or name == "lance_ray":
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_ray)
    library = Library.open(tmp_path / "index")
    with pytest.raises(ClusterError, match=r"pip install 'lens-photos\[ray\]'"):
        library.index([tmp_path / "photos"], ColourEncoder(), cluster=Cluster())
    assert library.status().photos == 0

"""Index runs on clusters of Ray, which begin on this machine: the same index, whoever is killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from lens import Library
from lens.errors import ClusterError
from lens.indexing.cluster import Cluster
from lens.indexing.lane import column_of
from lens.search import Band
from lens_indexes import Coverage, Index, ShardState, approximate
from tests.e2e.ray_encoders import DeadlyEncoder, SlowEncoder, WaitingEncoder
from tests.fakes import ColourEncoder, WideEncoder, paint
from tests.rows import row, unit
from tests.stores import failing, put, serving

pytest.importorskip("lance_ray", reason="needs the extra ray")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # Ray's and LanceDB's, about forks and about what is to be removed
]
PHOTOS = 96
LENS = [sys.executable, "-c", "from lens_cli.app import main; main()"]


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    for number in range(PHOTOS):
        paint(folder / str(number % 3) / f"{number:03}.png", "#{:02x}{:02x}{:02x}".format(*rng.integers(0, 255, 3)))
    (folder / "0" / "broken.jpg").write_bytes(b"\xff\xd8no")
    return folder


@pytest.fixture(autouse=True)
def left_afterwards():
    yield
    import ray

    ray.shutdown()


def rows(uri):
    """By path: the content, and the vectors of all encoders."""
    photos = Index.open(str(uri)).photos
    table, vectors = photos.table.search().to_arrow(), [encoder.column for encoder in photos.encoders()]
    assert vectors
    paths = table["path"].to_pylist()
    assert len(set(paths)) == len(paths), "a photo is twice in the index"
    contents = table["content_hash"].to_pylist()
    return {path: (contents[at], [table[name][at].as_py() for name in vectors]) for at, path in enumerate(paths)}


def assert_same(uri, other):
    one, two = rows(uri), rows(other)
    assert one.keys() == two.keys()
    assert len(one) >= PHOTOS
    for path, (content, vectors) in one.items():
        assert content == two[path][0]
        np.testing.assert_allclose(vectors, two[path][1], atol=1e-5)
    skipped = [[(row.path, row.reason) for row in Index.open(str(each)).skipped.all()] for each in (uri, other)]
    assert skipped[0] == skipped[1]
    assert len(skipped[0]) == 1


@pytest.fixture(scope="module")
def single(photos, tmp_path_factory):
    """The index that one machine makes."""
    place = tmp_path_factory.mktemp("single") / "index"
    Library.open(place).index([photos], ColourEncoder(), thumbnails=False)
    return place


@pytest.fixture
def nodes():
    """A cluster of two nodes, each with one processor beside those of the one who asks."""
    from ray.cluster_utils import Cluster as Nodes

    cluster = Nodes(initialize_head=True, head_node_args={"num_cpus": 0})
    cluster.workers = [cluster.add_node(num_cpus=1) for _ in range(2)]
    cluster.wait_for_nodes()
    yield cluster
    cluster.shutdown()


def test_from_the_command_line_with_the_built_in_encoder(samples, tmp_path):
    def lens(*words):
        done = subprocess.run([*LENS, *words], capture_output=True, text=True, check=False, timeout=500)
        assert done.returncode == 0, done.stderr
        return done.stdout

    Library.open(tmp_path / "here").index([samples], "builtin", thumbnails=False)
    there = str(tmp_path / "there")
    report = json.loads(
        lens("index", str(samples), "--index", there, "--engine", "ray", "--workers", "2", "--json", "-q")
    )
    one, two = rows(tmp_path / "here"), rows(there)
    assert report["added"] == len(one) == len(two) >= 20
    for path, (content, vectors) in one.items():
        assert content == two[path][0]
        np.testing.assert_allclose(vectors, two[path][1], atol=1e-5)
    assert "2 done" in lens("status", "--index", there)
    assert "poodle" in lens("search", "poodle", "--index", there, "--top", "1")


def test_two_nodes_share_the_work(photos, single, nodes, tmp_path):
    report = Library.open(tmp_path / "index").index(
        [photos], SlowEncoder(0.05), cluster=Cluster(nodes.address, workers=2)
    )
    assert (report.added, report.skipped) == (PHOTOS, 1)
    assert_same(tmp_path / "index", single)
    told = Index.open(str(tmp_path / "index")).shards.latest()
    assert len(told) >= 4
    assert {news.state for news in told} == {ShardState.DONE}
    assert len({news.node for news in told}) == 2, "one node did all of the work"
    again = Library.open(tmp_path / "index").index([photos], ColourEncoder(), cluster=Cluster(nodes.address))
    assert (again.added, again.unchanged) == (0, PHOTOS)


def test_photos_are_read_on_one_node_and_encoded_on_the_other(photos, single, nodes, tmp_path):
    cluster = Cluster(nodes.address, workers=1, readers=1)
    report = Library.open(tmp_path / "index").index([photos], SlowEncoder(0.01), cluster=cluster)
    assert (report.added, report.skipped) == (PHOTOS, 1)
    assert_same(tmp_path / "index", single)
    told = Index.open(str(tmp_path / "index")).shards.rows().to_pylist()
    reading, encoding = ({row["node"] for row in told if row["state"] == state} for state in ("reading", "running"))
    assert len(reading) == len(encoding) == 1
    assert reading != encoding
    with pytest.raises(ClusterError, match="fewer --workers or --readers"):
        Library.open(tmp_path / "other").index([photos], ColourEncoder(), cluster=Cluster(nodes.address, 2, readers=2))


def test_known_photos_are_decided_on_as_on_one_machine(photos, tmp_path):
    """Changed, moved and newly encoded ones, beside new ones."""
    for name in ("here", "there"):
        folder = tmp_path / name / "photos"
        for number, colour in enumerate(["red", "green", "blue", "white"]):
            paint(folder / f"{number}.png", colour)
        library = Library.open(tmp_path / name / "index")
        library.index([folder], ColourEncoder(), thumbnails=False)
        (folder / "0.png").rename(folder / "moved.png")
        paint(folder / "1.png", "purple", size=(40, 40))
        paint(folder / "new.png", "orange")
        encoders = [ColourEncoder(), ColourEncoder("other")]
        report = library.index([folder], encoders, cluster=Cluster() if name == "there" else None)
        assert (report.added, report.changed, report.moved, report.filled) == (1, 1, 1, 3)
    here, there = rows(tmp_path / "here" / "index"), rows(tmp_path / "there" / "index")
    assert here == there
    assert len(here) == 5


@pytest.mark.parametrize("readers", [0, 1])
def test_a_worker_that_is_killed_loses_nothing(readers, photos, single, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    paint(folder / "red.png", "red")
    for number in range(40):
        paint(folder / f"{number}.png", f"#{number:02x}ff{number:02x}")
    report = Library.open(tmp_path / "index").index(
        [folder], DeadlyEncoder(tmp_path, 1), cluster=Cluster(workers=1, readers=readers)
    )
    assert (tmp_path / "killed-0").exists()
    assert report.added == 41
    assert len(rows(tmp_path / "index")) == 41
    tries = Index.open(str(tmp_path / "index")).shards.rows()["state"].to_pylist().count("running")
    assert tries == len(Index.open(str(tmp_path / "index")).shards.latest()) + 1


def test_a_shard_that_kills_every_worker_is_given_up_and_the_others_are_kept(tmp_path):
    folder = tmp_path / "photos"
    for number in range(40):
        paint(folder / f"{number:02}.png", f"#{number:02x}ff{number:02x}")
    paint(folder / "zz.png", "red")
    library = Library.open(tmp_path / "index")
    with pytest.raises(ClusterError, match=r"1 shards failed .* run again"):
        library.index([folder], DeadlyEncoder(tmp_path, 100), cluster=Cluster())
    kept = library.status()
    assert kept.shards["failed"] == 1
    assert 0 < kept.photos < 41
    report = library.index([folder], ColourEncoder(), cluster=Cluster())
    assert report.unchanged == kept.photos
    assert len(rows(tmp_path / "index")) == 41


def test_a_slow_shard_holds_up_no_other(tmp_path):
    folder, go = tmp_path / "photos", tmp_path / "go"
    paint(folder / "00.png", "red")
    for number in range(1, 41):
        paint(folder / f"{number:02}.png", f"#{number:02x}ff{number:02x}")
    library = Library.open(tmp_path / "index")
    meanwhile = []

    def let_go(progress):
        if progress.done >= 25 and not go.exists():
            meanwhile.append(library.status())
            go.touch()

    report = library.index([folder], WaitingEncoder(go), cluster=Cluster(), on_progress=let_go)
    assert report.added == 41
    [held] = meanwhile
    assert held.photos == 25
    assert held.shards["running"] >= 1
    assert len(rows(tmp_path / "index")) == 41


def test_a_node_that_is_lost_loses_nothing(photos, single, nodes, tmp_path):
    library = Library.open(tmp_path / "index")
    lost = []

    def lose(progress):
        if progress.done and not lost:
            lost.append(progress.done)
            Thread(target=nodes.remove_node, args=(nodes.workers[1],), kwargs={"allow_graceful": False}).start()

    report = library.index([photos], SlowEncoder(0.1), cluster=Cluster(nodes.address, workers=2), on_progress=lose)
    assert lost
    assert lost[0] < PHOTOS
    assert (report.added, report.skipped) == (PHOTOS, 1)
    assert_same(tmp_path / "index", single)


def test_the_one_who_asked_is_killed_and_asks_again(photos, single, tmp_path):
    """What was committed is not done again, and what was not is."""
    uri = str(tmp_path / "index")
    program = (
        "from lens import Library; from lens.indexing.cluster import Cluster; from tests.e2e.ray_encoders import *;"
        f"Library.open({uri!r}).index([{str(photos)!r}], SlowEncoder(0.3), cluster=Cluster())"
    )
    with subprocess.Popen([sys.executable, "-c", program], start_new_session=True) as asking:
        until = time.monotonic() + 300
        while time.monotonic() < until and asking.poll() is None:
            time.sleep(0.2)
            if (tmp_path / "index" / "shards.lance").exists() and Index.open(uri).shards.counts().get("done"):
                break
        assert asking.poll() is None, "it had ended before it could be killed"
        os.killpg(asking.pid, signal.SIGKILL)
    kept = {row["id"] for row in Index.open(uri).photos.table.search().select(["id"]).to_arrow().to_pylist()}
    assert 0 < len(kept) < PHOTOS
    report = Library.open(uri).index([photos], ColourEncoder(), cluster=Cluster())
    assert report.added + report.unchanged == PHOTOS
    assert report.unchanged >= len(kept)
    assert_same(uri, single)
    ids = {row["id"] for row in Index.open(uri).photos.table.search().select(["id"]).to_arrow().to_pylist()}
    assert kept <= ids, "a shard that was done was done again"


def test_files_are_joined_and_an_approximate_index_is_built_by_workers(nodes, tmp_path, monkeypatch):
    """And what is found by it is what was found before."""
    library, encoder = Library.open(tmp_path / "index"), WideEncoder()
    index = Index.create(library.uri)
    index.roots.add(Path("/photos"))
    column = column_of(encoder.info)
    index.photos.bind(column)
    for start in range(0, 2_000, 200):
        some = range(start, start + 200)
        index.photos.add([row(number) for number in some], {column: unit(200, column.dim, seed=start)})
    exact = [match.id for match in library.search("red", top=5, encoder=encoder, least=Band.REST)]
    shutil.rmtree(tmp_path / "index" / "mirror")
    monkeypatch.setattr(approximate, "WORTH_IT", 2_000)
    library.optimize(approximate=True, cluster=Cluster(nodes.address, workers=2))
    assert index.photos.table.stats()["fragment_stats"]["num_fragments"] == 1
    assert library.status().encoders[0].approximate == Coverage(2_000, 0)
    monkeypatch.setattr(approximate, "LOOKED_INTO", 2_000)  # lists; they begin at random vectors
    assert {match.id for match in library.search("red", top=5, encoder=encoder, least=Band.REST)} == {*exact}
    index.photos.add([row(2_000)], {column: unit(1, column.dim, seed=1)})
    library.optimize(cluster=Cluster(nodes.address, workers=2))
    assert library.status().encoders[0].approximate == Coverage(2_001, 0)
    assert not (tmp_path / "index" / "mirror" / "mirror.json").exists()


@pytest.mark.parametrize("on_the_store", [False, True])
def test_a_store_that_fails_one_request_in_twenty_loses_nothing(photos, single, bucket, monkeypatch, on_the_store):
    if on_the_store:
        pytest.importorskip("s3fs")
    for file in photos.rglob("*.*") if on_the_store else ():
        put(f"{bucket}-photos/{file.relative_to(photos)}", file.read_bytes())
    there = f"{bucket}-photos" if on_the_store else photos
    with serving(failing(20, done=True)) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        library = Library.open(bucket)
        report = library.index([there], ColourEncoder(), cluster=Cluster(workers=2))
        assert (report.added, report.skipped) == (PHOTOS, 1)
        assert_same(bucket, single)
        assert library.status().shards["failed"] == 0
        assert library.index([there], ColourEncoder(), cluster=Cluster()).unchanged == PHOTOS

"""A backup is an index of its own, whole or not there at all, and never takes the place of anything unasked."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lens_indexes import Index, IndexFailure, IndexLocked, IndexNotWritable, SkippedRow, backup
from lens_indexes.backup import back_up
from lens_indexes.lock import locked
from tests.rows import CLIP, age, damage, row, unit


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index.create(str(tmp_path / "index"))
    made.photos.bind(CLIP)
    root = made.roots.add(tmp_path / "photos")
    for start in range(0, 40, 10):
        rows = [row(number, root=root.name, keywords=("sea",)) for number in range(start, start + 10)]
        made.photos.add(rows, {CLIP: unit(10, CLIP.dim, seed=start)})
    made.photos.delete([row(5).id])
    made.photos.set_default(CLIP.name)
    made.skipped.add([SkippedRow(f"{1:032x}", root.name, "a.gif", 3, 4, "truncated", "pillow")])
    return made


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "backups" / "monday"


def contents(index: Index) -> dict[str, list]:
    return {name: table.to_arrow().to_pylist() for name, table in index.tables.items()}


def vectors(index: Index) -> list[tuple[str, list[float] | None]]:
    table = index.tables["photos"].to_arrow()
    return list(zip(table["id"].to_pylist(), table[CLIP.column].to_pylist(), strict=True))


def test_a_backup_is_the_same_index(index, copy, monkeypatch):
    monkeypatch.setattr("lens_indexes.snapshot.ROWS_AT_ONCE", 7)
    back_up(index, str(copy))
    opened = Index.open(str(copy))
    assert contents(opened) == contents(index)
    assert opened.photos.encoders() == [CLIP]
    assert opened.photos.default() == CLIP.name
    assert [entry.name for entry in copy.parent.iterdir()] == ["monday"]
    with opened.writing():
        opened.photos.delete([row(1).id])
    assert index.photos.count(missing=False) == 39


def test_an_old_index_is_copied_as_it_is(index, copy):
    age(index.uri)
    back_up(Index.open(index.uri), str(copy))
    assert "keywords" not in Index.open(str(copy)).tables["photos"].schema.names


def test_a_damaged_vector_does_not_prevent_a_backup(index, copy):
    index.photos.empty_vectors([row(2).id], CLIP)
    damage(index, CLIP, {row(1).id: np.full(CLIP.dim, np.nan), row(3).id: np.full(CLIP.dim, 2)})
    back_up(index, str(copy))
    rows = dict(vectors(Index.open(str(copy))))
    assert len(rows) == 39
    assert [id_ for id_, vector in rows.items() if vector is None] == [row(2).id, row(1).id]
    assert rows[row(3).id] == [2] * CLIP.dim


def test_a_backup_while_a_run_goes_on_holds_whole_commits(index, copy):
    program = f"""
import sys
sys.path[:] = {json.dumps(sys.path)}
from lens_indexes import Index
from tests.rows import CLIP, row, unit
index = Index.open({index.uri!r})
with index.writing():
    for start in range(100, 100_000, 10):
        rows = [row(number, root="photos") for number in range(start, start + 10)]
        index.photos.add(rows, {{CLIP: unit(10, CLIP.dim)}})
        print(start, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout.readline() == "100\n"
        back_up(index, str(copy))
        assert running.poll() is None
        running.kill()
    paths = sorted(int(Path(path).stem) for _, _, path in Index.open(str(copy)).photos.places())
    new = [number for number in paths if number >= 100]
    assert new == list(range(100, 100 + len(new)))
    assert len(new) >= 10
    assert len(new) % 10 == 0
    assert len(paths) == 39 + len(new)


def test_nothing_is_replaced_unasked(index, copy):
    back_up(index, str(copy))
    index.photos.delete([row(1).id])
    with pytest.raises(IndexNotWritable, match=r"holds an index already.*--force"):
        back_up(index, str(copy))
    assert Index.open(str(copy)).photos.count(missing=False) == 39
    back_up(index, str(copy), force=True)
    assert Index.open(str(copy)).photos.count(missing=False) == 38
    assert [entry.name for entry in copy.parent.iterdir()] == ["monday"]


def test_what_is_no_index_is_never_replaced(index, copy, tmp_path):
    copy.mkdir(parents=True)
    (copy / "notes.txt").write_text("mine")
    for place, reason in (
        (copy, "something other than an index"),
        (copy / "notes.txt", "is a file"),
        (Path(index.uri), "the index itself"),
        (Path(index.uri) / "inside", "the index itself"),
        (tmp_path, "in or around it"),
    ):
        with pytest.raises(IndexNotWritable, match=reason):
            back_up(index, str(place), force=True)
    assert (copy / "notes.txt").read_text() == "mine"


def test_an_index_that_is_being_written_is_not_replaced(index, copy):
    back_up(index, str(copy))
    with Index.open(str(copy)).writing(), pytest.raises(IndexLocked):
        back_up(index, str(copy), force=True)


def test_an_empty_folder_will_do(index, copy):
    copy.mkdir(parents=True)
    back_up(index, str(copy))
    assert Index.open(str(copy)).photos.count(missing=False) == 39


def test_what_a_killed_backup_left_is_no_hindrance(index, copy):
    back_up(index, str(copy))
    copy.rename(copy.with_name(".monday.partial"))
    shutil.rmtree(copy.with_name(".monday.partial") / "roots.lance")
    with locked(copy.with_name(".monday.partial"), wait=False), pytest.raises(IndexLocked):  # it is not dead yet
        back_up(index, str(copy))
    back_up(index, str(copy))
    assert contents(Index.open(str(copy))) == contents(index)
    assert [entry.name for entry in copy.parent.iterdir()] == ["monday"]


def test_room_is_looked_for_first(index, copy, monkeypatch):
    monkeypatch.setattr(backup, "ROOM", 1e15)
    with pytest.raises(IndexNotWritable, match=r"No room for the backup .* MB are free") as caught:
        back_up(index, str(copy))
    assert "\n" not in str(caught.value)
    assert not copy.parent.exists()


def test_an_index_in_an_object_store_is_left_to_its_tools(index, copy):
    with pytest.raises(IndexFailure, match="s3://bucket/copy is not a folder"):
        back_up(index, "s3://bucket/copy")
    index.uri = "s3://bucket/index"
    with pytest.raises(IndexFailure, match="s3://bucket/index is not a folder"):
        back_up(index, str(copy))

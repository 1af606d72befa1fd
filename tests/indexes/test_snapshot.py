"""A snapshot stays as it is, and is read in pages, in order and completely."""

from pathlib import Path

import pytest

from lens_indexes import Index
from lens_indexes.snapshot import pages, snapshot
from tests.rows import CLIP, row, unit


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index.create(str(tmp_path / "index"))
    made.photos.bind(CLIP)
    for start in range(0, 50, 10):
        made.photos.add([row(number) for number in range(start, start + 10)], {CLIP: unit(10, CLIP.dim)})
    made.photos.delete([row(number).id for number in (0, 7, 19, 20, 21, 49)])
    return made


@pytest.mark.parametrize("rows_at_once", [1, 7, 10, 44, 45, 1000])
def test_pages_hold_every_row_once(index, monkeypatch, rows_at_once):
    monkeypatch.setattr("lens_indexes.snapshot.ROWS_AT_ONCE", rows_at_once)
    read = list(pages(snapshot(index.uri)["photos"], ["path", CLIP.column]))
    assert all(len(page) == rows_at_once for page in read[:-1])
    whole = index.tables["photos"].to_arrow()
    assert [row for page in read for row in page.to_pylist()] == whole.select(["path", CLIP.column]).to_pylist()


def test_a_snapshot_knows_nothing_of_later_writes(index, monkeypatch):
    monkeypatch.setattr("lens_indexes.snapshot.ROWS_AT_ONCE", 10)
    photos = snapshot(index.uri)["photos"]
    reading = pages(photos, ["path"])
    paths = next(reading)["path"].to_pylist()
    index.photos.delete([row(number).id for number in range(30)])
    index.photos.add([row(99)], {CLIP: unit(1, CLIP.dim)})
    index.optimize()
    paths += [path for page in reading for path in page["path"].to_pylist()]
    assert sorted(paths) == sorted(f"{number}.jpg" for number in range(50) if number not in (0, 7, 19, 20, 21, 49))


def test_an_empty_table_has_no_pages(index):
    assert list(pages(snapshot(index.uri)["skipped"], ["id"])) == []

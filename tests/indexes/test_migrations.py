"""An older index is read as it is, and brought up to date when it is written."""

from datetime import datetime, timedelta
from pathlib import Path

import lancedb
import numpy as np
import pyarrow as pa
import pytest

from lens_indexes import Index, IndexTooNew, Measures, maintenance
from lens_indexes.migrations import check_version
from lens_indexes.schema import ADDED, SCHEMA_VERSION, VERSION_KEY
from tests.rows import CLIP, age, names, row, unit


@pytest.fixture
def old(tmp_path: Path) -> Index:
    """An index of three photos as the first Lens made it."""
    index = Index.create(str(tmp_path / "index"))
    index.photos.bind(CLIP)
    index.roots.add(Path("/photos"))
    index.photos.add([row(number) for number in range(3)], {CLIP: unit(3, CLIP.dim)})
    age(index.uri)
    return Index.open(index.uri)


def version(index: Index) -> int:
    return check_version(index.uri, lancedb.connect(index.uri).open_table("photos").schema)


def test_an_old_index_is_read_as_it_is(old):
    assert names(old.block(CLIP)) == ["0.jpg", "1.jpg", "2.jpg"]
    assert [photo.path for photo in old.photos.each()] == ["0.jpg", "1.jpg", "2.jpg"]
    assert version(old) == 1


def test_it_is_migrated_when_it_is_written(old):
    before = old.tables["photos"].to_arrow()
    with old.writing():
        old.photos.add([row(3, keywords=("sea",), place="Nice")], {CLIP: unit(1, CLIP.dim)})
        old.photos.replace([row(0, content_hash="new")], {CLIP: unit(1, CLIP.dim)})
    assert version(old) == SCHEMA_VERSION
    table = old.tables["photos"].to_arrow()
    assert table.slice(0, 2).select(before.column_names).to_pylist() == before.slice(1).to_pylist()
    rows = {row["path"]: (row["keywords"], row["place"]) for row in table.to_pylist()}
    assert rows == {"0.jpg": ([], None), "1.jpg": (None, None), "2.jpg": (None, None), "3.jpg": (["sea"], "Nice")}
    assert Index.open(old.uri).photos.encoders() == [CLIP]


def test_an_index_of_schema_2_is_migrated_too(tmp_path):
    index = Index.create(str(tmp_path / "index"))
    index.photos.bind(CLIP)
    index.photos.add([row(0, keywords=("sea",), place="Nice")], {CLIP: unit(1, CLIP.dim)})
    age(index.uri, 2)
    old = Index.open(index.uri)
    assert old.photos.facts(["place", "entropy"]) == {"place": ["Nice"], "entropy": [None]}
    assert [photo.measured for photo in old.photos.each()] == [False]
    with old.writing():
        old.photos.set_measures({row(0).id: Measures(b"x" * 32, 0.5, 0.25, 0.0, 0.125, 7.0)})
    assert version(old) == SCHEMA_VERSION
    assert old.tables["photos"].tags.list().keys() == {"schema-2", "schema-3"}
    assert old.photos.facts(["place", "keywords", "entropy"]) == {
        "place": ["Nice"],
        "keywords": [["sea"]],
        "entropy": [7.0],
    }
    assert [photo.measured for photo in Index.open(index.uri).photos.each()] == [True]


def test_a_new_index_needs_no_migration(tmp_path):
    index = Index.create(str(tmp_path / "index"))
    with index.writing():
        pass
    assert index.tables["photos"].tags.list() == {}
    assert index.tables["photos"].version == 1


def only_tagged(table):
    table.tags.create("schema-1", table.version)


def tagged_too_early(table):
    table.tags.create("schema-1", table.version - 1)


def only_columns(table):
    only_tagged(table)
    table.add_columns(pa.schema([pa.field("keywords", pa.list_(pa.string())), pa.field("place", pa.string())]))


@pytest.mark.parametrize("begun", [only_tagged, tagged_too_early, only_columns], ids=lambda begun: begun.__name__)
def test_one_that_was_killed_is_finished(old, begun):
    whole = old.tables["photos"].version
    begun(old.tables["photos"])
    with Index.open(old.uri).writing():
        pass
    assert version(old) == SCHEMA_VERSION
    assert set(ADDED[2]) <= set(old.tables["photos"].schema.names)
    assert old.tables["photos"].tags.list()["schema-1"]["version"] == whole


def test_the_old_table_can_be_gone_back_to(old):
    vectors = old.block(CLIP).vectors
    with old.writing():
        old.photos.delete([row(1).id])
    old.tables["photos"].restore("schema-1")
    assert version(old) == 1
    assert "keywords" not in old.tables["photos"].schema.names
    np.testing.assert_array_equal(Index.open(old.uri).block(CLIP).vectors, vectors)
    with old.writing():  # and forth again
        pass
    assert version(old) == SCHEMA_VERSION


def test_the_old_table_is_kept_for_a_week(old, monkeypatch):
    table = old.tables["photos"]
    with old.writing():
        old.photos.delete([row(1).id])
    Index.open(old.uri).optimize(keep=timedelta(milliseconds=1))
    assert table.tags.list().keys() == {"schema-1", "schema-2", "schema-3"}
    assert lancedb.connect(old.uri).open_table("photos").checkout("schema-1") is None

    class NextMonth(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=30)

    monkeypatch.setattr(maintenance, "datetime", NextMonth)
    Index.open(old.uri).optimize(keep=timedelta(milliseconds=1))
    assert table.tags.list() == {}
    assert len(table.list_versions()) == 1


def test_an_index_that_a_newer_lens_migrates_meanwhile_is_left_alone(old):
    other = lancedb.connect(old.uri).open_table("photos")
    other.update_field_metadata({"path": "id", "metadata": {VERSION_KEY: str(SCHEMA_VERSION + 1)}})
    with pytest.raises(IndexTooNew), old.writing():
        pass

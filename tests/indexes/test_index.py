"""An index is made whole, opened safely, and refused clearly."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import lancedb
import numpy as np
import pytest

from lens_indexes import (
    EncoderColumn,
    EncoderMismatch,
    Index,
    IndexDamaged,
    IndexFailure,
    IndexNotFound,
    IndexNotWritable,
    IndexTooNew,
    SkippedRow,
)
from lens_indexes.schema import SCHEMA_VERSION, VERSION_KEY
from tests.rows import CLIP, DINO, names, row, unit


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index.create(str(tmp_path / "index"))
    made.photos.bind(CLIP)
    made.roots.add(Path("/photos"))
    return made


def test_nothing_there_is_said_so(tmp_path):
    with pytest.raises(IndexNotFound, match="lens index FOLDER"):
        Index.open(str(tmp_path / "index"))


def test_rows_and_vectors_come_back(index):
    vectors = unit(3, CLIP.dim)
    index.photos.add([row(2), row(0), row(1)], {CLIP: vectors})
    block = Index.open(index.uri).block(CLIP)
    assert names(block) == ["0.jpg", "1.jpg", "2.jpg"]
    np.testing.assert_array_equal(block.vectors, vectors[[1, 2, 0]])
    assert block.row_of(Path("/photos/1.jpg")) == 1
    assert block.row_of(Path("/photos/3.jpg")) is None
    assert block.row_of(Path("/other/1.jpg")) is None
    assert block.id(1) == f"{1:032x}"


def test_every_fact_is_kept(index):
    facts = {
        "taken_at": datetime(2023, 5, 1, 12, 30, 1),
        "utc_offset_minutes": -90,
        "camera": "Pentax K-1",
        "lens": "FA 43",
        "lat": -33.5,
        "lon": 151.25,
        "rating": 4,
        "place": "Sydney",
    }
    index.photos.add([row(1, keywords=("sea", "boat"), **facts)], {CLIP: unit(1, CLIP.dim)})
    table = lancedb.connect(index.uri).open_table("photos")
    stored = table.to_arrow().to_pylist()[0]
    assert {name: stored[name] for name in facts} == facts
    assert stored["keywords"] == ["sea", "boat"]
    assert stored["indexed_at"] == datetime(2026, 1, 1, tzinfo=UTC)


def test_missing_photos_are_hidden_and_kept(index):
    index.photos.add([row(1), row(2)], {CLIP: unit(2, CLIP.dim)})
    index.photos.mark_missing([row(1).id])
    assert names(index.block(CLIP)) == ["2.jpg"]
    assert (index.photos.count(missing=False), index.photos.count(missing=True)) == (1, 1)
    back = [photo for photo in index.photos.each([CLIP]) if photo.missing]
    index.photos.relocate(back)
    assert names(index.block(CLIP)) == ["1.jpg", "2.jpg"]


def test_a_second_encoder_is_filled_beside_the_first(index):
    first, second = unit(2, CLIP.dim), unit(1, DINO.dim)
    index.photos.add([row(1), row(2)], {CLIP: first})
    index.photos.bind(DINO)
    assert [photo.encoded for photo in index.photos.each([CLIP, DINO])] == [{CLIP.column}, {CLIP.column}]
    index.photos.add_vectors([row(2).id], DINO, second)
    assert names(index.block(DINO)) == ["2.jpg"]
    np.testing.assert_array_equal(index.block(DINO).vectors, second)
    np.testing.assert_array_equal(index.block(CLIP).vectors, first)
    assert Index.open(index.uri).photos.encoders() == [CLIP, DINO]


def test_a_changed_photo_loses_the_vectors_of_its_old_content(index):
    index.photos.add([row(1), row(2)], {CLIP: unit(2, CLIP.dim)})
    index.photos.bind(DINO)
    index.photos.add_vectors([row(1).id, row(2).id], DINO, unit(2, DINO.dim))
    changed = unit(1, CLIP.dim, seed=1)
    index.photos.replace([row(1, content_hash="new")], {CLIP: changed})
    np.testing.assert_array_equal(index.block(CLIP).vectors[0], changed[0])
    assert names(index.block(DINO)) == ["2.jpg"]
    assert index.photos.count(missing=False) == 2


def test_vectors_of_two_revisions_are_not_mixed(index):
    newer = EncoderColumn("clip-b32", "CLIP ViT-B/32", "r2", 4)
    for use in (index.photos.bind, index.photos.check, lambda encoder: list(index.photos.each([encoder]))):
        with pytest.raises(EncoderMismatch, match="cannot be mixed"):
            use(newer)


def test_an_encoder_that_is_not_there_is_said_so(index):
    with pytest.raises(EncoderMismatch, match=r"it has: clip-b32.*--encoder dinov2-s"):
        index.photos.check(DINO)


def test_an_id_that_is_no_id_never_reaches_the_database(index):
    index.photos.add([row(1)], {CLIP: unit(1, CLIP.dim)})
    with pytest.raises(ValueError, match="not a row id"):
        index.photos.delete(["') OR ('1'='1"])
    assert index.photos.count(missing=False) == 1
    index.photos.delete([row(1).id])
    assert index.photos.count(missing=False) == 0


def test_skipped_files_are_kept_with_their_reason(index):
    skipped = SkippedRow(f"{1:032x}", "photos", "a.jpg", 3, 4, "truncated", "pillow 13")
    index.skipped.add([skipped])
    assert index.skipped.all() == [skipped]
    index.skipped.remove([skipped.id])
    assert index.skipped.count() == 0


def test_a_newer_index_is_refused(index):
    table = lancedb.connect(index.uri).open_table("photos")
    table.update_field_metadata({"path": "id", "metadata": {VERSION_KEY: str(SCHEMA_VERSION + 1)}})
    with pytest.raises(IndexTooNew, match="pip install -U lens-photos"):
        Index.open(index.uri)


def test_the_index_can_move(index, tmp_path):
    index.photos.add([row(1)], {CLIP: unit(1, CLIP.dim)})
    moved = tmp_path / "elsewhere"
    shutil.move(index.uri, moved)
    assert Index.open(str(moved)).photos.count(missing=False) == 1


def truncate_versions(folder):
    for file in (folder / "photos.lance" / "_versions").iterdir():
        file.write_bytes(file.read_bytes()[:10])


def lose_versions(folder):
    shutil.rmtree(folder / "photos.lance" / "_versions")


def truncate_data(folder):
    for file in (folder / "photos.lance" / "data").iterdir():
        file.write_bytes(file.read_bytes()[:50])


def lose_data(folder):
    shutil.rmtree(folder / "photos.lance" / "data")


def lose_another_table(folder):
    shutil.rmtree(folder / "roots.lance")


@pytest.mark.parametrize(
    "damage", [truncate_versions, lose_versions, truncate_data, lose_data, lose_another_table], ids=lambda f: f.__name__
)
def test_damage_is_told_in_one_line(index, damage):
    index.photos.add([row(1)], {CLIP: unit(1, CLIP.dim)})
    damage(Path(index.uri))
    with pytest.raises(IndexDamaged, match=r"is damaged .*photos are untouched") as caught:
        Index.open(index.uri).block(CLIP)
    assert "\n" not in str(caught.value)


def test_an_index_whose_making_was_interrupted_is_finished(tmp_path):
    folder = tmp_path / "index"
    Index.create(str(folder))
    shutil.rmtree(folder / "photos.lance")
    (folder / "photos.lance").mkdir()
    with pytest.raises(IndexNotFound):
        Index.open(str(folder))
    assert Index.create(str(folder)).photos.count(missing=False) == 0


def test_a_place_with_something_else_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(IndexNotWritable, match="not empty and holds no index"):
        Index.create(str(tmp_path))
    with pytest.raises(IndexNotWritable, match="is a file"):
        Index.create(str(tmp_path / "notes.txt"))
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_many_commits_are_joined_and_nothing_changes(index):
    vectors = unit(40, CLIP.dim)
    for number in range(40):
        index.photos.add([row(number)], {CLIP: vectors[number : number + 1]})
    before = index.block(CLIP)
    index.photos.join_fragments()
    after = Index.open(index.uri).block(CLIP)
    assert names(after) == names(before)
    np.testing.assert_array_equal(after.vectors, before.vectors)
    table = lancedb.connect(index.uri).open_table("photos")
    assert table.stats()["fragment_stats"]["num_fragments"] == 1


def test_a_vector_that_is_not_finite_is_never_written(index):
    broken = unit(1, CLIP.dim)
    index.photos.add([row(1)], {CLIP: broken})
    for number in (np.nan, np.inf):
        broken[0, 3] = number
        for write in (index.photos.add, index.photos.replace):
            with pytest.raises(ValueError, match="not finite"):
                write([row(1)], {CLIP: broken})
    assert len(index.block(CLIP)) == 1


def test_a_store_that_cannot_be_reached_is_not_called_damaged():
    with pytest.raises(IndexFailure, match=r"^The index nowhere://bucket/index cannot be reached \(") as caught:
        Index.open("nowhere://bucket/index")
    assert not isinstance(caught.value, IndexDamaged)
    assert "\n" not in str(caught.value)

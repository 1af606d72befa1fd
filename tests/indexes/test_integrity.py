"""Damage in the tables is found and mended, and what is whole is left alone."""

from pathlib import Path

import numpy as np
import pytest

from lens_indexes import Index, SkippedRow, integrity
from lens_indexes.integrity import double_ids, problems
from lens_indexes.repair import repair
from lens_indexes.schema import DEFAULT_KEY
from tests.rows import CLIP, DINO, damage, row, unit

BROKEN = [np.full(CLIP.dim, number) for number in (np.nan, 2, 0, np.inf)]


@pytest.fixture
def index(tmp_path: Path) -> Index:
    """Forty photos and a skipped file below one root."""
    made = Index.create(str(tmp_path / "index"))
    made.photos.bind(CLIP)
    made.photos.bind(DINO)
    root = made.roots.add(tmp_path / "photos")
    made.photos.add([row(n, root=root.name) for n in range(40)], {CLIP: unit(40, CLIP.dim), DINO: unit(40, DINO.dim)})
    made.skipped.add([SkippedRow(f"{1:032x}", root.name, "a.gif", 3, 4, "truncated", "pillow")])
    return made


def break_vectors(index: Index) -> None:
    damage(index, CLIP, {row(number).id: vector for number, vector in enumerate(BROKEN, start=10)})


def found(index: Index) -> dict[str, tuple[int, list[str]]]:
    return {problem.kind: (problem.count, problem.examples) for problem in problems(index)}


def test_a_sound_index_has_nothing_wrong_and_nothing_to_mend(index):
    assert found(index) == {}
    version = index.tables["photos"].version
    assert repair(index) == []
    assert index.tables["photos"].version == version


def test_vectors_that_are_none_are_found_and_emptied(index, monkeypatch):
    monkeypatch.setattr("lens_indexes.snapshot.ROWS_AT_ONCE", 7)
    others = index.block(DINO).vectors
    break_vectors(index)
    assert found(index) == {"bad vector": (4, ["10.jpg", "11.jpg", "12.jpg", "13.jpg"])}
    [foreseen] = repair(index, dry_run=True)
    assert foreseen.count == 4
    assert len(index.block(CLIP)) == 40
    assert repair(index) == [foreseen]
    assert found(index) == {}
    assert len(index.block(CLIP)) == 36
    np.testing.assert_array_equal(index.block(DINO).vectors, others)
    empty = [photo.path for photo in index.photos.each([CLIP]) if not photo.encoded]
    assert sorted(empty) == ["10.jpg", "11.jpg", "12.jpg", "13.jpg"]


def test_a_null_among_the_rows_is_no_bad_vector(index):
    index.photos.empty_vectors([row(3).id], CLIP)
    assert found(index) == {}


def test_copies_of_rows_are_found_and_removed(index):
    table = index.tables["photos"]
    before = sorted(table.to_arrow().to_pylist(), key=lambda row: row["id"])
    table.add(table.to_arrow().slice(0, 8))
    table.add(table.to_arrow().slice(0, 2))
    assert found(index)["double id"][0] == 8
    assert [mended.count for mended in repair(index, dry_run=True)] == [10]
    assert table.count_rows() == 50
    assert [mended.count for mended in repair(index)] == [10]
    assert sorted(table.to_arrow().to_pylist(), key=lambda row: row["id"]) == before
    assert found(index) == {}


def test_rows_that_only_share_an_id_are_reported_and_left_alone(index):
    index.photos.add([row(5, path="other.jpg")], {CLIP: unit(1, CLIP.dim), DINO: unit(1, DINO.dim)})
    assert found(index) == {"double id": (1, [row(5).id])}
    assert repair(index) == []
    assert index.photos.count(missing=False) == 41


def test_copies_are_found_part_by_part(index, monkeypatch):
    rng = np.random.default_rng(0)
    numbers = [int.from_bytes(rng.bytes(16)) for _ in range(200)]
    vectors = {CLIP: unit(200, CLIP.dim), DINO: unit(200, DINO.dim)}
    index.photos.add([row(number) for number in numbers], vectors)
    index.photos.add([row(number) for number in numbers[::5]], {key: block[::5] for key, block in vectors.items()})
    monkeypatch.setattr(integrity, "IDS_AT_ONCE", 7)
    assert sorted(double_ids(index.tables["photos"])) == sorted(row(number).id for number in numbers[::5])


def test_rows_of_an_unknown_root_are_only_reported(index):
    for number in range(50, 57):
        index.photos.add([row(number, root="it's gone")], {CLIP: unit(1, CLIP.dim), DINO: unit(1, DINO.dim)})
    assert found(index) == {"unknown root": (7, [f"it's gone/{n}.jpg" for n in range(50, 55)])}
    assert repair(index) == []
    assert index.photos.count(missing=False) == 47


def test_ids_that_are_none_are_reported(index):
    index.photos.add([row(60, id="not an id", root="photos")], {CLIP: unit(1, CLIP.dim), DINO: unit(1, DINO.dim)})
    assert found(index) == {"no id": (1, ["photos/60.jpg"])}


def test_skipped_rows_that_make_no_sense_are_removed(index):
    sound = index.skipped.all()
    index.skipped.add(
        [
            SkippedRow(f"{2:032x}", "nowhere", "b.gif", 3, 4, "truncated", "pillow"),
            SkippedRow(f"{3:032x}", "photos", "c.gif", 3, 4, "", "pillow"),
            SkippedRow(f"{4:032x}", "photos", "d.gif", -1, 4, "truncated", "pillow"),
            *sound,
        ]
    )
    assert found(index) == {"bad skip": (4, ["nowhere/b.gif", "photos/c.gif", "photos/d.gif", sound[0].id])}
    assert [mended.count for mended in repair(index, dry_run=True)] == [4]
    assert [mended.count for mended in repair(index)] == [4]
    assert index.skipped.all() == sound


def test_a_default_encoder_that_is_not_there_is_taken_back(index):
    index.tables["photos"].update_field_metadata({"path": "id", "metadata": {DEFAULT_KEY: "clip-l14"}})
    assert found(index) == {"no default": (1, ["clip-l14"])}
    assert len(repair(index)) == 1
    assert found(index) == {}
    assert index.photos.default() == CLIP.name


def test_dropping_the_default_leaves_nothing_to_mend(index):
    index.photos.set_default(DINO.name)
    index.photos.drop(DINO.name)
    assert found(index) == {}
    index.photos.bind(DINO)
    assert index.photos.default() == CLIP.name

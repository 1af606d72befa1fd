"""Regions are kept with their vectors, by source and state, and go with their photos."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from lens_indexes import EncoderColumn, Index, LabelledRow, RegionRow, RegionState, back_up
from lens_indexes.filters import All, Compare, OneOf
from tests.rows import CLIP, DINO, row, unit


def region(number: int, photo: int, **changes) -> RegionRow:
    facts = {
        "id": f"{number:032x}",
        "photo": row(photo).id,
        "content_hash": row(photo).content_hash,
        "category": "dog",
        "box": (1.0, 0.0, 3.5, 2.0),
        "width": 4,
        "height": 3,
        "source": "me",
        "state": RegionState.PROPOSED,
        "made_at": datetime(2026, 1, 1, 0, 0, number, tzinfo=UTC),
    }
    return RegionRow(**facts | changes)


@pytest.fixture
def index(tmp_path: Path) -> Index:
    index = Index.create(str(tmp_path / "index"))
    index.photos.bind(CLIP)
    index.photos.add([row(number) for number in range(3)], {CLIP: unit(3, CLIP.dim)})
    return index


def test_an_index_without_regions_has_none_of_them(index):
    assert index.regions.of_photos([row(1).id]) == []
    assert index.regions.sources() == []
    assert len(index.regions.matching()) == 0
    assert index.labelled.done("run") == {}
    index.regions.forget([row(1).id])


def test_what_is_put_in_comes_out(index):
    rows = [
        region(1, 1, score=0.5, mask=b"0a1", prompt="a dog", model="m", run="r", category="dog's 'house'"),
        region(2, 1, crowd=True),
        region(3, 2),
    ]
    index.regions.add(rows, {CLIP: unit(3, CLIP.dim)})
    assert index.regions.of_photos([row(1).id]) == rows[:2]
    assert index.regions.get([rows[2].id, "f" * 32, rows[0].id]) == [rows[2], rows[0]]
    with pytest.raises(ValueError, match="not a row id"):
        index.regions.of_photos(["' OR 1=1 --"])


@pytest.mark.parametrize("box", [(1, 1, 1, 2), (0, 0, 5, 1), (-1, 0, 2, 2), (0, float("nan"), 2, 2)])
def test_a_box_lies_in_its_photo(box):
    with pytest.raises(ValueError, match="no box in a photo of 4 × 3"):
        region(1, 1, box=box)


def test_photos_are_found_by_their_regions(index):
    index.regions.add([region(1, 1, score=0.9), region(2, 2, score=0.2), region(3, 0, category="cat")], {})
    assert index.regions.photos(OneOf("category", ("dog",))) == {row(1).id, row(2).id}
    sure = All((OneOf("category", ("dog",)), Compare("score", ">=", 0.5)))
    assert index.regions.photos(sure) == {row(1).id}


def test_vectors_of_several_encoders_stand_side_by_side(index):
    first, second = unit(2, CLIP.dim, seed=1), unit(1, DINO.dim, seed=2)
    index.regions.add([region(1, 1), region(2, 2)], {CLIP: first})
    index.regions.add([region(3, 2)], {DINO: second})
    index.regions.patch({region(2, 2).id: {"state": RegionState.REJECTED}})
    ids, vectors = index.regions.vectors(CLIP)
    assert ids == [region(1, 1).id]
    np.testing.assert_array_equal(vectors, first[:1])
    np.testing.assert_array_equal(index.regions.vectors(DINO)[1], second)


def test_vectors_of_another_revision_give_way(index):
    newer = EncoderColumn(CLIP.name, CLIP.model, "r2", CLIP.dim)
    index.regions.add([region(1, 1)], {CLIP: unit(1, CLIP.dim)})
    index.regions.add([region(2, 1)], {newer: unit(1, CLIP.dim, seed=3)})
    assert index.regions.vectors(CLIP)[0] == []
    assert index.regions.vectors(newer)[0] == [region(2, 1).id]


def test_states_and_edits_change_rows_in_place(index):
    index.regions.add([region(1, 1), region(2, 1)], {CLIP: unit(2, CLIP.dim)})
    said = {"state": RegionState.ACCEPTED, "changed_at": datetime.now(UTC)}
    named = {"state": RegionState.EDITED, "category": "cat", "box": (1.0, 1.0, 2.0, 2.0)}
    index.regions.patch({region(1, 1).id: said, region(2, 1).id: named})
    first, second = index.regions.of_photos([row(1).id])
    assert (first.state, second.state, second.category) == ("accepted", "edited", "cat")
    assert first.changed_at is not None
    ids, vectors = index.regions.vectors(CLIP)  # that of the other is of a box that it no longer has
    assert ids == [first.id]
    np.testing.assert_array_equal(vectors, unit(2, CLIP.dim)[:1])


def test_sources_are_counted_renamed_and_merged(index):
    index.regions.add([region(1, 1), region(2, 2, source="it's"), region(3, 2, source="it's", category="cat")], {})
    assert index.regions.rename_source("it's", "me") == 2
    (source,) = index.regions.sources()
    assert (source.name, source.photos, source.regions) == ("me", 2, 3)
    assert source.categories == {"dog": 2, "cat": 1}


def test_regions_follow_their_content_when_photos_swap_names(index):
    index.regions.add([region(1, 1), region(2, 2), region(3, 0, content_hash="edited since")], {})
    owners = {row(1).content_hash: {row(2).id}, row(2).content_hash: {row(1).id}, row(0).content_hash: {row(0).id}}
    assert index.regions.follow(owners) == 2
    assert index.regions.get([region(1, 1).id])[0].photo == row(2).id
    assert index.regions.get([region(3, 0).id])[0].photo == row(0).id
    assert index.regions.follow(owners) == 0


def test_photos_that_are_forgotten_take_their_regions_along(index):
    index.regions.add([region(1, 1), region(2, 2)], {})
    index.labelled.add([LabelledRow(row(1).id, "h", "me", "r", 1, datetime(2026, 1, 1, tzinfo=UTC))])
    index.forget([row(1).id])
    assert index.regions.matching(columns=["photo"])["photo"].to_pylist() == [row(2).id]
    assert index.labelled.done("r") == {}


def test_what_a_labelling_has_looked_through_is_known(index):
    def looked(photo: int, second: int, **changes) -> LabelledRow:
        at = datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)
        return LabelledRow(
            **{"id": row(photo).id, "content_hash": "h", "source": "s", "run": "r", "regions": 0, "at": at} | changes
        )

    index.labelled.add([looked(1, 1), looked(2, 2, reason="out of memory"), looked(0, 3, run="other")])
    assert index.labelled.done("r") == {row(1).id: "h"}
    index.labelled.add([looked(2, 4, regions=3)])
    assert index.labelled.done("r") == {row(1).id: "h", row(2).id: "h"}
    index.labelled.forget_source("s")
    assert index.labelled.rows_of("r") == []


def test_backup_and_optimize_take_regions_along(index, tmp_path):
    for number in range(5):
        index.regions.add([region(number, 1)], {CLIP: unit(1, CLIP.dim, seed=number)})
    index.optimize()
    back_up(index, str(tmp_path / "copy"))
    copy = Index.open(str(tmp_path / "copy"))
    assert copy.regions.of_photos([row(1).id]) == index.regions.of_photos([row(1).id])
    assert len(copy.regions.vectors(CLIP)[0]) == 5

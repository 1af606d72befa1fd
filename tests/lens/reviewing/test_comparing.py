"""Two sources are compared: counts, confusions and COCO's average precision."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lens.errors import NameUnknown, SheetError
from lens.labeling.masks import encoded
from lens.reviewing.average_precision import average_precision
from lens.reviewing.comparing import compare, differences
from lens.reviewing.picture import save_comparison
from lens_indexes import Box, Index, LabelledRow, RegionRow, RegionState
from tests.indexes.test_regions import region
from tests.rows import CLIP, row, unit


def of(source: str, number: int, photo: int, category: str, box: Box, **changes) -> RegionRow:
    return region(number, photo, source=source, category=category, box=box, width=100, height=100, **changes)


TRUE = [
    of("me", 1, 0, "dog", (0, 0, 40, 40)),
    of("me", 2, 0, "cat", (50, 50, 90, 90)),
    of("me", 3, 1, "dog", (10, 10, 60, 60)),
]
FOUND = [
    of("owl", 11, 0, "dog", (0, 0, 40, 41), score=0.9),
    of("owl", 12, 0, "dog", (50, 50, 90, 90), score=0.8),
    of("owl", 13, 0, "bird", (0, 60, 30, 90), score=0.7),
    of("owl", 14, 1, "dog", (70, 70, 90, 90), score=0.3, state=RegionState.REJECTED),
]


@pytest.fixture
def index(tmp_path: Path) -> Index:
    index = Index.create(str(tmp_path / "index"))
    index.photos.bind(CLIP)
    index.photos.add([row(number) for number in range(4)], {CLIP: unit(4, CLIP.dim)})
    index.regions.add([*TRUE, *FOUND], {})
    return index


def test_what_is_right_confused_missed_and_spurious_is_counted(index):
    compared = compare(index, "owl", "me")
    assert compared.photos == 2
    assert [score.category for score in compared.categories] == ["dog", "cat", "bird"]
    assert compared.confusion.tolist() == [[1, 0, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0]]
    dog, cat, bird = compared.categories
    assert (dog.found, dog.true, dog.right, dog.precision, dog.recall) == (2, 2, 1, 0.5, 0.5)
    assert (cat.precision, cat.recall) == (None, 0)
    assert (bird.precision, bird.recall, bird.ap) == (0, None, None)
    assert (compared.overall.found, compared.overall.true, compared.overall.right) == (3, 3, 1)


def test_the_differences_are_told_one_by_one(index):
    told = {(each.kind, each.called, each.truly) for each in differences(index, "owl", "me")}
    assert told == {
        ("right", "dog", "dog"),
        ("confused", "dog", "cat"),
        ("spurious", "bird", None),
        ("missed", None, "dog"),
    }
    assert list(compare(index, "owl", "me").differences) == list(differences(index, "owl", "me"))


def test_the_differences_of_masks_are_those_of_masks(index):
    """Two masks in the same box, of which one is the left half and one the right."""
    halves = np.zeros((2, 100, 100), bool)
    halves[0, 20:40, 20:30] = halves[1, 20:40, 30:40] = True
    box = (20, 20, 40, 40)
    index.regions.add([of("a", 21, 2, "dog", box, mask=encoded(halves[0]))], {})
    index.regions.add([of("b", 22, 2, "dog", box, mask=encoded(halves[1]))], {})
    assert [each.kind for each in compare(index, "a", "b").differences] == ["right"]
    assert [each.kind for each in compare(index, "a", "b", masks=True).differences] == ["spurious", "missed"]


def test_a_photo_in_which_nothing_was_found_counts_once_somebody_has_looked(index):
    index.regions.add([of("me", 4, 3, "cat", (0, 0, 9, 9))], {})
    assert compare(index, "owl", "me").overall.true == 3
    index.labelled.add([LabelledRow(row(3).id, "hash3", "owl", "run", 0, datetime(2026, 1, 1, tzinfo=UTC))])
    assert compare(index, "owl", "me").overall.true == 4


def test_a_source_that_is_not_there_is_told(index):
    with pytest.raises(NameUnknown, match="no source you"):
        compare(index, "owl", "you")
    with pytest.raises(NameUnknown, match="another"):
        compare(index, "owl", "owl")


def test_average_precision_is_one_of_a_source_against_itself_and_known_by_hand_otherwise():
    assert average_precision(TRUE, TRUE) == {name: pytest.approx((1, 1)) for name in ("cat", "dog")}
    # Of two true dogs the surest box is one, the next is none, nothing else: precision 1 up to recall 0.5, then 0.
    ap, ap50 = average_precision(FOUND[:2], TRUE)["dog"]
    assert ap50 == pytest.approx(51 / 101)
    assert ap == pytest.approx(51 / 101)
    shifted = [of("owl", 11, 0, "dog", (0, 0, 40, 26), score=0.9)]  # overlaps 26 / 40: right up to 0.65
    assert average_precision(shifted, TRUE)["dog"] == pytest.approx((0.4 * 51 / 101, 51 / 101))
    assert average_precision(FOUND, []) == {}


def test_masks_are_compared_where_asked(index):
    compared = compare(index, "owl", "me", masks=True)
    assert compared.overall.true == 0


def test_a_comparison_is_drawn(index, tmp_path):
    compared = compare(index, "owl", "me")
    save_comparison(compared, [], tmp_path / "compared.png")
    with Image.open(tmp_path / "compared.png") as picture:
        assert len(np.unique(np.asarray(picture))) > 20
    with pytest.raises(SheetError, match=r"compared\.png"):
        save_comparison(compared, [], tmp_path / "compared.doc")

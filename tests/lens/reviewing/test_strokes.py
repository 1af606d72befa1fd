"""Strokes of a brush, beside the distance of every pixel; masks are put together from their part alone."""

from dataclasses import replace

import numpy as np
import pytest

from lens import Library
from lens.errors import NameUnknown
from lens.labeling.masks import box_of, decoded, encoded, placed
from lens.reviewing.strokes import Stroke, painted
from lens_indexes import RegionState
from tests.indexes.test_regions import CLIP, region
from tests.rows import unit

SIZE = (90, 70)  # width, height


def far(stroke: Stroke) -> np.ndarray:
    """(height, width) how far each pixel's middle is from the line that a stroke follows."""
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    places = np.floor(np.array(stroke.places))
    least = np.full(x.shape, np.inf)
    for (ax, ay), (bx, by) in zip([places[0], *places[:-1]], places, strict=True):
        along = (bx - ax) ** 2 + (by - ay) ** 2
        part = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / along, 0, 1) if along else 0.0
        least = np.minimum(least, np.hypot(x - ax - part * (bx - ax), y - ay - part * (by - ay)))
    return least


def mask_of(counts: bytes | None) -> np.ndarray:
    assert counts is not None
    return decoded(counts, *SIZE)


@pytest.mark.parametrize("seed", range(6))
def test_a_stroke_covers_what_is_near_its_line_and_nothing_else_and_erases_the_same(seed):
    draws = np.random.default_rng(seed)
    places = [(float(x), float(y)) for x, y in draws.uniform(-15, 100, (draws.integers(1, 6), 2))] + [(40.0, 30.0)]
    stroke = Stroke(places, float(draws.uniform(2, 15)), adds=True)
    mask, distance = mask_of(painted(None, stroke, *SIZE)), far(stroke)
    assert mask[distance <= stroke.radius - 1.5].all()
    assert not mask[distance >= stroke.radius + 1.5].any()
    full = replace(region(0, 0, width=90, height=70, box=(0, 0, 90, 70)), mask=encoded(np.ones(SIZE[::-1], bool)))
    assert (mask_of(painted(full, replace(stroke, adds=False), *SIZE)) == ~mask).all()


@pytest.mark.parametrize("seed", range(10))
def test_a_mask_is_put_together_from_its_part(seed):
    draws = np.random.default_rng(seed)
    left, top = (0, 0) if seed == 0 else draws.integers(0, 50, 2).tolist()
    right, bottom = SIZE if seed in (0, 1) else (draws.integers(left + 1, 91), draws.integers(top + 1, 71))
    whole = np.zeros(SIZE[::-1], bool)
    part = draws.random((bottom - top, right - left)) < (1.0 if seed < 3 else 0.4)
    whole[top:bottom, left:right] = part
    assert placed(part, left, top, *SIZE) == encoded(whole)


def test_a_dot_is_a_pixel_and_what_passes_the_photo_by_is_nothing():
    assert box_of(mask_of(painted(None, Stroke([(7.9, 3.2)], 0.1, adds=True), *SIZE))) == (7, 3, 8, 4)
    assert painted(None, Stroke([(-30, 3), (-40, 9)], 4, adds=True), *SIZE) is None
    with pytest.raises(ValueError, match="radius"):
        Stroke([(1, 1)], 0, adds=True)


def test_a_region_is_painted_and_erased_by_exact_steps_and_rejected_when_nothing_is_left(
    library: Library, photos, encoder
):
    library.index([photos], encoder)
    index = library._index()
    photo = min(id_ for id_, _, _ in index.photos.places())
    box = replace(region(7, 0, width=32, height=24, box=(2, 3, 12, 9), source="owl"), photo=photo)
    index.regions.add([box], {CLIP: unit(1, CLIP.dim)})
    library.reviewing.paint(box.id, Stroke([(4, 5)], 1, adds=False))  # of a box, what is erased is missing
    (erased,) = index.regions.get([box.id])
    assert erased.mask is not None
    assert (erased.box, erased.state, erased.source) == (box.box, "edited", "owl")
    assert index.regions.lacking(CLIP) == [(box.id, photo)]
    held = decoded(erased.mask, 32, 24)
    assert not held[5, 4] and held[3, 2] and held.sum() < 60
    library.reviewing.paint(box.id, Stroke([(20, 20)], 1, adds=True))
    (grown,) = index.regions.get([box.id])
    assert grown.box[2:] >= (21, 21)
    library.reviewing.paint(box.id, Stroke([(0, 12), (31, 12)], 40, adds=False))
    (gone,) = index.regions.get([box.id])
    assert (gone.state, gone.mask) == (RegionState.REJECTED, grown.mask)
    for before in (grown, erased, box):
        library.reviewing.undo()
        assert index.regions.get([box.id]) == [before]
    assert [edit.what.split(":")[0] for edit in library.reviewing.history()] == ["erased", "painted", "rejected"]
    with pytest.raises(NameUnknown, match="No region"):
        library.reviewing.paint("f" * 32, Stroke([(4, 5)], 1, adds=False))


def test_a_mask_is_drawn_and_given_and_an_empty_one_is_refused(library: Library, photos, encoder):
    library.index([photos], encoder)
    photo = min(id_ for id_, _, _ in library._index().photos.places())
    mask = np.zeros((24, 32), bool)
    mask[3:9, 2:8] = True
    made = library.reviewing.draw(photo, encoded(mask), (32, 24), "dog")
    assert (made.box, made.mask) == ((2, 3, 8, 9), encoded(mask))
    mask[9:12, 7] = True
    library.reviewing.reshape(made.id, encoded(mask))
    (kept,) = library.about(photo).regions
    assert (kept.box, kept.mask) == ((2, 3, 8, 12), encoded(mask))
    for attempt in (
        lambda empty: library.reviewing.draw(photo, empty, (32, 24), "dog"),
        lambda empty: library.reviewing.reshape(made.id, empty),
    ):
        with pytest.raises(ValueError, match="empty"):
            attempt(encoded(np.zeros((24, 32), bool)))

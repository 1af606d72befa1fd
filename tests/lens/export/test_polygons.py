"""Polygons along the edges of pixels fill to exactly the mask that they came from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lens.export.polygons import area_within, in_one_line, parts_of
from lens.labeling.masks import area_of, box_of, cropped, decoded, encoded, extent_of, filled, runs_of
from tests.labelled import kinds

MASKS = arrays(bool, st.tuples(st.integers(1, 14), st.integers(1, 14)), elements=st.booleans())


@settings(deadline=None)
@given(MASKS)
def test_parts_and_holes_are_the_mask(mask):
    height, width = mask.shape
    drawn = np.zeros_like(mask)
    for part in parts_of(encoded(mask), width, height):
        inside = decoded(filled([part.outline], width, height), width, height)
        for hole in part.holes:
            inside &= ~decoded(filled([hole], width, height), width, height)
        assert not (drawn & inside).any()
        drawn |= inside
    np.testing.assert_array_equal(drawn, mask)


@settings(deadline=None)
@given(MASKS, st.integers(2, 5))
def test_in_larger_steps_parts_are_the_mask_seen_at_one_pixel_of_each_square(mask, step):
    height, width = mask.shape
    box = box_of(mask)
    parts = parts_of(encoded(mask), width, height, step=step)
    wanted = np.zeros_like(mask)
    if box:
        for top in range(box[1], box[3], step):
            for left in range(box[0], box[2], step):
                middle = min(top + step // 2, box[3] - 1), min(left + step // 2, box[2] - 1)
                wanted[top : min(top + step, box[3]), left : min(left + step, box[2])] = mask[middle]
    rings = [ring for part in parts for ring in (part.outline, *part.holes)]
    drawn = np.zeros_like(mask)
    for ring in rings:
        drawn ^= decoded(filled([ring], width, height), width, height)
    np.testing.assert_array_equal(drawn, wanted)


@settings(deadline=None)
@given(MASKS)
def test_one_line_fills_to_the_mask(mask):
    height, width = mask.shape
    parts = parts_of(encoded(mask), width, height)
    if parts:
        line = in_one_line(parts)
        np.testing.assert_array_equal(decoded(filled([line], width, height), width, height), mask)


@settings(deadline=None)
@given(MASKS)
def test_areas_follow_from_the_lines(mask):
    height, width = mask.shape
    parts = parts_of(encoded(mask), width, height)
    area = sum(area_within(part.outline) - sum(map(area_within, part.holes)) for part in parts)
    assert area == mask.sum() == area_of(encoded(mask), width, height)


@settings(deadline=None)
@given(MASKS)
def test_runs_are_read_as_pycocotools_writes_them(mask):
    height, width = mask.shape
    runs = runs_of(encoded(mask))
    np.testing.assert_array_equal(np.repeat(np.arange(len(runs)) % 2 == 1, runs), mask.ravel(order="F"))
    box = box_of(mask)
    assert extent_of(encoded(mask), width, height) == box
    if box:
        x0, y0, x1, y1 = box
        np.testing.assert_array_equal(cropped(encoded(mask), width, height, box), mask[y0:y1, x0:x1])


def test_long_runs_are_read():
    mask = np.zeros((3000, 4000), bool)
    mask[100:2900, 5:3990] = mask[7, 7] = True
    np.testing.assert_array_equal(cropped(encoded(mask), 4000, 3000, (0, 0, 4000, 3000)), mask)


@pytest.mark.parametrize(("kind", "parts", "holes"), [("disc", 1, 0), ("ring", 1, 1), ("parts", 2, 0), ("all", 3, 0)])
def test_parts_are_told_apart(kind, parts, holes):
    mask = kinds((600, 400))[kind] if kind != "all" else kinds()[kind]
    found = parts_of(encoded(mask), mask.shape[1], mask.shape[0])
    assert len(found) == parts
    assert sum(len(part.holes) for part in found) == holes or kind == "all"

"""Regions are drawn where they are."""

import numpy as np
from PIL import Image

from lens.labeling.drawing import colour_of, draw_regions
from lens.labeling.masks import encoded
from tests.indexes.test_regions import region

GREY = Image.new("RGB", (200, 100), (128, 128, 128))


def pixels(*regions, **changes) -> np.ndarray:
    return np.asarray(draw_regions(GREY, regions, side=100, names=False, **changes)).astype(int)


def test_a_box_is_outlined_in_the_colour_of_its_category():
    drawn = pixels(region(1, 0, box=(40, 20, 160, 80), width=200, height=100))
    assert drawn.shape == (50, 100, 3)
    changed = (drawn != 128).any(axis=2)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert (columns[0], rows[0], columns[-1], rows[-1]) == (20, 10, 79, 39)
    assert not changed[20:30, 40:60].any()
    assert tuple(drawn[10, 30]) == colour_of("dog")


def test_a_mask_is_tinted_and_a_colour_may_be_given():
    mask = np.zeros((100, 200), bool)
    mask[20:80, 40:100] = True
    one = region(1, 0, box=(40, 20, 160, 80), width=200, height=100, mask=encoded(mask))
    drawn = pixels(one, colours={one.id: (255, 0, 0)})
    assert drawn[25, 35, 0] > 160 and drawn[25, 35, 1] < 100
    assert tuple(drawn[25, 65]) == (128, 128, 128)


def test_names_stay_inside_the_picture():
    one = region(1, 0, box=(150, 0, 200, 10), width=200, height=100, score=0.5)
    named = np.asarray(draw_regions(GREY, [one], side=400))
    assert (named[:, -60:] != 128).any() and named.shape == (200, 400, 3)

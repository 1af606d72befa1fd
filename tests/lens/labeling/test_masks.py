"""Masks survive being stored, and lie in the boxes that are said of them."""

import numpy as np

from lens.labeling.masks import box_of, decoded, encoded


def test_a_mask_is_what_it_was():
    mask = np.random.default_rng(0).random((7, 11)) > 0.5
    assert np.array_equal(decoded(encoded(mask), 11, 7), mask)


def test_the_box_of_a_mask_touches_it_on_every_side():
    mask = np.zeros((7, 11), bool)
    mask[2:5, 3] = mask[4, 3:9] = True
    assert box_of(mask) == (3, 2, 9, 5)
    assert box_of(np.zeros((7, 11), bool)) is None

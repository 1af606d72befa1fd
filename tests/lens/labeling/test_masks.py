"""Masks survive being stored, and lie in the boxes that are said of them."""

import numpy as np

from lens.labeling.masks import box_of, decoded, encoded, shifted


def test_a_mask_is_what_it_was():
    mask = np.random.default_rng(0).random((7, 11)) > 0.5
    assert np.array_equal(decoded(encoded(mask), 11, 7), mask)


def test_the_box_of_a_mask_touches_it_on_every_side():
    mask = np.zeros((7, 11), bool)
    mask[2:5, 3] = mask[4, 3:9] = True
    assert box_of(mask) == (3, 2, 9, 5)
    assert box_of(np.zeros((7, 11), bool)) is None


def test_a_mask_is_moved_and_what_leaves_the_photo_is_cut_off():
    mask = np.random.default_rng(0).random((9, 12)) < 0.4
    mask[:2] = False
    for across in range(-13, 14):
        for down in range(-10, 11):
            wanted = np.zeros_like(mask)
            for y, x in np.argwhere(mask):
                if 0 <= y + down < 9 and 0 <= x + across < 12:
                    wanted[y + down, x + across] = True
            moved = shifted(encoded(mask), 12, 9, across, down)
            assert (moved is None) == (not wanted.any()), (across, down)
            if moved:
                np.testing.assert_array_equal(decoded(moved, 12, 9), wanted)
    assert shifted(encoded(np.zeros((9, 12), bool)), 12, 9, 0, 0) is None

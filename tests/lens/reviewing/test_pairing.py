"""Regions of two lists are paired as COCO and common sense have it."""

import numpy as np

from lens.labeling.masks import encoded
from lens.reviewing.pairing import Pairs, overlaps, paired
from lens_indexes import Box, RegionRow
from tests.indexes.test_regions import region


def boxed(box: Box, category: str = "dog", **changes) -> RegionRow:
    return region(1, 0, box=box, category=category, width=100, height=100, **changes)


def naive(a: Box, b: Box) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return shared / (area - shared)


def test_overlaps_are_those_of_a_naive_count():
    corners = np.random.default_rng(0).uniform(0, 50, (9, 2))
    boxes = [(x, y, x + 30 + at, y + 40) for at, (x, y) in enumerate(corners.tolist())]
    found = overlaps([boxed(box) for box in boxes[:4]], [boxed(box) for box in boxes[4:]])
    assert np.allclose(found, [[naive(a, b) for b in boxes[4:]] for a in boxes[:4]])
    assert (found > 0).sum() >= 5


def test_masks_may_differ_where_boxes_do_not():
    left, right = np.zeros((2, 100, 100), bool)
    left[:, :50] = right[:, 50:] = True
    left[0, 99] = right[0, 0] = True
    both = [boxed((0, 0, 100, 100), mask=encoded(mask)) for mask in (left, right)]
    assert overlaps(both[:1], both[1:])[0, 0] == 1
    assert overlaps(both[:1], both[1:], masks=True)[0, 0] < 0.01


def test_the_same_category_comes_before_the_closer_box():
    found = [boxed((0, 0, 40, 40), "cat"), boxed((0, 0, 40, 44), "dog")]
    true = [boxed((0, 0, 40, 40), "dog")]
    assert paired(found, true) == Pairs(both=((1, 0),), first=(0,), second=())


def test_each_is_paired_once_and_the_rest_is_told():
    found = [boxed((0, 0, 40, 40)), boxed((1, 0, 40, 40)), boxed((60, 60, 80, 80))]
    true = [boxed((0, 0, 40, 40)), boxed((0, 60, 40, 100))]
    assert paired(found, true) == Pairs(both=((0, 0),), first=(1, 2), second=(1,))


def test_another_category_on_the_same_thing_is_a_pair():
    assert paired([boxed((0, 0, 40, 40), "cat")], [boxed((0, 0, 40, 40))]) == Pairs(((0, 0),), (), ())


def test_crowds_pair_with_nothing_and_swallow_what_lies_in_them():
    true = [boxed((0, 0, 90, 90), crowd=True), boxed((92, 92, 99, 99))]
    found = [boxed((10, 10, 30, 30)), boxed((80, 80, 100, 100))]
    assert paired(found, true) == Pairs(both=(), first=(1,), second=(1,))


def test_nothing_pairs_with_nothing():
    one = [boxed((0, 0, 40, 40))]
    assert paired([], one) == Pairs((), (), (0,))
    assert paired(one, []) == Pairs((), (0,), ())
    assert paired([], []) == Pairs((), (), ())

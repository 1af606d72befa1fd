"""Doubles are dropped within a category, as a naive version does."""

import numpy as np
import pytest

from lens.labeling.suppression import OVERLAP, suppressed


def iou(one: np.ndarray, other: np.ndarray) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    both = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return both / (sum(areas) - both)


def naive(boxes, scores, categories, held, held_categories) -> list[int]:
    kept = list(zip(held, held_categories, strict=True))
    new = []
    for number in np.argsort(-scores, kind="stable"):
        box, category = boxes[number], categories[number]
        if all(category != its or iou(box, other) <= OVERLAP for other, its in kept):
            kept.append((box, category))
            new.append(int(number))
    return new


def some_boxes(draw: np.random.Generator, count: int) -> np.ndarray:
    corner = draw.uniform(0, 15, (count, 2))
    return np.hstack([corner, corner + draw.uniform(15, 40, (count, 2))]).astype(np.float32)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("new", "there"), [(40, 10), (40, 0), (0, 5), (1, 1)])
def test_as_a_naive_version(seed, new, there):
    draw = np.random.default_rng(seed)
    boxes, held = some_boxes(draw, new), some_boxes(draw, there)
    scores = draw.uniform(size=new).astype(np.float32)
    categories, held_categories = draw.integers(3, size=new), draw.integers(3, size=there)
    found = suppressed(boxes, scores, categories, held, held_categories)
    assert found.tolist() == naive(boxes, scores, categories, held, held_categories)
    if new == 40:
        assert 5 < len(found) < 40


def test_what_is_there_wins_however_sure_the_new_box_is():
    box = np.array([[0, 0, 10, 10]], np.float32)
    one, none = np.ones(1, np.float32), np.zeros(1, np.int64)
    assert suppressed(box, one, none, box, none).tolist() == []
    assert suppressed(box, one, none, box, none + 1).tolist() == [0]

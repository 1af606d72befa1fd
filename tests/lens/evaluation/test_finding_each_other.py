"""Retrieval without classes: moments, average precision, places and views."""

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import average_precision_score

from lens.evaluation.retrieval import average_precisions, moments, places_of
from lens.evaluation.views import view


def unit(seed: int, count: int) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, 6))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_photos_of_a_moment_lie_within_an_hour():
    taken = np.array(
        ["2024-05-01T10:00", "NaT", "2024-05-01T10:59", "2024-05-01T12:00", "2024-05-02T10:00", "2024-05-01T09:00"],
        "datetime64[us]",
    )
    found = moments(taken, np.arange(6))
    assert {query: others.tolist() for query, others in found.items()} == {0: [2, 5], 2: [0], 5: [0]}


def test_average_precision_is_sklearns():
    vectors = unit(0, 60)
    wanted = {3: np.array([5, 9, 40]), 7: np.array([8])}
    found = average_precisions(vectors, wanted)
    for (query, right), value in zip(wanted.items(), found, strict=True):
        others = np.setdiff1d(np.arange(60), [query])
        expected = average_precision_score(np.isin(others, right), (vectors @ vectors[query])[others])
        assert value == pytest.approx(expected, abs=1e-6)


def test_a_tie_counts_against_the_encoder():
    same = np.tile(unit(0, 1), (5, 1))
    assert places_of(same[:1], same, np.array([2])).tolist() == [4]
    vectors = unit(1, 30)
    assert places_of(vectors[[4, 8]], vectors, np.array([4, 8])).tolist() == [0, 0]


def test_a_view_is_another_picture_of_the_same_photo():
    rng = np.random.default_rng(0)
    photo = Image.fromarray(rng.integers(0, 255, (60, 90, 3), np.uint8))
    views = [view(photo, seed) for seed in range(30)]
    assert view(photo, 3).tobytes() == views[3].tobytes()
    shares = [each.width * each.height / 5400 for each in views]
    assert min(shares) >= 0.39
    assert max(shares) <= 1
    assert len({each.tobytes() for each in views}) == 30
    assert all(each.width / each.height == pytest.approx(1.5, abs=0.05) for each in views)
    assert view(Image.new("RGB", (1, 1)), 0).size == (1, 1)

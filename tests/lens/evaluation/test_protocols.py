"""k-NN and linear probe against slow and plain versions of their papers."""

import math
from collections import Counter

import numpy as np
import pytest

from lens.evaluation.held_out import held_out
from lens.evaluation.intervals import difference_of, share_of
from lens.evaluation.protocols import few, knn, probe


def clouds(seed: int, count: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors around three centres, and which centre each belongs to."""
    rng = np.random.default_rng(seed)
    classes = rng.integers(0, 3, count)
    rows = np.eye(3, 8)[classes] + spread * rng.normal(size=(count, 8))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), classes


def slow_knn(vectors, classes, judged):
    said = []
    for each in judged:
        cosines = [float(each @ other) for other in vectors]
        nearest = sorted(range(len(vectors)), key=lambda number: -cosines[number])[:20]
        votes = Counter()
        for number in nearest:
            votes[int(classes[number])] += math.exp(cosines[number] / 0.07)
        said.append(votes.most_common(1)[0][0])
    return said


def test_neighbours_vote_as_in_the_paper():
    vectors, classes = clouds(0, 150, 0.5)
    judged, right = clouds(1, 80, 0.5)
    said = knn(vectors, classes, judged)
    assert said.tolist() == slow_knn(vectors, classes, judged)
    assert 0.7 < (said == right).mean() < 1  # hard enough that a wrong vote would show


def test_a_near_neighbour_counts_more_than_many_far_ones():
    near, far = np.array([[1, 0]], np.float32), np.tile(np.array([[0.6, 0.8]], np.float32), (19, 1))
    assert knn(np.concatenate([near, far]), np.array([1] + [0] * 19), near).tolist() == [1]


def test_fewer_photos_than_neighbours_are_all_asked():
    vectors = np.eye(2, dtype=np.float32)
    assert knn(vectors, np.array([0, 1]), vectors).tolist() == [0, 1]


def test_a_probe_tells_what_neighbours_cannot():
    rng = np.random.default_rng(0)

    def drawn(count):  # one small direction decides; all the others are louder and mean nothing
        classes = rng.integers(0, 2, count)
        rows = np.hstack([0.8 * (classes[:, None] - 0.5), rng.normal(size=(count, 30))])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), classes

    (vectors, classes), (judged, right) = drawn(1000), drawn(400)
    assert (probe(vectors, classes, judged) == right).mean() > (knn(vectors, classes, judged) == right).mean() + 0.02


def test_a_class_with_one_photo_can_be_told():
    vectors, classes = clouds(2, 40, 0.1)
    alone = np.zeros((1, 8), np.float32)
    alone[0, 7] = 1
    said = probe(np.concatenate([vectors, alone]), np.r_[classes, 3], alone)
    assert said.tolist() == [3]


def test_few_photos_are_so_many_of_each_class():
    classes = np.array([0] * 10 + [1] * 3 + [2] * 5)
    drawn = few(classes, 4, seed=0)
    assert np.bincount(classes[drawn]).tolist() == [4, 3, 4]
    assert len(set(drawn.tolist())) == 11
    assert sorted(few(classes, 4, seed=1)) != sorted(drawn)


def test_about_a_fifth_is_held_out_and_always_the_same_one():
    hashes = [f"{number:032x}" for number in range(5000)]
    out = held_out(hashes)
    assert 0.18 < out.mean() < 0.22
    assert held_out(hashes[::-1]).tolist() == out.tolist()[::-1]


def test_intervals_hold_what_they_should():
    rng = np.random.default_rng(0)
    holds = [share.low <= 0.7 <= share.high for share in (share_of(rng.random(200) < 0.7) for _ in range(200))]
    assert 0.9 <= np.mean(holds) <= 0.99


def test_a_paired_difference_is_surer_than_two_shares():
    rng = np.random.default_rng(0)
    hard = rng.random(300)
    one, other = (hard < 0.80).astype(float), (hard < 0.75).astype(float)
    apart = difference_of(one, other)
    assert apart.value == pytest.approx(one.mean() - other.mean())
    assert apart.shown
    assert share_of(one).low < share_of(other).high  # which the intervals of each alone do not show
    assert not difference_of(one, one).shown

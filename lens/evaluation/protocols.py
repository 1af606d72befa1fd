"""How well photos are told apart by vectors that were not made for it: k-NN and the linear probe."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["PROTOCOLS", "few", "knn", "probe"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

NEIGHBOURS = 20
TEMPERATURE = 0.07
"""Both as Wu et al. have them (arXiv:1805.01978), and DINO (arXiv:2104.14294) after them."""
JUDGED_AT_ONCE = 512
STRENGTHS = tuple(10.0**power for power in range(4))
"""Inverse ridge penalties that are tried, as CLIP's probes try them (arXiv:2103.00020); vectors have unit norm."""
STEPS = 1000


def knn(vectors: Floats, classes: Ints, judged: Floats) -> Ints:
    """(m,) the class of each photo by a vote of its twenty nearest, weighted by exp(cosine / 0.07).

    Args:
        vectors: (n, dim) unit-norm, of photos whose class is known.
        classes: (n,) from 0 on.
        judged: (m, dim) of the others.
    """
    count = min(NEIGHBOURS, len(vectors))
    said = [
        _vote(judged[at : at + JUDGED_AT_ONCE] @ vectors.T, classes, count)
        for at in range(0, len(judged), JUDGED_AT_ONCE)
    ]
    return np.concatenate(said)


def _vote(cosines: Floats, classes: Ints, count: int) -> Ints:
    nearest = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
    weights = np.exp(np.take_along_axis(cosines, nearest, axis=1) / TEMPERATURE)
    votes = np.zeros((len(cosines), classes.max() + 1))
    np.add.at(votes, (np.arange(len(cosines))[:, None], classes[nearest]), weights)
    told: Ints = votes.argmax(axis=1)
    return told


def probe(vectors: Floats, classes: Ints, judged: Floats) -> Ints:
    """(m,) the class of each photo by multinomial logistic regression (Alain and Bengio, arXiv:1610.01644).

    Its strength is the one that is best on a fifth of the photos whose class is known; arguments are `knn`'s.
    """
    from sklearn.linear_model import LogisticRegression

    def fitted(strength: float, some: Ints) -> LogisticRegression:
        return LogisticRegression(C=strength, max_iter=STEPS).fit(vectors[some], classes[some])

    kept, left = _slice(classes)
    right = {each: float((fitted(each, kept).predict(vectors[left]) == classes[left]).mean()) for each in STRENGTHS}
    best = max(STRENGTHS, key=right.__getitem__)
    said: Ints = fitted(best, np.arange(len(classes))).predict(judged)
    return said


def _slice(classes: Ints) -> tuple[Ints, Ints]:
    """Four fifths of each class, and the rest of it; of a class with one photo that one is in both."""
    order = np.random.default_rng(0).permutation(len(classes))
    rank = np.empty(len(classes), np.int64)
    for each in np.unique(classes):
        members = order[classes[order] == each]
        rank[members] = np.arange(len(members))
    left = np.flatnonzero(rank % 5 == 0)
    alone = left[np.bincount(classes)[classes[left]] == 1]
    return np.sort(np.r_[np.flatnonzero(rank % 5 != 0), alone]), left


def few(classes: Ints, shots: int, seed: int) -> Ints:
    """The numbers of `shots` photos of each class drawn by chance, or of all it has."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.permutation(np.flatnonzero(classes == each))[:shots] for each in np.unique(classes)])


PROTOCOLS: dict[str, Callable[[Floats, Ints, Floats], Ints]] = {"knn": knn, "probe": probe}

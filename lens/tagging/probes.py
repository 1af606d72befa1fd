"""Learned tags: a linear probe on stored vectors (Alain and Bengio, arXiv:1610.01644), from photos that show a thing.

People show what they mean and seldom what they do not mean, so that photos drawn by chance stand in for examples of the
latter: most of them are, and each counts less than an example that somebody gave.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ENOUGH_NO", "Probe", "agreement", "fit_probe"]

ENOUGH_NO = 50
"""Examples that show a thing not, up to which photos drawn by chance are added."""
WEAK = 0.2
"""What such a photo counts beside an example."""
STRENGTH = 10.0
"""Inverse of the ridge penalty; vectors have unit norm and differ in little."""
FOLDS = 5


@dataclass(frozen=True)
class Probe:
    """A linear model of vectors."""

    weights: NDArray[np.float32]  # (dim,)
    bias: float

    def __call__(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n,) how likely each of (n, dim) photos shows the thing, 0 to 1."""
        logits = vectors @ self.weights + np.float32(self.bias)
        chances: NDArray[np.float32] = 1 / (1 + np.exp(-logits.clip(-30, 30)))
        return chances


def fit_probe(yes: NDArray[np.float32], no: NDArray[np.float32], weak: NDArray[np.float32]) -> Probe:
    """Logistic regression, in which both sides count the same.

    Args:
        yes: (a, dim), a ≥ 1, vectors of photos that show the thing.
        no: (b, dim) of photos that do not.
        weak: (c, dim) of photos drawn by chance; b + c ≥ 1.
    """
    from sklearn.linear_model import LogisticRegression

    vectors = np.concatenate([yes, no, weak])
    shows = np.arange(len(vectors)) < len(yes)
    counts = np.concatenate([np.ones(len(yes)), np.ones(len(no)), np.full(len(weak), WEAK)])
    counts[~shows] *= len(yes) / counts[~shows].sum()
    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit(vectors, shows, counts)
    return Probe(model.coef_[0].astype(np.float32), float(model.intercept_[0]))


def agreement(
    yes: NDArray[np.float32], no: NDArray[np.float32], weak: NDArray[np.float32], words: NDArray[np.float32] | None
) -> tuple[float, float | None] | None:
    """How often probe and words are right on examples that were left out, as means of both sides, 0 to 1.

    Both are judged on the same examples: those that somebody gave, and those drawn by chance where nobody gave any that
    do not show it. The words have the threshold that is best on the examples that were not left out.

    Args:
        words: (a + b + c,) how near each photo is to the words for it; None if the encoder knows no words.

    Returns:
        Of the probe and of the words; None where there are fewer than two examples on a side.
    """
    from sklearn.model_selection import StratifiedKFold

    against = no if len(no) > 1 else weak
    if len(yes) < 2 or len(against) < 2:
        return None
    judged = np.concatenate([yes, against])
    shows = np.arange(len(judged)) < len(yes)
    near = (
        None
        if words is None
        else words[: len(judged)]
        if len(no) > 1
        else np.r_[words[: len(yes)], words[-len(weak) :]]
    )
    said, worded = np.zeros(len(judged), bool), np.zeros(len(judged), bool)
    folds = min(FOLDS, int(shows.sum()), int((~shows).sum()))
    for kept, left in StratifiedKFold(folds, shuffle=True, random_state=0).split(judged, shows):
        rest = weak if len(no) > 1 else weak[:0]
        probe = fit_probe(judged[kept][shows[kept]], judged[kept][~shows[kept]], rest)
        said[left] = probe(judged[left]) >= 0.5
        if near is not None:
            worded[left] = near[left] >= _best_threshold(near[kept], shows[kept])
    return _balanced(said, shows), None if near is None else _balanced(worded, shows)


def _best_threshold(near: NDArray[np.float32], shows: NDArray[np.bool_]) -> float:
    return float(max(np.sort(near), key=lambda each: _balanced(near >= each, shows)))


def _balanced(said: NDArray[np.bool_], shows: NDArray[np.bool_]) -> float:
    return float(said[shows].mean() + (~said[~shows]).mean()) / 2

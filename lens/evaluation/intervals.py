"""Shares with the uncertainty that few photos leave: percentile bootstrap over photos (Efron, 1979)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Difference", "Share", "difference_of", "share_of"]

RESAMPLES = 2000
RESAMPLES_AT_ONCE = 50  # so that many photos do not take much memory


@dataclass(frozen=True)
class Share:
    """A mean over photos, 0 to 1, with the interval that holds 95 % of its bootstrap resamples."""

    value: float
    low: float
    high: float
    photos: int
    """How many photos it is of."""

    def __str__(self) -> str:
        return f"{self.value:.1%} ({self.low:.1%}–{self.high:.1%}) of {self.photos:,} photos"


@dataclass(frozen=True)
class Difference:
    """How much larger one mean is than another of the same photos, -1 to 1, with the paired bootstrap's interval."""

    value: float
    low: float
    high: float

    @property
    def shown(self) -> bool:
        """Whether the interval leaves nought out."""
        return not self.low <= 0 <= self.high

    def __str__(self) -> str:
        return f"{100 * self.value:+.1f} points ({100 * self.low:+.1f} to {100 * self.high:+.1f})"


def share_of(scores: NDArray[np.floating] | NDArray[np.bool_]) -> Share:
    """The mean of what each of n ≥ 1 photos scores, (n,) from 0 to 1."""
    low, high = _interval(scores.astype(np.float64))
    return Share(float(scores.mean()), low, high, len(scores))


def difference_of(scores: NDArray[np.floating], others: NDArray[np.floating]) -> Difference:
    """By how much photos score better in one way than in another, each photo compared with itself; both (n,)."""
    apart = scores.astype(np.float64) - others
    return Difference(float(apart.mean()), *_interval(apart))


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    means = [
        values[rng.integers(0, len(values), (RESAMPLES_AT_ONCE, len(values)))].mean(axis=1)
        for _ in range(RESAMPLES // RESAMPLES_AT_ONCE)
    ]
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return float(low), float(high)

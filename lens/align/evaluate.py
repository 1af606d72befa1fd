"""How well an encoder finds photos by their captions, and names what it was never taught."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Estimate", "estimate", "ranks_of_classes", "ranks_of_photos"]

RESAMPLES = 2000


@dataclass(frozen=True)
class Estimate:
    """A share in percent, with the interval that holds 95 % of its bootstrap resamples."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.1f} ({self.low:.0f}–{self.high:.0f})"


def ranks_of_photos(
    texts: NDArray[np.float32], gallery: NDArray[np.float32], owners: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(m,) for each text (m, d), how many photos of the gallery (n, d) come before its own; 0 is a hit at 1.

    A tie counts against the encoder: one that gives all photos the same vector finds nothing.
    """
    return _ranks(texts @ gallery.T, owners)


def ranks_of_classes(
    photos: NDArray[np.float32], classes: NDArray[np.float32], labels: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(n,) for each photo (n, d), how many classes (k, d) come before its own."""
    return _ranks(photos @ classes.T, labels)


def _ranks(scores: NDArray[np.float32], own: NDArray[np.int64]) -> NDArray[np.int64]:
    right = scores[np.arange(len(own)), own][:, None]
    ranks: NDArray[np.int64] = (scores >= right).sum(axis=1) - 1
    return ranks


def estimate(
    ranks: NDArray[np.int64], within: int, photos: Sequence[int] | NDArray[np.int64], seed: int = 0
) -> Estimate:
    """The share of ranks below `within`, with a bootstrap interval over photos.

    Args:
        ranks: (m,), of texts or photos.
        photos: (m,), which photo each rank belongs to: the captions of one photo are not independent.
    """
    hits = ranks < within
    _, member = np.unique(photos, return_inverse=True)
    per_photo = np.bincount(member, hits)
    counts = np.bincount(member)
    drawn = np.random.default_rng(seed).integers(0, len(counts), (RESAMPLES, len(counts)))
    shares = per_photo[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(shares, [2.5, 97.5])
    return Estimate(100 * float(hits.mean()), 100 * float(low), 100 * float(high))

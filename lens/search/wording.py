"""What the words of a query say before any photo is looked at: whether photos usually show such a thing.

Whoever asks for a dog in a collection of everyday photos is likelier to find one than who asks for a walrus. Two sets
of texts tell them apart: a background, and words that everyday photos are described with.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["SAID", "SELF", "TINY", "Numbers", "Wording", "deviation_of"]

SAID = ("everyday", "unsaid", "unlike")
"""How near a query is to what everyday photos speak of; how much of it is left when everyday texts have explained what
they can, and when all texts but itself have. In standard deviations of what the background gets, above its mean."""
NEAREST = 5
"""Everyday texts that a query is compared with."""
EXPLAINING, RIDGE = 20, 0.1
"""Texts that explain a query, and what keeps them from explaining by large differences of each other."""
FAMILIAR = 4
"""Every so many texts of the background give the scale."""
SELF, NEVER = 1 - 1e-4, 2.0
"""Cosine from which on two vectors are of the same thing; and one that none reaches."""
TINY = 1e-6

Numbers: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True)
class Wording:
    """Two sets of texts, (…, dim) of unit norm."""

    background: Numbers
    everyday: Numbers
    """What everyday photos are described with."""

    def said(self, query: Numbers) -> tuple[float, ...]:
        """(len(SAID),) what a query (dim,) says."""
        mean, deviation = self._scale
        return tuple(((self._measured(query[None])[0] - mean) / deviation).tolist())

    @cached_property
    def _scale(self) -> tuple[Numbers, Numbers]:
        """(len(SAID),) each: mean and standard deviation of what some of the background says."""
        said = self._measured(self.background[::FAMILIAR])
        return said.mean(axis=0), said.std(axis=0).clip(TINY)

    @cached_property
    def _centred(self) -> tuple[Numbers, Numbers]:
        """Everyday texts, and those with the background, without what all have in common."""
        everyday = self._centre(self.everyday)
        return everyday, np.concatenate([self._centre(self.background), everyday])

    def _centre(self, texts: Numbers) -> Numbers:
        centred = texts - self.background.mean(axis=0)
        scaled: Numbers = centred / np.linalg.norm(centred, axis=1, keepdims=True).clip(TINY)
        return scaled

    def _measured(self, texts: Numbers) -> Numbers:
        """(t, len(SAID)) before it is brought to scale."""
        centred, (everyday, every) = self._centre(texts), self._centred
        columns = (
            _nearest(texts @ self.everyday.T),
            np.linalg.norm(_unexplained(centred, everyday, NEVER), axis=1),
            np.linalg.norm(_unexplained(centred, every, SELF), axis=1),
        )
        return np.stack(columns, axis=1)


def deviation_of(values: Numbers) -> float:
    """Standard deviation, never zero."""
    return max(float(np.nanstd(values)), TINY)


def _nearest(cosines: Numbers) -> Numbers:
    """(k,) mean of the largest of each row."""
    count = min(NEAREST, cosines.shape[1])
    largest: Numbers = np.partition(cosines, -count, axis=1)[:, -count:].mean(axis=1)
    return largest


def _unexplained(queries: Numbers, texts: Numbers, below: float) -> Numbers:
    """(q, dim) what ridge regression on the texts nearest to each query, with cosines below a limit, leaves of it."""
    near = queries @ texts.T
    near[near >= below] = -1
    count = min(EXPLAINING, len(texts))
    around = texts[np.argpartition(-near, count - 1, axis=1)[:, :count]]  # (q, count, dim)
    products = around @ around.transpose(0, 2, 1) + RIDGE * np.eye(count, dtype=np.float32)
    weights = np.linalg.solve(products, around @ queries[:, :, None])
    left: Numbers = queries - (weights.transpose(0, 2, 1) @ around)[:, 0]
    return left

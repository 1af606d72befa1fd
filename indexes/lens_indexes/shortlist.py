"""A first look at many vectors along their principal axes alone: which of them are worth comparing in full.

A quarter or less of the memory is read, and the vectors that come through are scored exactly. How many have to come
through was chosen on photos and words of the built-in encoder; `make bench-search` says what is found.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lens_indexes.facts import Mask

__all__ = ["WORTH_IT", "Shortlist", "principal_axes", "shortened"]

WORTH_IT = 100_000
"""Vectors below which comparing with all of them is quick enough."""
AXES = 64
SAMPLED = 20_000  # vectors that the axes are found from
EACH, ONE_IN = 100, 250
"""How many vectors come through: so many for each one that is wanted, and one in so many."""
FEW = 50
"""If no more than one in so many comes into question, they need no first look."""
STRIDE = 29
"""One score in so many says where the limit is; a prime, so that no rhythm of the photos meets it."""


@dataclass(frozen=True)
class Shortlist:
    """(n, a) vectors along a axes."""

    axes: NDArray[np.float32]
    """(dim, a), orthonormal."""
    short: NDArray[np.float32]
    """(n, a); may be a file mapped into memory."""

    def rows(self, vector: NDArray[np.float32], k: int, among: Mask | None = None) -> NDArray[np.intp]:
        """(m,), the rows, in order, that most probably hold the k nearest vectors.

        Args:
            vector: (dim,), unit norm.
            k: how many are wanted.
            among: (n,), which rows come into question; by default all.
        """
        count = len(self.short)
        enough = max(EACH * k, count // ONE_IN)
        if among is not None and np.count_nonzero(among) <= max(enough, count // FEW):
            return np.flatnonzero(among)
        if 4 * enough >= count:
            return np.arange(count) if among is None else np.flatnonzero(among)
        scores = self.short @ (vector @ self.axes)
        if among is not None:
            scores[~among] = -np.inf
        return _largest(scores, enough)


def principal_axes(pieces: Iterable[NDArray[np.float32]], count: int) -> NDArray[np.float32]:
    """(dim, a), the axes along which `count` vectors differ most, which come in pieces of (m, dim); from a sample."""
    step = max(1, count // SAMPLED)
    products = sum(piece[::step].T @ piece[::step] for piece in pieces)
    return np.ascontiguousarray(np.linalg.eigh(products)[1][:, -AXES:], np.float32)


def shortened(
    pieces: Iterable[NDArray[np.float32]], axes: NDArray[np.float32]
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Vectors along axes, in the pieces in which they come, each with the row it begins at."""
    start = 0
    for piece in pieces:
        yield start, piece @ axes
        start += len(piece)


def _largest(scores: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """The rows of about the `count` largest of (n,) scores, in order; never of fewer than half as many."""
    sample = scores[::STRIDE]
    place = -(-count * len(sample) // len(scores))
    limit = np.partition(sample, len(sample) - place)[len(sample) - place]
    rows = np.flatnonzero(scores >= limit)
    if count // 2 <= len(rows) <= 4 * count:
        return rows
    return np.sort(np.argpartition(-scores, count - 1)[:count])

"""A first look at many vectors along their principal axes alone: which of them are worth comparing in full.

All are looked at along half of the axes, one in twenty along the others too, and what comes through is scored exactly:
little of the memory is read. How many have to come through was chosen on photos and words of the built-in encoder;
`make bench-search` says what is found.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lens_indexes.facts import Mask

__all__ = ["AXES", "WORTH_IT", "Shortlist", "halved", "principal_axes", "shortened"]

WORTH_IT = 100_000
"""Vectors below which comparing with all of them is quick enough."""
AXES = 64
SAMPLED = 20_000  # vectors that the axes are found from
EACH, ONE_IN = 100, 250
"""How many vectors come through: so many for each one that is wanted, and one in so many."""
CLOSER, CLOSER_ONE_IN = 4, 20
"""How many are looked at along all axes: so many for each one that comes through, and one in so many."""
FEW = 50
"""If no more than one in so many comes into question, they need no first look."""
STRIDE = 29
"""One score in so many says where the limit is; a prime, so that no rhythm of the photos meets it."""


@dataclass(frozen=True)
class Shortlist:
    """n vectors along a axes."""

    axes: NDArray[np.float32]
    """(dim, a), orthonormal, those of most variance first."""
    coarse: NDArray[np.float32]
    """(n, c), along the first c axes; may be a file mapped into memory."""
    fine: NDArray[np.float32]
    """(n, a - c), along the others; likewise."""

    def __len__(self) -> int:
        return len(self.coarse)

    def rows(self, vector: NDArray[np.float32], k: int, among: Mask | None = None) -> NDArray[np.intp]:
        """(m,), the rows, in order, that most probably hold the k nearest vectors.

        Args:
            vector: (dim,), unit norm.
            k: how many are wanted.
            among: (n,), which rows come into question; by default all.
        """
        count = len(self)
        enough = max(EACH * k, count // ONE_IN)
        if among is not None and np.count_nonzero(among) <= max(enough, count // FEW):
            return np.flatnonzero(among)
        if 4 * enough >= count:
            return np.arange(count) if among is None else np.flatnonzero(among)
        along = vector @ self.axes
        first = self.coarse.shape[1]
        scores = self.coarse @ along[:first]
        if among is not None:
            scores[~among] = -np.inf
        rows = _largest(scores, max(CLOSER * enough, count // CLOSER_ONE_IN))
        closer = scores[rows] + np.take(self.fine, rows, axis=0) @ along[first:]
        return rows[_largest(closer, enough)]


def principal_axes(pieces: Iterable[NDArray[np.float32]], count: int) -> NDArray[np.float32]:
    """(dim, a), the axes along which `count` vectors differ most, the first most of all; from a sample.

    Args:
        pieces: the vectors, some (m, dim) at a time.
        count: how many they are.
    """
    step = max(1, count // SAMPLED)
    products = sum(piece[::step].T @ piece[::step] for piece in pieces)
    return np.ascontiguousarray(np.linalg.eigh(products)[1][:, ::-1][:, :AXES], np.float32)


def shortened(
    pieces: Iterable[NDArray[np.float32]], axes: NDArray[np.float32]
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Vectors along axes, in the pieces in which they come, each with the row it begins at."""
    start = 0
    for piece in pieces:
        yield start, piece @ axes
        start += len(piece)


def halved(along: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(n, c) and (n, a - c) of (n, a) vectors along axes: what all are looked at by, and the rest."""
    first = -(-along.shape[1] // 2)
    return along[:, :first], along[:, first:]


def _largest(scores: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """The rows of about the `count` largest of (n,) scores, in order; never of fewer than half as many."""
    sample = scores[::STRIDE]
    place = -(-count * len(sample) // len(scores))
    limit = np.partition(sample, len(sample) - place)[len(sample) - place]
    rows = np.flatnonzero(scores >= limit)
    if count // 2 <= len(rows) <= 4 * count:
        return rows
    return np.sort(np.argpartition(-scores, count - 1)[:count])

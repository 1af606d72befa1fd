"""From a vector to the photos nearest to it."""

from collections.abc import Iterable, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from lens.search.bands import UNJUDGED, Judge, Judgement
from lens.search.match import Match
from lens.search.sorting import Order, Values, sorted_match
from lens_indexes import VectorBlock, top_k

__all__ = ["Listed", "matches_of", "nearest"]


def nearest(block: VectorBlock, vectors: NDArray[np.float32], top: int, judges: Sequence[Judge]) -> list[list[Match]]:
    """The `top` photos nearest to each of (q, dim) unit-norm vectors.

    Args:
        judges: one for each vector, which says how likely a photo answers it.
    """
    if block.shortlist is None:
        found = list(zip(*top_k(vectors, block.vectors, top), strict=True))  # all queries at once
    else:
        found = [block.nearest(vector, top) for vector in vectors]
    return [
        # Rounding takes a cosine past its ends.
        matches_of(block, rows.tolist(), scores.clip(-1, 1).tolist(), judge(vector, block.vectors[rows]))
        for vector, (rows, scores), judge in zip(vectors, found, judges, strict=True)
    ]


class Listed(Sequence[Match]):
    """Photos by their rows, in their order, each made when it is asked for: a million of them take no time.

    Args:
        rows: (n,) of the block.
        order: what they are sorted by.
        values: (n,), of each photo.
    """

    def __init__(self, block: VectorBlock, rows: NDArray[np.intp], order: Order, values: Values) -> None:
        self._block, self._rows, self._order, self._values = block, rows, order, values

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> Match: ...

    @overload
    def __getitem__(self, at: slice) -> list[Match]: ...

    def __getitem__(self, at: int | slice) -> Match | list[Match]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        number = range(len(self))[at]
        row, block = int(self._rows[number]), self._block
        found = Match(number + 1, block.path(row), 1.0, block.id(row), block.content_hash(row), *UNJUDGED)
        return sorted_match(found, self._order, self._values[number])


def matches_of(
    block: VectorBlock, rows: Iterable[int], scores: Iterable[float], judgements: Iterable[Judgement]
) -> list[Match]:
    """Photos by their rows, best first, with their scores and what was judged of them."""
    found = zip(rows, scores, judgements, strict=True)
    return [
        Match(rank, block.path(row), score, block.id(row), block.content_hash(row), *judgement)
        for rank, (row, score, judgement) in enumerate(found, start=1)
    ]

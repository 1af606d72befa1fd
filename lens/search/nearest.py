"""From a vector to the photos nearest to it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lens.search.bands import Judge, Judgement
from lens.search.match import Match
from lens_indexes import VectorBlock, top_k
from lens_indexes.roots import Root

__all__ = ["matches_of", "nearest", "neighbours"]


def nearest(block: VectorBlock, vectors: NDArray[np.float32], top: int, judges: Sequence[Judge]) -> list[list[Match]]:
    """The `top` photos with the largest dot products, for each of (q, dim) unit-norm vectors.

    Args:
        judges: one for each vector, which says how likely a photo answers it.
    """
    rows, scores = top_k(vectors, block.vectors, top)
    scores = scores.clip(-1, 1)  # rounding takes a cosine past its ends
    return [
        matches_of(block, found.tolist(), found_scores.tolist(), judge(vector, block.vectors[found]))
        for vector, found, found_scores, judge in zip(vectors, rows, scores, judges, strict=True)
    ]


def matches_of(
    block: VectorBlock, rows: Iterable[int], scores: Iterable[float], judgements: Iterable[Judgement]
) -> list[Match]:
    """Photos by their rows, best first, with their scores and what was judged of them."""
    found = zip(rows, scores, judgements, strict=True)
    return [
        Match(rank, block.path(row), score, block.id(row), block.content_hash(row), *judgement)
        for rank, (row, score, judgement) in enumerate(found, start=1)
    ]


def neighbours(
    found: Sequence[Mapping[str, Any]], roots: Mapping[str, Root], vector: NDArray[np.float32], judge: Judge
) -> list[Match]:
    """The matches of what the index named as nearest to a (dim,) vector, best first."""
    hits = np.array([row["vector"] for row in found], np.float32).reshape(len(found), len(vector))
    return [
        Match(rank, roots[row["root"]].absolute(row["path"]), row["score"], row["id"], row["content_hash"], *judgement)
        for rank, (row, judgement) in enumerate(zip(found, judge(vector, hits), strict=True), start=1)
    ]

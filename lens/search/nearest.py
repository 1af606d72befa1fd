"""From a vector to the photos nearest to it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens.search.match import Match
from lens_indexes import VectorBlock, top_k


def nearest(block: VectorBlock, vectors: NDArray[np.float32], top: int) -> list[list[Match]]:
    """The `top` photos with the largest dot products, for each of (q, dim) unit-norm vectors."""
    rows, scores = top_k(vectors, block.vectors, top)
    scores = scores.clip(-1, 1)  # rounding takes a cosine past its ends
    return [
        [
            match_of(block, int(row), rank, float(score))
            for rank, (row, score) in enumerate(zip(found, found_scores, strict=True), start=1)
        ]
        for found, found_scores in zip(rows, scores, strict=True)
    ]


def match_of(block: VectorBlock, row: int, rank: int, score: float) -> Match:
    """One found photo."""
    return Match(rank, block.path(row), score, block.id(row), block.content_hash(row))


def nearest_to_photo(block: VectorBlock, photo: Path, top: int) -> list[Match] | None:
    """The photos nearest to one of the index's own, itself left out; None if it has no vector there.

    Args:
        block: where to look.
        photo: absolute path.
        top: how many to find.
    """
    row = block.row_of(photo)
    if row is None:
        return None
    matches = nearest(block, block.vectors[row : row + 1], top + 1)[0]
    others = [match for match in matches if match.id != block.id(row)][:top]
    return [replace(match, rank=rank) for rank, match in enumerate(others, start=1)]

"""From a vector to the photos nearest to it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens.search.bands import Judge
from lens.search.match import Match
from lens_indexes import VectorBlock, top_k


def nearest(block: VectorBlock, vectors: NDArray[np.float32], top: int, judges: Sequence[Judge]) -> list[list[Match]]:
    """The `top` photos with the largest dot products, for each of (q, dim) unit-norm vectors.

    Args:
        judges: one for each vector, which says how likely a photo answers it.
    """
    rows, scores = top_k(vectors, block.vectors, top)
    scores = scores.clip(-1, 1)  # rounding takes a cosine past its ends
    return [
        [
            Match(rank, block.path(row), float(score), block.id(row), block.content_hash(row), *judgement)
            for rank, (row, score, judgement) in enumerate(
                zip(found, found_scores, judge(vector, block.vectors[found]), strict=True), start=1
            )
        ]
        for vector, found, found_scores, judge in zip(vectors, rows, scores, judges, strict=True)
    ]


def nearest_to_photo(block: VectorBlock, photo: Path, top: int, judge: Judge) -> list[Match] | None:
    """The photos nearest to one of the index's own, itself left out; None if it has no vector there.

    Args:
        block: where to look.
        photo: absolute path.
        top: how many to find.
        judge: says how likely a photo is alike.
    """
    row = block.row_of(photo)
    if row is None:
        return None
    matches = nearest(block, block.vectors[row : row + 1], top + 1, [judge])[0]
    others = [match for match in matches if match.id != block.id(row)][:top]
    return [replace(match, rank=rank) for rank, match in enumerate(others, start=1)]

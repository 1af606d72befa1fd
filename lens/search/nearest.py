"""From a vector to the photos nearest to it."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens.search.match import Match
from lens_indexes import EncoderColumn, Index, top_k
from lens_indexes.roots import innermost


def nearest(index: Index, column: EncoderColumn, vectors: NDArray[np.float32], top: int) -> list[list[Match]]:
    """The `top` photos with the largest dot products, for each of (q, dim) unit-norm vectors."""
    block = index.photos.block(column)
    roots = index.roots.by_name()
    rows, scores = top_k(vectors, block.vectors, top)
    scores = scores.clip(-1, 1)  # rounding takes a cosine past its ends
    return [
        [
            Match(rank, roots[block.roots[row]].absolute(block.paths[row]), float(score), block.ids[row])
            for rank, (row, score) in enumerate(zip(found, found_scores, strict=True), start=1)
        ]
        for found, found_scores in zip(rows, scores, strict=True)
    ]


def nearest_to_photo(index: Index, column: EncoderColumn, photo: Path, top: int) -> list[Match] | None:
    """The photos nearest to one of the index's own, itself left out; None if it has no vector there.

    Args:
        index: where to look.
        column: whose vectors.
        photo: absolute path.
        top: how many to find.
    """
    held = innermost(index.roots.all(), photo)
    if held is None:
        return None
    block = index.photos.block(column)
    row = block.row_of(held[0].name, held[1])
    if row is None:
        return None
    matches = nearest(index, column, block.vectors[row : row + 1], top + 1)[0]
    others = [match for match in matches if match.id != block.ids[row]][:top]
    return [Match(rank, match.path, match.score, match.id) for rank, match in enumerate(others, start=1)]

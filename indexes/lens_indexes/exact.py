"""Exact nearest neighbours by brute force: the search of small indexes, and the oracle all other search is held to."""

import numpy as np
from numpy.typing import NDArray

ROWS_AT_ONCE = 1 << 16  # scores of one block of rows stay in the megabytes, whatever the size of the index


def top_k(
    queries: NDArray[np.float32], vectors: NDArray[np.float32], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The k rows of `vectors` with the largest dot products, for each query.

    Args:
        queries: (q, dim).
        vectors: (n, dim).
        k: how many to find; fewer come back when n < k.

    Returns:
        Row numbers and scores, both (q, min(k, n)), best first; of equal scores the lower row number comes first.
    """
    found = min(k, len(vectors))
    rows = np.empty((len(queries), 0), dtype=np.int64)
    scores = np.empty((len(queries), 0), dtype=np.float32)
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        block = vectors[start : start + ROWS_AT_ONCE]
        block_rows = np.broadcast_to(np.arange(start, start + len(block)), (len(queries), len(block)))
        rows = np.concatenate([rows, block_rows], axis=1)
        scores = np.concatenate([scores, queries @ block.T], axis=1)
        rows, scores = _best(rows, scores, found)
    return rows, scores


def best(scores: NDArray[np.float32], rows: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """The k of `rows` with the largest of (n,) scores, best first; of equal scores the lower row comes first."""
    found, _ = _best(rows[None], scores[rows][None], min(k, len(rows)))
    chosen: NDArray[np.int64] = found[0]
    return chosen


def _best(
    rows: NDArray[np.int64], scores: NDArray[np.float32], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The k best of each line, in order; all candidates that tie with the last one are looked at before the cut."""
    best_rows = np.empty((len(scores), min(k, scores.shape[1])), dtype=np.int64)
    best_scores = np.empty(best_rows.shape, dtype=np.float32)
    for line in range(len(scores)):
        candidates = np.arange(scores.shape[1])
        if 0 < k < scores.shape[1]:
            cut = np.partition(scores[line], -k)[-k]
            candidates = np.flatnonzero(scores[line] >= cut)
        order = np.lexsort((rows[line, candidates], -scores[line, candidates]))
        chosen = candidates[order][:k]
        best_rows[line], best_scores[line] = rows[line, chosen], scores[line, chosen]
    return best_rows, best_scores

"""Exact nearest neighbours by brute force: the search of small indexes, and the oracle all other search is held to."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

GATHERED_AT_ONCE = 512  # rows, a megabyte of vectors: they stay in the processor's cache
FEW = 4
"""Of so many rows one is scored by itself as quickly as all of them one after another."""
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


def top_of(
    query: NDArray[np.float32], vectors: NDArray[np.float32], rows: NDArray[np.intp], k: int
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """The k of some rows of `vectors` with the largest dot products.

    Args:
        query: (dim,).
        vectors: (n, dim).
        rows: (m,), which to look at.
        k: how many to find; fewer come back when m < k.

    Returns:
        Row numbers and scores, both (min(k, m),), best first; of equal scores the lower row number comes first.
    """
    if len(rows) * FEW > len(vectors):
        scores = np.asarray(vectors @ query)[rows]
    else:
        scores = _scored(query, np.asarray(vectors), rows)
    found, found_scores = _best(rows[None], scores[None], min(k, len(rows)))
    return found[0], found_scores[0]


def _scored(query: NDArray[np.float32], vectors: NDArray[np.float32], rows: NDArray[np.intp]) -> NDArray[np.float32]:
    """(m,) dot products of rows that are gathered by all processors."""
    scores = np.empty(len(rows), np.float32)
    width = -(-len(rows) // (os.cpu_count() or 1)) or 1

    def work(first: int) -> None:
        gathered = np.empty((min(GATHERED_AT_ONCE, width), len(query)), np.float32)
        last = min(first + width, len(rows))
        for start in range(first, last, GATHERED_AT_ONCE):
            some = rows[start : min(start + GATHERED_AT_ONCE, last)]
            block = np.take(vectors, some, axis=0, out=gathered[: len(some)], mode="clip")
            scores[start : start + len(some)] = block @ query

    with ThreadPoolExecutor() as pool:
        list(pool.map(work, range(0, len(rows), width)))
    return scores


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

"""Pairs of near photos among many, found by comparing all with all, in blocks and in all processors."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lens.photos.perceptual import LAYINGS, Bits, distances, laid, words

__all__ = ["HashPairs", "pairs_by_hash", "pairs_by_vector"]

ROWS, COLUMNS = 64, 8192  # of one block of hashes; half a megabyte each of what is compared stays in the cache
VECTOR_ROWS = 512
AXES = 64
TOO_MANY = 64  # hits a row of a block; then only the nearest are looked at


@dataclass(frozen=True)
class HashPairs:
    """Pairs of photos whose hashes are near, each pair once."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    """Always after `first`."""
    distance: NDArray[np.int64]
    """Bits, of 256."""
    laying: NDArray[np.int64]
    """How the first must be laid down to look like the second, one of `LAYINGS`."""


def pairs_by_hash(bits: Bits, coarse: int, whole: int) -> HashPairs:
    """Pairs whose hashes, in any laying, differ in at most `coarse` of the lowest 64 and `whole` of all 256 bits."""
    hashes = words(bits)
    low = np.ascontiguousarray(hashes[:, 0])
    found = [np.empty((4, 0), np.int64)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for laying in range(len(LAYINGS)):
            turned = words(laid(bits, laying))
            turned_low = np.ascontiguousarray(turned[:, 0])

            def look(start: int, turned_low: NDArray[np.uint64] = turned_low) -> NDArray[np.intp]:
                return _near_in_block(turned_low, low, start, coarse)

            first, second = np.concatenate(
                [np.empty((2, 0), np.intp), *pool.map(look, range(0, len(bits), ROWS))], axis=1
            )
            apart = distances(turned[first], hashes[second])
            near = apart <= whole
            found.append(np.stack([first, second, apart, np.full(len(first), laying)])[:, near])
    first, second, apart, layings = np.concatenate(found, axis=1)
    order = np.lexsort((layings, apart, second, first))
    once = order[_first_of_each(first[order], second[order])]
    return HashPairs(first[once], second[once], apart[once], layings[once])


def pairs_by_vector(
    vectors: NDArray[np.float32], floor: float, each: int, known: NDArray[np.intp] | None = None
) -> NDArray[np.intp]:
    """(2, p) pairs with a cosine of at least `floor`, each once, the smaller number first.

    The vectors are first compared along their 64 principal axes alone. That can only make two of them nearer, so
    that none is lost; what is left is compared in full.

    Args:
        vectors: (n, dim), unit norm.
        floor: cosine.
        each: of how many pairs with later photos a photo takes part, the nearest ones.
        known: (2, k) pairs that are left out and do not count.
    """
    left_out = np.empty(0, np.int64) if known is None else np.sort(known[0] * len(vectors) + known[1])
    sample = vectors[:: max(1, len(vectors) // 10_000)]
    axes = np.linalg.eigh(sample.T @ sample)[1][:, -AXES:]
    short = vectors @ axes
    half = (short * short).sum(axis=1, keepdims=True) / 2
    ones = np.ones_like(half)
    rows, columns = np.hstack([short, -half, ones]), np.hstack([short, ones, -half]).T  # product: minus half the gap²
    found = [np.empty((2, 0), np.intp)]
    for start in range(0, len(vectors), VECTOR_ROWS):
        block = rows[start : start + VECTOR_ROWS] @ columns[:, start:]
        for near in _hits(block, floor - 1 - 1e-5):
            first, second = near[0] + start, near[1] + start
            cosines = np.einsum("ij,ij->i", vectors[first], vectors[second])
            kept = (second > first) & (cosines >= floor) & ~np.isin(first * len(vectors) + second, left_out)
            order = np.lexsort((-cosines[kept], first[kept]))
            first, second = first[kept][order], second[kept][order]
            rank = np.arange(len(first)) - np.searchsorted(first, first)
            found.append(np.stack([first, second])[:, rank < each])
    return np.concatenate(found, axis=1)


def _near_in_block(turned: NDArray[np.uint64], low: NDArray[np.uint64], start: int, coarse: int) -> NDArray[np.intp]:
    """(2, p) pairs of a block of rows with all that come after."""
    rows = turned[start : start + ROWS, None]
    found = [np.empty((2, 0), np.intp)]
    for left in range(start, len(low), COLUMNS):
        near = np.bitwise_count(rows ^ low[None, left : left + COLUMNS]) <= coarse
        if near.any():
            first, second = np.nonzero(near)
            later = second + left > first + start
            found.append(np.stack([first[later] + start, second[later] + left]))
    return np.concatenate(found, axis=1)


def _hits(block: NDArray[np.float32], least: float) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Where a block of products is at least so much; no more than the 64 largest of a row if there are too many."""
    near = block >= least
    if np.count_nonzero(near) > TOO_MANY * len(block):
        columns = np.argpartition(-block, min(TOO_MANY, block.shape[1] - 1), axis=1)[:, :TOO_MANY]
        yield np.repeat(np.arange(len(block)), columns.shape[1]), columns.ravel()
    else:
        first, second = np.nonzero(near)
        yield first, second


def _first_of_each(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Of sorted pairs, which are not the same as the one before."""
    new = np.ones(len(first), np.bool_)
    new[1:] = (np.diff(first) != 0) | (np.diff(second) != 0)
    return new

"""Pairs of near photos among many: all that comparing all with all would find, in all processors.

Of hashes, only those are compared that nearly agree in one of four parts, as near ones must (multi-index hashing,
arXiv:1307.2982); vectors are compared along their principal axes first.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from lens.photos.perceptual import LAYINGS, Bits, distances, laid, words

__all__ = ["HashPairs", "pairs_by_hash", "pairs_by_vector"]

PARTS, PART_BITS = 4, 16  # of the lowest 64 bits
AT_ONCE = 1 << 18  # hashes that are compared
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
    # Were each part further apart than its radius, all would be further apart than `coarse`.
    radii = [(coarse + 1 + part) // PARTS - 1 for part in range(PARTS)]
    found = [np.empty((4, 0), np.int64)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for laying in range(len(LAYINGS)):
            turned = words(laid(bits, laying))
            turned_low = np.ascontiguousarray(turned[:, 0])

            def look(part: int, turned_low: NDArray[np.uint64] = turned_low) -> NDArray[np.intp]:
                return _near_in_part(turned_low, low, part, radii[part], coarse)

            first, second = np.concatenate(list(pool.map(look, range(PARTS))), axis=1)
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


def _near_in_part(
    turned: NDArray[np.uint64], low: NDArray[np.uint64], part: int, radius: int, coarse: int
) -> NDArray[np.intp]:
    """(2, p) pairs of hashes that are near, and in one part differ in at most `radius` bits; some more than once.

    The second of each pair comes after the first.
    """
    own, asked = _part(low, part), _part(turned, part)
    order = np.argsort(own, kind="stable")
    ordered = low[order]
    sizes = np.bincount(own, minlength=1 << PART_BITS)
    begins = np.cumsum(sizes) - sizes
    found = [np.empty((2, 0), np.intp)]
    for change in _changes(radius):
        place = asked ^ change
        rows = np.flatnonzero(sizes[place])
        starts, counts = begins[place[rows]], sizes[place[rows]]
        ends = np.cumsum(counts)
        cuts = np.searchsorted(ends, np.arange(AT_ONCE, ends[-1] if len(ends) else 0, AT_ONCE))
        for some in np.split(np.arange(len(rows)), cuts):
            many, last = counts[some], np.cumsum(counts[some])
            places = np.arange(last[-1] if len(last) else 0) + np.repeat(starts[some] - last + many, many)
            hits = np.flatnonzero(np.bitwise_count(np.repeat(turned[rows[some]], many) ^ ordered[places]) <= coarse)
            pairs = np.stack([rows[some][np.searchsorted(last, hits, side="right")], order[places[hits]]])
            found.append(pairs[:, pairs[1] > pairs[0]])
    return np.concatenate(found, axis=1)


def _part(hashes: NDArray[np.uint64], part: int) -> NDArray[np.int64]:
    """(n,), one part of each hash as a number."""
    shifted = hashes >> np.uint64(PART_BITS * part)
    return (shifted & np.uint64((1 << PART_BITS) - 1)).astype(np.int64)


@cache
def _changes(radius: int) -> tuple[int, ...]:
    """What a part must be xored with to become any other that differs in at most `radius` bits."""
    each = (combinations(range(PART_BITS), bits) for bits in range(radius + 1))
    return tuple(sum(1 << bit for bit in some) for group in each for some in group)


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

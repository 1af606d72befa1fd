"""Ranking all photos by one, and when they belong together though nobody has sorted them."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["average_precisions", "moments", "places_of"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

SAME_MOMENT = np.timedelta64(1, "h")


def moments(taken: NDArray[np.datetime64], queries: Ints) -> Mapping[int, Ints]:
    """The photos taken within an hour of each of some photos, by its number; those with none are left out.

    Args:
        taken: (n,) when each photo was taken by its camera's clock, not-a-time if that is not known.
        queries: numbers of the photos asked about.
    """
    order = np.argsort(taken)  # not-a-time comes last
    times = taken[order][: int((~np.isnat(taken)).sum())]
    found = {}
    for query in queries.tolist():
        if not np.isnat(taken[query]):
            first = np.searchsorted(times, taken[query] - SAME_MOMENT, "left")
            last = np.searchsorted(times, taken[query] + SAME_MOMENT, "right")
            others = np.setdiff1d(order[first:last], [query])
            if len(others):
                found[query] = others
    return found


def average_precisions(vectors: Floats, wanted: Mapping[int, Ints]) -> Floats:
    """(m,) the average precision, 0 to 1, of each query's ranking of all other photos by cosine.

    Args:
        vectors: (n, dim), unit norm.
        wanted: by the number of each query, the numbers of the photos that should come first.
    """
    found = []
    for query, right in wanted.items():
        cosines = vectors @ vectors[query]
        cosines[query] = np.inf  # comes first, and is no answer
        ranks = np.empty(len(vectors), np.int64)
        ranks[np.argsort(-cosines, kind="stable")] = np.arange(len(vectors))
        own = np.sort(ranks[right])
        found.append(np.mean(np.arange(1, len(own) + 1) / own))
    return np.array(found, np.float32)


def places_of(queries: Floats, vectors: Floats, own: Ints, as_right: Sequence[Ints] | None = None) -> Ints:
    """(m,) how many of (n, dim) photos come before its own for each of (m, dim) queries; a tie counts against it.

    Args:
        queries: (m, dim).
        vectors: (n, dim), of the photos.
        own: (m,) the number of each query's photo.
        as_right: for each query the numbers of photos that are no mistakes, and not counted; by default its own alone.
    """
    ranks = []
    for place, (query, number) in enumerate(zip(queries, own.tolist(), strict=True)):
        cosines = vectors @ query
        before = cosines >= cosines[number]
        before[number if as_right is None else as_right[place]] = False
        ranks.append(int(before.sum()))
    return np.array(ranks, np.int64)

"""Choosing a few photos that stand for all, as when only so many can be labelled."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lens.curation.collection import CuratedPhoto

__all__ = ["BALANCES", "Coverage", "coverage", "pick"]

BALANCES = ("tag", "label", "folder")
NEIGHBOURS = 20
AT_ONCE = 4096
RANDOM_DRAWS = 10
UNNAMED = ""


@dataclass(frozen=True)
class Coverage:
    """How well picked photos stand for all: cosines of every photo with the nearest picked one, larger is better."""

    mean: float
    low: float
    """A twentieth of the photos is covered worse."""


def pick(
    photos: Sequence[CuratedPhoto],
    vectors: NDArray[np.float32],
    count: int,
    *,
    typical: bool = False,
    balance: str | None = None,
    labels: Mapping[str, Collection[str]] | None = None,
) -> list[int]:
    """The numbers of `count` photos, or of all if there are fewer, the most important first.

    Args:
        photos: all of them.
        vectors: (n, dim), unit norm.
        count: how many to pick.
        typical: from the densest place of each of `count` clusters (TypiClust, arXiv:2202.02794); otherwise each is
            the photo farthest from those picked before (k-center greedy, Sener & Savarese, arXiv:1708.00489).
        balance: `tag`, `label` or `folder`: as many of each as can be. A photo with several counts for its rarest.
        labels: for `label`, the categories of the regions in each photo, by its id.
    """
    way = _typical if typical else _diverse
    if balance is None:
        return way(vectors, count)
    parts = _parts([_names(photo, balance, labels or {}) for photo in photos])
    shares = _shares([len(part) for part in parts], min(count, len(photos)))
    picked = [
        [int(part[number]) for number in way(vectors[part], share)]
        for part, share in zip(parts, shares, strict=True)
        if share
    ]
    longest = max((len(some) for some in picked), default=0)
    return [some[turn] for turn in range(longest) for some in picked if turn < len(some)]


def coverage(vectors: NDArray[np.float32], picked: Sequence[int]) -> Coverage:
    """How well picked photos stand for all; (n, dim) unit-norm vectors of all."""
    chosen = vectors[list(picked)].T
    nearest = np.concatenate(
        [(vectors[at : at + AT_ONCE] @ chosen).max(axis=1) for at in range(0, len(vectors), AT_ONCE)]
    )
    return Coverage(float(nearest.mean()), float(np.quantile(nearest, 0.05)))


def random_coverage(vectors: NDArray[np.float32], count: int) -> Coverage:
    """The same for photos picked by chance: the mean of ten draws."""
    rng = np.random.default_rng(0)
    count = min(count, len(vectors))
    drawn = [coverage(vectors, rng.choice(len(vectors), count, replace=False).tolist()) for _ in range(RANDOM_DRAWS)]
    return Coverage(float(np.mean([each.mean for each in drawn])), float(np.mean([each.low for each in drawn])))


def _diverse(vectors: NDArray[np.float32], count: int) -> list[int]:
    """K-center greedy, from the photo nearest to the mean on."""
    nearest = np.full(len(vectors), -np.inf, np.float32)
    picked: list[int] = []
    number = int(np.argmax(vectors @ vectors.mean(axis=0)))
    for _ in range(min(count, len(vectors))):
        picked.append(number)
        nearest = np.maximum(nearest, vectors @ vectors[number])
        nearest[picked] = np.inf
        number = int(np.argmin(nearest))
    return picked


def _typical(vectors: NDArray[np.float32], count: int) -> list[int]:
    """The densest photo of each of `count` clusters, the largest cluster first."""
    from sklearn.cluster import KMeans, MiniBatchKMeans

    if count >= len(vectors):
        return list(range(len(vectors)))
    kind = KMeans if count <= 50 else MiniBatchKMeans
    labels = kind(count, n_init=1, random_state=0).fit_predict(vectors)
    clusters = [members for label in range(count) if len(members := np.flatnonzero(labels == label))]
    clusters.sort(key=len, reverse=True)
    picked = [int(members[np.argmax(_density(vectors[members]))]) for members in clusters]
    rest = np.setdiff1d(np.arange(len(vectors)), picked)[: count - len(picked)]  # where clusters came out empty
    return [*picked, *map(int, rest)]


def _density(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n,) one over the mean distance to the 20 nearest."""
    from sklearn.neighbors import NearestNeighbors

    some = min(NEIGHBOURS + 1, len(vectors))
    distances, _ = NearestNeighbors(n_neighbors=some).fit(vectors).kneighbors(vectors)
    density: NDArray[np.float32] = 1 / (distances.sum(axis=1) / max(1, some - 1) + 1e-6)
    return density


def _names(photo: CuratedPhoto, balance: str, labels: Mapping[str, Collection[str]]) -> Collection[str]:
    """What a photo may count for."""
    match balance:
        case "folder":
            return (str(photo.path.parent),)
        case "label":
            return labels.get(photo.id, ())
    return photo.keywords


def _parts(names: Sequence[Collection[str]]) -> list[NDArray[np.intp]]:
    """The photos by their rarest name, as numbers; those without any are a part of their own."""
    counts = Counter(name for some in names for name in some)
    parts: defaultdict[str, list[int]] = defaultdict(list)
    for number, some in enumerate(names):
        parts[min(some, key=lambda name: (counts[name], name), default=UNNAMED)].append(number)
    return [np.array(parts[name], np.intp) for name in sorted(parts)]


def _shares(sizes: Sequence[int], count: int) -> list[int]:
    """How many to take of each so that they are as even as can be; `count` is no more than there are."""
    shares = [0] * len(sizes)
    while count:
        open_parts = [part for part, size in enumerate(sizes) if shares[part] < size]
        for part in open_parts[:count]:
            shares[part] += 1
        count -= min(count, len(open_parts))
    return shares

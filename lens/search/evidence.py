"""What speaks for a hit: its score beside what other photos get for the query, and other queries for the photo.

Nothing here depends on the scale of an encoder's cosines, so that what was fitted on one encoder means something on
another. Each query and each photo has an offset of its own, which makes some photos hubs that are near to everything
(Radovanović et al., 2010); what counts is what is left when both are taken away.

Whether what is asked for is there at all is another question than which photos show it, with evidence of its own: the
best hits, and how near the query is to what everyday photos speak of, since most collections hold such things.
"""

from dataclasses import dataclass
from functools import cached_property
from math import erfc

import numpy as np
from numpy.typing import NDArray

from lens.search.wording import SAID, SELF, TINY, Numbers, Wording, deviation_of

__all__ = ["FEATURES", "FIRST", "PRESENCE", "Reference", "evidence", "presence"]

FEATURES = ("of photo", "of query", "surprise", "generic", "top", "gap", "rivals", "words", "common")
"""Standard deviations above what the background gets of this photo; above what the query gets of other photos; minus
the logarithm of how many photos would by chance be as near; how much nearer the query is to all photos than the
background is; how much the nearest hit stands out beside the nearest hits of the background; standard deviations below
the nearest hit; above the ten texts that are nearest to this photo; logarithm of the query's words; how near the query
is to the background, which is about what people often photograph."""
OF_HITS = ("of photo", "of query", "surprise", "gap", "rivals")
"""The features in which the hits of a query differ."""
PRESENCE = (*FEATURES, *(f"{name}, first five" for name in OF_HITS), *SAID, "scatter")
"""Evidence that what is asked for is there: that of the best hit, the mean of the first five, what the words of the
query say alone, and the logarithm of how much its scores scatter beside those of the background. What follows the
first five is of words alone."""
FIRST = 5
"""Hits that tell whether what is asked for is there."""
SAMPLE = 512
"""Photos that stand for all of a collection: their scores cost milliseconds, however many photos there are."""
PSEUDO = 16
"""How many photos the expectation before any was seen counts for: what a query gets of a few photos says little."""
RIVALS = 10
HITS_AT_ONCE = 4096


@dataclass(frozen=True)
class Reference:
    """A collection, by a sample of its photos, and a background that is compared with them."""

    background: Numbers  # (m, dim)
    sample: Numbers  # (k, dim)
    size: int
    """Photos in the collection."""
    wording: Wording | None
    """What words alone say; None for queries by example, whose background is the sample itself."""

    @classmethod
    def of(cls, vectors: Numbers, wording: Wording | None, size: int | None = None) -> "Reference":
        """The reference of a collection.

        Args:
            vectors: (n, dim), unit norm; may be mapped into memory.
            wording: the texts to compare with; None for the photos themselves.
            size: photos in the collection, of which the vectors are then a sample.
        """
        rows = np.arange(len(vectors))
        if len(rows) > SAMPLE:
            rows = np.sort(np.random.default_rng(0).choice(rows, SAMPLE, replace=False))
        sample = np.ascontiguousarray(vectors[rows])
        return cls(wording.background if wording else sample, sample, size or len(vectors), wording)

    def scores(self, photos: Numbers) -> Numbers:
        """(k, m) cosines of k photos and the background; NaN for a photo and itself."""
        scores: Numbers = photos @ self.background.T
        if self.wording is None:
            scores[scores > SELF] = np.nan
        return scores

    @cached_property
    def spread(self) -> "Spread":
        """How the scores of sample and background scatter."""
        scores = self.scores(self.sample)
        mean = float(np.nanmean(scores))
        of_query, of_photo = np.nanmean(scores, axis=0) - mean, np.nanmean(scores, axis=1) - mean
        left = scores - mean - of_query - of_photo[:, None]
        scale = deviation_of(left)
        tops = np.nanmax(left, axis=0) / scale
        each = max(float(np.nanstd(scores, axis=0).mean()), TINY)
        return Spread(
            mean,
            deviation_of(scores),
            each,
            deviation_of(of_query),
            scale,
            float(tops.mean()),
            max(deviation_of(tops), 0.2),
        )

    @cached_property
    def nearness(self) -> tuple[float, float]:
        """Mean and standard deviation of how near each text of the background is to all of it."""
        near = self.background @ self.background.mean(axis=0)
        return float(near.mean()), deviation_of(near)


@dataclass(frozen=True)
class Spread:
    """Mean of all scores, and standard deviations."""

    mean: float
    all: float
    each: float
    """Of what one query gets, on average."""
    generic: float
    """Of what the queries get on average."""
    left: float
    """Of what neither query nor photo explains."""
    top_mean: float
    """Of the largest such rest of each query, in standard deviations."""
    top: float


def evidence(reference: Reference, query: Numbers, hits: Numbers, words: int) -> NDArray[np.float64]:
    """(k, len(FEATURES)) what speaks for each hit.

    Args:
        query: (dim,), unit norm.
        hits: (k, dim), the nearest photos, best first.
        words: how many words the query has; 0 for an example.
    """
    spread = reference.spread
    scores, sampled = hits @ query, reference.sample @ query
    sampled = sampled[sampled < SELF]
    count = len(sampled) + PSEUDO
    mean = (sampled.sum() + PSEUDO * spread.mean) / count
    deviation = float((((sampled - mean) ** 2).sum() + PSEUDO * spread.all**2) / count) ** 0.5 + TINY
    offset, own, rivals = _background_of(reference, hits)
    left = (scores - offset - mean + spread.mean) / spread.left
    of_query = (scores - mean) / deviation
    near, near_spread = reference.nearness
    common = (float(reference.background.mean(axis=0) @ query) - near) / near_spread
    others = scores < SELF
    alike = np.ones(len(hits))
    columns = (
        (scores - offset) / own,
        of_query,
        -np.log(reference.size * _beyond(of_query)),
        alike * (mean - spread.mean) / spread.generic,
        alike * (left[others].max(initial=-9) - spread.top_mean) / spread.top,
        (scores[others].max(initial=-1) - scores).clip(0) / deviation,
        (scores - rivals) / own,
        alike * np.log(max(words, 1)),
        alike * (common if reference.wording else 0),
    )
    return np.stack(columns, axis=1).astype(np.float64)


def presence(reference: Reference, query: Numbers, seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """(len(PRESENCE),) what speaks for it that what is asked for is there.

    Args:
        query: (dim,), unit norm.
        seen: (k, len(FEATURES)) the evidence for the nearest photos, best first, at least one.
    """
    first = seen[:FIRST, [FEATURES.index(name) for name in OF_HITS]].mean(axis=0)
    said, scatter = (0.0,) * len(SAID), 0.0
    if reference.wording:
        said = reference.wording.said(query)
        scatter = float(np.log(deviation_of(reference.sample @ query) / reference.spread.each))
    return np.concatenate([seen[0], first, said, [scatter]])


def _background_of(reference: Reference, hits: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """(k,) each: mean and standard deviation of what the background gets of each hit, and mean of its largest."""
    parts = [np.empty((3, 0), np.float32)]
    for start in range(0, len(hits), HITS_AT_ONCE):
        scores = reference.scores(hits[start : start + HITS_AT_ONCE])
        largest = np.partition(np.nan_to_num(scores, nan=-1), -min(RIVALS, scores.shape[1]), axis=1)[:, -RIVALS:]
        own = np.nanstd(scores, axis=1).clip(TINY)
        parts.append(np.stack([np.nanmean(scores, axis=1), own, largest.mean(axis=1)]))
    offset, own, rivals = np.concatenate(parts, axis=1)
    return offset, own, rivals


def _beyond(z: Numbers) -> NDArray[np.float64]:
    """(k,) how much of a normal distribution lies beyond each."""
    return np.array([erfc(min(float(each), 25.0) / 2**0.5) / 2 for each in z])

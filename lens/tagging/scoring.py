"""Zero-shot scores: how well the categories of a vocabulary fit photos, from vectors that are stored already.

A category is the mean of what an encoder makes of its texts (a prompt ensemble, arXiv:2103.00020, section 3.1.4).
Whether it fits a photo is judged by the evidence that search has for its hits: each category so has a threshold of its
own in each collection, and a photo in which nothing fits has no tag.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lens.models.encoders.base import EncoderInfo, TextEncoder, Vectors
from lens.models.encoders.conse import softmax, unit
from lens.search.evidence import FIRST as TELLING
from lens.tagging.likelihood import Likelihood
from lens.tagging.vocabulary import Vocabulary

__all__ = ["Scored", "entry_vectors", "zero_shot"]

FIRST = 64
"""Hits of a category that are judged at once; then twice as many, until none of them fits."""
LOGIT_SCALE = 20.0
"""For encoders whose authors learned none."""
PHOTOS_AT_ONCE = 8192


@dataclass(frozen=True)
class Scored:
    """A category that fits some photos."""

    name: str
    rows: NDArray[np.int64]
    """(m,) of the photos."""
    scores: NDArray[np.float32]
    """(m,) 0 to 1."""


def entry_vectors(vocabulary: Vocabulary, encoder: TextEncoder) -> Vectors:
    """(k, dim) unit-norm vectors of the k categories of a vocabulary."""
    encoded = encoder.encode_texts([text for entry in vocabulary.entries for text in entry.texts])
    ends = np.cumsum([len(entry.texts) for entry in vocabulary.entries])[:-1]
    return unit(np.stack([part.mean(axis=0) for part in np.split(encoded, ends)])).astype(np.float32)


def zero_shot(
    vocabulary: Vocabulary,
    texts: Vectors,
    photos: Vectors,
    info: EncoderInfo,
    likelihood: Callable[[str], Likelihood],
    *,
    least: float | None = None,
) -> Iterator[Scored]:
    """The categories in their order, each with the photos that it fits.

    Scores are a softmax over the categories where a photo is of one only. Elsewhere each is independent: the sigmoid
    that the encoder's authors trained (SigLIP, arXiv:2303.15343), or else the likelihood.

    Args:
        texts: (k, dim) of the categories.
        photos: (n, dim) of all photos of the collection; may be mapped into memory.
        info: of the encoder that made both.
        likelihood: of a category, by its name.
        least: the smallest score that fits; by default the likelihood decides.
    """
    shares = _shares(vocabulary, texts, photos, info) if vocabulary.exclusive else None
    for number, entry in enumerate(vocabulary.entries):
        cosines = photos @ texts[number]
        of_all = shares.of(number) if shares is not None else _sigmoid(cosines, info)
        if of_all is not None and least is not None:
            rows = np.flatnonzero((of_all >= least) & (of_all > 0))
            yield Scored(entry.name, rows, of_all[rows])
            continue
        rows, chances = _fitting(likelihood(entry.name), texts[number], photos, cosines, least)
        if shares is not None:
            rows = rows[shares.entries[rows] == number]
        yield Scored(entry.name, rows, chances if of_all is None else of_all[rows])


@dataclass(frozen=True)
class _Shares:
    entries: NDArray[np.int64]
    """(n,) the number of the category that each photo is of most."""
    scores: NDArray[np.float32]
    """(n,) its share of the softmax."""

    def of(self, number: int) -> NDArray[np.float32]:
        """(n,) the share of one category, 0 where another has more."""
        return np.where(self.entries == number, self.scores, np.float32(0))


def _shares(vocabulary: Vocabulary, texts: Vectors, photos: Vectors, info: EncoderInfo) -> _Shares:
    """A softmax over the categories that are nobody's parent: these compete, and imply their parents."""
    above = set(vocabulary.parents.values())
    leaves = np.array([number for number, entry in enumerate(vocabulary.entries) if entry.name not in above])
    entries, scores = np.zeros(len(photos), np.int64), np.zeros(len(photos), np.float32)
    scale = info.logit_scale or LOGIT_SCALE
    for start in range(0, len(photos), PHOTOS_AT_ONCE):
        some = slice(start, start + PHOTOS_AT_ONCE)
        shares = softmax(scale * (photos[some] @ texts[leaves].T))
        best = shares.argmax(axis=1)
        entries[some], scores[some] = leaves[best], shares[np.arange(len(best)), best]
    return _Shares(entries, scores)


def _sigmoid(cosines: NDArray[np.float32], info: EncoderInfo) -> NDArray[np.float32] | None:
    """(n,) how likely words and photos belong together, by the encoder's own scale and bias; None if it has none."""
    if info.logit_scale is None or info.logit_bias is None:
        return None
    logits = info.logit_scale * cosines + info.logit_bias
    chances: NDArray[np.float32] = (1 / (1 + np.exp(-logits.clip(-80, 80)))).astype(np.float32)
    return chances


def _fitting(
    likelihood: Likelihood,
    text: NDArray[np.float32],
    photos: Vectors,
    cosines: NDArray[np.float32],
    least: float | None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The photos that a category fits, and how likely, the nearest first.

    They are judged from the nearest on, together with the very nearest, which tell whether the thing is there, until a
    whole part has none that fits: most photos are never judged.
    """
    order = np.argsort(-cosines, kind="stable")
    rows, chances = [np.empty(0, np.int64)], [np.empty(0, np.float32)]
    start, size = 0, FIRST
    while start < len(order):
        some = order[start : start + size]
        found, fits = likelihood(text, photos[np.concatenate([order[:TELLING], some])])
        kept = (fits if least is None else found >= least)[-len(some) :]
        if not kept.any():
            break
        rows.append(some[kept])
        chances.append(found[-len(some) :][kept])
        start, size = start + size, 2 * size
    return np.concatenate(rows), np.concatenate(chances)

"""How likely a category is true of a photo: the evidence of the relevance bands, weighed for tags.

A search asks for one thing, and what it finds is judged among its own hits. Tags ask for hundreds of things at once, of
which people photograph some every day and others never, so how often a thing is said of photos counts too. Whether a
photo gets a tag is left to the relevance bands, which know nothing of that: a rare thing is tagged, with a low score.
Fitted on the training photos, encoded by heads that had not seen them, by `benchmarks/tagging.py --fit`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens.search.bands import Judge
from lens.search.evidence import FEATURES, evidence, presence
from lens.tagging.vocabulary import Vocabulary

Chances = NDArray[np.float32]

__all__ = ["HIT", "MODEL_FILE", "Likelihood", "TagModel", "shares_of", "tag_model"]

MODEL_FILE = Path(__file__).parent / "tags.json"
UNUSED = "words"
"""A feature that tells queries of one word from long ones; categories are all short."""
HIT = 0.2
"""Probability of the relevance bands from which on a photo is hit well enough: a tag asks for more than a search."""
FLOOR = 2e-3
"""Added to every share: what was never said of a photo is not impossible."""


@dataclass(frozen=True)
class TagModel:
    """A logistic model of evidence and of how often a thing is said of photos."""

    bias: float
    weights: NDArray[np.float64]  # (len(FEATURES),)
    said: float
    """Weight of the logarithm of the share."""
    shares: Mapping[str, float]
    """Of all photos, those in whose captions a word stands."""
    unheard: float
    """The share of a word that stands in none: that of a usual one, since somebody asks for it."""

    def probabilities(self, seen: NDArray[np.float64], share: float) -> NDArray[np.float64]:
        """(k,) how likely a category with this share is true of each photo, from its evidence (k, len(FEATURES))."""
        logits = seen @ self.weights + self.said * np.log(share + FLOOR) + self.bias
        chances: NDArray[np.float64] = 1 / (1 + np.exp(-logits.clip(-30, 30)))
        return chances


@cache
def tag_model() -> TagModel:
    """The model that ships with Lens."""
    held = json.loads(MODEL_FILE.read_bytes())
    weights = np.array([held["weights"].get(name, 0.0) for name in FEATURES])
    return TagModel(held["bias"], weights, held["said"], held["shares"], held["unheard"])


def shares_of(vocabulary: Vocabulary, model: TagModel) -> dict[str, float]:
    """By category how often it is said of photos: any word of it or of a category below it."""
    words: dict[str, set[str]] = {entry.name: set() for entry in vocabulary.entries}
    for entry in vocabulary.entries:
        for name in vocabulary.path(entry.name):
            words[name].update(word.lower() for word in entry.words)
    return {name: _any(model.shares.get(word) for word in some) or model.unheard for name, some in words.items()}


def _any(shares: Iterable[float | None]) -> float:
    """The share of photos of which one or more is said, as if each were said without regard to the others."""
    return 1 - float(np.prod([1 - (share or 0.0) for share in shares]))


@dataclass(frozen=True)
class Likelihood:
    """How likely one category is true of photos of one collection."""

    judge: Judge
    """Of the category as a query."""
    share: float
    model: TagModel

    def __call__(self, text: NDArray[np.float32], photos: NDArray[np.float32]) -> tuple[Chances, NDArray[np.bool_]]:
        """(k,) how likely it is of each of (k, dim) photos, and whether they get the tag.

        Args:
            text: (dim,) of the category.
            photos: (k, dim), the nearest ones of the collection first.
        """
        reference = self.judge.reference
        if reference is None:  # too few photos to tell anything
            return np.zeros(len(photos), np.float32), np.zeros(len(photos), bool)
        seen = evidence(reference, text, photos, self.judge.words)
        hits = self.judge.calibration.judge(seen, presence(reference, text, seen)).chances
        chances = self.model.probabilities(seen, self.share).astype(np.float32)
        return chances, hits >= HIT

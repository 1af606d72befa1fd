"""Relevance bands: how likely a hit answers the query, and where the real hits end.

Two logistic models, apart for words and for examples, fitted by `make bands` on the training photos with heads that
had not seen them: whether what is asked for is there at all, and, given the odds of that and the evidence for a hit,
whether the hit is right. A query for what is hardly there has no hit above *rest*. They were fitted and judged with the
built-in encoder; other encoders give the same kinds of evidence, and how well calibrated it is there is not known.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lens.models.encoders.base import ImageEncoder
from lens.search.background import wording
from lens.search.evidence import FEATURES, PRESENCE, Reference, evidence, presence
from lens.search.match import Band
from lens.search.syntax import Node, Sum, Words, leaves
from lens_indexes import VectorBlock

Judgement: TypeAlias = tuple[Band, float | None]
"""Of one hit its band, and how probable it is that it is right; None where that cannot be told."""
UNJUDGED: Judgement = (Band.LIKELY, None)

__all__ = [
    "CALIBRATION_FILE",
    "FEWEST",
    "UNJUDGED",
    "Calibration",
    "Judge",
    "Judged",
    "Judgement",
    "Judges",
    "Logistic",
    "calibration",
    "probability",
]

CALIBRATION_FILE = Path(__file__).parent / "bands.json"
FEWEST = 10
"""Photos below which nothing is judged: one looks at them all."""


@dataclass(frozen=True)
class Logistic:
    """A logistic model."""

    bias: float
    weights: NDArray[np.float64]  # (n,)

    def logits(self, seen: NDArray[np.float64]) -> NDArray[np.float64]:
        """(...,) log odds from evidence (..., n)."""
        logits: NDArray[np.float64] = (seen @ self.weights + self.bias).clip(-30, 30)
        return logits


@dataclass(frozen=True)
class Calibration:
    """What evidence is worth, and the probabilities at which the bands begin."""

    presence: Logistic
    """Over `PRESENCE`: whether what is asked for is there."""
    hit: Logistic
    """Over `FEATURES`, and the log odds that it is there."""
    there: float
    """How probable it must be that it is there, for any hit to be above *rest*."""
    confident: float
    likely: float

    def judge(self, hits: NDArray[np.float64], query: NDArray[np.float64]) -> "Judged":
        """The judgement of a query from the evidence for its k hits (k, len(FEATURES)), and for it (len(PRESENCE),)."""
        odds = self.presence.logits(query)
        seen = np.column_stack([hits, np.full(len(hits), odds)])
        return Judged(probability(odds).item(), probability(self.hit.logits(seen)))

    def bands(self, judged: "Judged") -> list[Band]:
        """The band of each hit."""
        return [self._band(chance, judged.there) for chance in judged.chances.tolist()]

    def _band(self, chance: float, there: float) -> Band:
        if there < self.there or chance < self.likely:
            return Band.REST
        return Band.CONFIDENT if chance >= self.confident else Band.LIKELY


@dataclass(frozen=True)
class Judged:
    """How likely what is asked for is there, and how likely each hit is right."""

    there: float
    chances: NDArray[np.float64]  # (k,)


def probability(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """(...,) from log odds (...,)."""
    chances: NDArray[np.float64] = 1 / (1 + np.exp(-logits))
    return chances


@cache
def calibration(kind: str) -> Calibration:
    """The calibration that ships with Lens for `words` or for `examples`."""
    held = json.loads(CALIBRATION_FILE.read_bytes())[kind]

    def model(name: str, features: tuple[str, ...]) -> Logistic:
        return Logistic(held[name]["bias"], np.array([held[name]["weights"][each] for each in features]))

    return Calibration(
        model("presence", PRESENCE),
        model("hit", (*FEATURES, "presence")),
        held["there"],
        held["confident"],
        held["likely"],
    )


@dataclass(frozen=True)
class Judge:
    """Judges the hits of one query."""

    reference: Reference | None
    """None where there is too little to judge by."""
    calibration: Calibration
    words: int = 0

    def __call__(self, query: NDArray[np.float32], hits: NDArray[np.float32]) -> list[Judgement]:
        """Band and probability of each of (k, dim) hits of a query (dim,)."""
        if self.reference is None or not len(hits):
            return [UNJUDGED] * len(hits)
        judged = self.judged(self.reference, query, hits)
        return list(zip(self.calibration.bands(judged), judged.chances.tolist(), strict=True))

    def judged(self, reference: Reference, query: NDArray[np.float32], hits: NDArray[np.float32]) -> Judged:
        """What is to be thought of a query (dim,) and its (k, dim) nearest photos, best first, at least one."""
        seen = evidence(reference, query, hits, self.words)
        return self.calibration.judge(seen, presence(reference, query, seen))


class Judges:
    """The judges of a collection; what they know of it is kept as long as it stays the same."""

    def __init__(self) -> None:
        self._block: VectorBlock | None = None
        self._references: dict[str, Reference] = {}

    def of(self, query: Node, encoder: ImageEncoder, block: VectorBlock) -> Judge:
        """For a query that is one vector; with a photo in it, it is judged as an example.

        What is left of one thing when another is taken away is near to no text, and like no photo: it is not judged.
        """
        if _takes_away(query):
            return Judge(None, calibration("words"))
        parts = list(leaves(query))
        spoken = [part.text for part in parts if isinstance(part, Words)]
        if len(spoken) < len(parts):
            return self.of_examples(block)
        reference = self._reference("words", block, encoder)
        return Judge(reference, calibration("words"), len(" ".join(spoken).split()))

    def of_examples(self, block: VectorBlock) -> Judge:
        """For a query that is a photo."""
        return Judge(self._reference("examples", block), calibration("examples"))

    def _reference(self, kind: str, block: VectorBlock, encoder: ImageEncoder | None = None) -> Reference | None:
        if len(block) < FEWEST:
            return None
        if self._block is not block:
            self._block, self._references = block, {}
        if kind not in self._references:
            self._references[kind] = Reference.of(
                block.vectors, wording(encoder) if encoder else None, block.stands_for
            )
        return self._references[kind]


def _takes_away(node: Node) -> bool:
    """Whether a query has a part that photos should not show."""
    return isinstance(node, Sum) and any(term.weight < 0 or _takes_away(term.node) for term in node.terms)

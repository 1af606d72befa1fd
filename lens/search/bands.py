"""Relevance bands: how likely a hit answers the query, and where the real hits end.

A logistic model of the evidence, apart for words and for examples, fitted by `make bands` on the training photos with
heads that had not seen them. It was fitted and judged with the built-in encoder; of other encoders it sees the same
evidence, and how well calibrated it is there has not been measured.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lens.models.encoders.base import ImageEncoder
from lens.search.background import background
from lens.search.evidence import FEATURES, Reference, evidence
from lens.search.match import Band
from lens.search.syntax import Node, Words, leaves
from lens_indexes import VectorBlock

Judgement: TypeAlias = tuple[Band, float | None]
"""Of one hit its band, and how probable it is that it is right; None where that cannot be told."""
UNJUDGED: Judgement = (Band.LIKELY, None)

__all__ = ["CALIBRATION_FILE", "FEWEST", "UNJUDGED", "Calibration", "Judge", "Judgement", "Judges", "calibration"]

CALIBRATION_FILE = Path(__file__).parent / "bands.json"
FEWEST = 10
"""Photos below which nothing is judged: one looks at them all."""


@dataclass(frozen=True)
class Calibration:
    """A logistic model, and the probabilities at which the bands begin."""

    bias: float
    weights: NDArray[np.float64]  # (len(FEATURES),)
    confident: float
    likely: float

    def probabilities(self, seen: NDArray[np.float64]) -> NDArray[np.float64]:
        """(k,) how likely each hit is right, from its evidence (k, len(FEATURES))."""
        chances: NDArray[np.float64] = 1 / (1 + np.exp(-(seen @ self.weights + self.bias).clip(-30, 30)))
        return chances

    def band(self, probability: float) -> Band:
        """The band of a hit."""
        if probability >= self.confident:
            return Band.CONFIDENT
        return Band.LIKELY if probability >= self.likely else Band.REST


@cache
def calibration(kind: str) -> Calibration:
    """The calibration that ships with Lens for `words` or for `examples`."""
    held = json.loads(CALIBRATION_FILE.read_bytes())[kind]
    weights = np.array([held["weights"][name] for name in FEATURES])
    return Calibration(held["bias"], weights, held["confident"], held["likely"])


@dataclass(frozen=True)
class Judge:
    """Judges the hits of one query."""

    reference: Reference | None
    """None where there is too little to judge by."""
    calibration: Calibration
    words: int = 0

    def __call__(self, query: NDArray[np.float32], hits: NDArray[np.float32]) -> list[Judgement]:
        """Band and probability of each of (k, dim) hits of a query (dim,)."""
        if self.reference is None:
            return [UNJUDGED] * len(hits)
        chances = self.calibration.probabilities(evidence(self.reference, query, hits, self.words))
        return [(self.calibration.band(chance), float(chance)) for chance in chances]


class Judges:
    """The judges of a collection; what they know of it is kept as long as it stays the same."""

    def __init__(self) -> None:
        self._block: VectorBlock | None = None
        self._references: dict[str, Reference] = {}

    def of(self, query: Node, encoder: ImageEncoder, block: VectorBlock) -> Judge:
        """For a query that is one vector; with a photo in it, it is judged as an example."""
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
            self._references[kind] = Reference.of(block.vectors, background(encoder) if encoder else None)
        return self._references[kind]

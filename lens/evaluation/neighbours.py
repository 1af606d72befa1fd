"""What encoders take for most alike: for people to look at, where figures say little."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens.curation.collection import CuratedPhoto

__all__ = ["Neighbours", "nearest"]

SHOWN = 5


@dataclass(frozen=True)
class Neighbours:
    """A photo, and which others encoders find nearest to it."""

    photo: Path
    nearest: dict[str, list[Path]]
    """By the encoder's name, nearest first."""


def nearest(
    photos: Sequence[CuratedPhoto], vectors: Mapping[str, NDArray[np.float32]], asked: NDArray[np.int64]
) -> list[Neighbours]:
    """The five nearest of all other photos to some of them.

    Args:
        photos: n of them.
        vectors: by encoder, (n, dim), unit norm.
        asked: numbers of photos.
    """
    return [
        Neighbours(photos[number].path, {name: _paths(photos, held, number) for name, held in vectors.items()})
        for number in asked.tolist()
    ]


def _paths(photos: Sequence[CuratedPhoto], vectors: NDArray[np.float32], number: int) -> list[Path]:
    cosines = vectors @ vectors[number]
    cosines[number] = -np.inf
    order = np.argsort(-cosines, kind="stable")[: min(SHOWN, len(photos) - 1)]
    return [photos[other].path for other in order.tolist()]

"""What every detector offers: boxes around what phrases name.

Boxes are x0, y0, x1, y1 in pixels of the photo as it was given, which is upright; x1 and y1 lie one beyond the last
pixel, so that a box over the whole photo is 0, 0, width, height.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.errors import QueryError

__all__ = ["Detections", "Detector", "DetectorInfo", "check_phrases", "within"]


@dataclass(frozen=True)
class Detections:
    """What was found in one photo, the likeliest first.

    Raises:
        ValueError: the arrays are not what is written beside them.
    """

    boxes: NDArray[np.float32]  # (n, 4), x0 < x1 and y0 < y1, inside the photo
    scores: NDArray[np.float32]  # (n,), 0 to 1, as the detector gives them: comparable within one detector alone
    phrases: NDArray[np.int64]  # (n,), which of the phrases that were asked for

    def __post_init__(self) -> None:
        count = len(self.boxes)
        if self.boxes.shape != (count, 4) or self.boxes.dtype != np.float32:
            raise ValueError(f"boxes are (n, 4) float32, not {self.boxes.shape} {self.boxes.dtype}")
        if self.scores.shape != (count,) or self.phrases.shape != (count,):
            raise ValueError(f"{count} boxes need as many scores and phrases: {self.scores.shape} {self.phrases.shape}")
        if not (self.boxes[:, :2] < self.boxes[:, 2:]).all():
            raise ValueError("a box has no area")

    def __len__(self) -> int:
        return len(self.boxes)


@dataclass(frozen=True)
class DetectorInfo:
    """Which model found a box."""

    name: str
    """What the user types."""
    model: str
    """The networks behind it, for people."""
    revision: str
    """Fingerprint of the weights."""
    threshold: float
    """The score that a box must exceed where nothing is asked for: its authors' own, where they name one."""


class Detector(Protocol):
    """Photos and phrases to boxes."""

    info: DetectorInfo

    def detect(self, image: Image.Image, phrases: Sequence[str], threshold: float | None = None) -> Detections:
        """What a photo shows of the things that phrases name.

        Args:
            image: upright RGB, of any size.
            phrases: such as `dog` or `red bicycle`.
            threshold: the score that a box must exceed, 0 to 1; the detector's own if not given.

        Raises:
            QueryError: a phrase is empty.
            DeviceError: the memory does not suffice for one photo.
        """

    def detect_all(
        self, images: Sequence[Image.Image], phrases: Sequence[str], threshold: float | None = None
    ) -> list[Detections]:
        """The same for each of several photos, as many at once as the memory takes."""


def within(
    size: tuple[int, int], boxes: NDArray[np.floating], scores: NDArray[np.floating], phrases: NDArray[np.integer]
) -> Detections:
    """Boxes cut at the edges of a photo of this (width, height), without those that lie outside; likeliest first."""
    limits = np.array([*size, *size], np.float32)
    cut = np.clip(boxes.reshape(-1, 4), 0, limits).astype(np.float32)
    order = np.argsort(-scores, kind="stable")
    order = order[(cut[order, :2] < cut[order, 2:]).all(axis=1)]
    return Detections(cut[order], scores[order].astype(np.float32), phrases[order].astype(np.int64))


def check_phrases(phrases: Sequence[str]) -> list[str]:
    """The phrases without space around them.

    Raises:
        QueryError: one is empty.
    """
    stripped = [" ".join(phrase.split()) for phrase in phrases]
    if not all(stripped):
        raise QueryError("A phrase to look for is empty.")
    return stripped

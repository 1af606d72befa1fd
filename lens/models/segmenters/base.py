"""What every segmenter offers: masks of what boxes, points or phrases point at.

A photo is set once, which takes long, and asked as often as one likes, which is quick. Boxes and points are in pixels
of the photo as it was given, which is upright; masks have its size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.errors import QueryError

__all__ = ["BOXES", "EVERYTHING", "PHRASES", "POINTS", "Masks", "Points", "Segmenter", "SegmenterInfo", "check_prompts"]

BOXES, POINTS, PHRASES, EVERYTHING = "boxes", "points", "phrases", "everything"


@dataclass(frozen=True)
class Points:
    """Points that lie on one thing, and points that do not.

    Raises:
        ValueError: the arrays are not what is written beside them, or there is no point.
    """

    places: NDArray[np.float32]  # (n, 2), x and y in pixels
    inside: NDArray[np.bool_]  # (n,), whether the point lies on the thing

    def __post_init__(self) -> None:
        if self.places.shape != (len(self.inside), 2) or not len(self.inside):
            raise ValueError(f"points are (n, 2) with n signs, not {self.places.shape} and {self.inside.shape}")


@dataclass(frozen=True)
class Masks:
    """Masks of one photo.

    Raises:
        ValueError: the arrays are not what is written beside them.
    """

    masks: NDArray[np.bool_]  # (n, height, width), of the photo
    scores: NDArray[np.float32]  # (n,), 0 to 1: how well the segmenter believes the mask fits; comparable within it
    prompts: NDArray[np.int64]  # (n,), which box, points or phrase it answers; 0 where there was none

    def __post_init__(self) -> None:
        count = len(self.masks)
        if self.masks.ndim != 3 or self.masks.dtype != np.bool_:
            raise ValueError(f"masks are (n, height, width) bool, not {self.masks.shape} {self.masks.dtype}")
        if self.scores.shape != (count,) or self.prompts.shape != (count,):
            raise ValueError(f"{count} masks need as many scores and prompts: {self.scores.shape} {self.prompts.shape}")

    def __len__(self) -> int:
        return len(self.masks)

    @staticmethod
    def of(
        size: tuple[int, int], masks: Sequence[NDArray[np.bool_]], scores: Sequence[float], prompts: Sequence[int]
    ) -> "Masks":
        """From masks one by one, of a photo of this (width, height)."""
        stacked = np.stack(masks) if masks else np.empty((0, size[1], size[0]), np.bool_)
        return Masks(stacked, np.clip(np.array(scores, np.float32), 0, 1), np.array(prompts, np.int64))


@dataclass(frozen=True)
class SegmenterInfo:
    """Which model made a mask, and what it can be asked."""

    name: str
    """What the user types."""
    model: str
    """The networks behind it, for people."""
    revision: str
    """Fingerprint of the weights."""
    prompts: frozenset[str]
    """Some of `boxes`, `points`, `phrases` and `everything`."""


class Segmenter(Protocol):
    """Photos and prompts to masks."""

    info: SegmenterInfo

    def set_image(self, image: Image.Image) -> None:
        """Look at an upright RGB photo of any size; takes seconds with the large networks on a CPU.

        Raises:
            DeviceError: the memory does not suffice for it.
        """

    def segment(
        self,
        *,
        boxes: NDArray[np.float32] | None = None,
        points: Sequence[Points] | None = None,
        phrases: Sequence[str] | None = None,
    ) -> Masks:
        """Masks in the photo that was set, in the order of the prompts.

        Args:
            boxes: (n, 4) x0, y0, x1, y1; one mask each.
            points: of n things, one mask each; with boxes, as many as there are, each refining its box.
            phrases: n, as many masks as things are found.

        With nothing given, all things there are (`everything`), the best masks first.

        Raises:
            QueryError: this segmenter does not take such prompts, or no photo was set.
            DeviceError: the memory does not suffice for one prompt.
        """


def check_prompts(
    info: SegmenterInfo,
    size: tuple[int, int] | None,
    boxes: NDArray[np.float32] | None,
    points: Sequence[Points] | None,
    phrases: Sequence[str] | None,
) -> str:
    """What is asked for: `boxes` (with points or without), `points`, `phrases` or `everything`.

    Raises:
        QueryError: it cannot be asked of this segmenter, the prompts do not belong together, or there is no photo
            (`size` is None).
    """
    if size is None:
        raise QueryError(f"{info.name} has no photo to cut from: set one first.")
    given = {BOXES: boxes, POINTS: points, PHRASES: phrases}
    kinds = [kind for kind, prompts in given.items() if prompts is not None] or [EVERYTHING]
    if refused := [kind for kind in kinds if kind not in info.prompts]:
        raise QueryError(f"{info.name} takes no {refused[0]}; it takes {', '.join(sorted(info.prompts))}.")
    if PHRASES in kinds and len(kinds) > 1:
        raise QueryError("Phrases cannot be combined with boxes or points: ask for them by themselves.")
    if boxes is not None and (boxes.ndim != 2 or boxes.shape[1] != 4 or not (boxes[:, :2] < boxes[:, 2:]).all()):
        raise QueryError("A box is x0, y0, x1, y1 with x0 < x1 and y0 < y1.")
    if boxes is not None and points is not None and len(boxes) != len(points):
        raise QueryError(f"{len(boxes)} boxes need as many groups of points, not {len(points)}.")
    return kinds[0]

"""Which of several photos of the same thing is the best one, and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lens.curation.collection import CuratedPhoto
from lens.curation.quality import FLAWS, flaws_of

__all__ = ["Best", "best_of"]

SIZE_SHARE = 0.5
"""A photo with less than this share of the largest one's pixels is a small copy."""
SHARPNESS_SHARE = 0.95
"""Sharpness this near to the best is as good: decoding and recompressing change it by so much."""
EXPOSURE_SLACK = 0.02
"""Share of all pixels by which more of them may be black or white."""


@dataclass(frozen=True)
class Best:
    """The best photo."""

    number: int
    """Of the photo among those given."""
    why: str
    """What decided: `largest`, `fewest flaws`, `sharpest`, `best exposed`, `dated`, `most bytes`, `first by name`."""


def best_of(photos: Sequence[CuratedPhoto]) -> Best:
    """Small copies go first, then what has more flaws, is not as sharp, is worse exposed, or has lost its date.

    Of the rest the largest is kept, and of those the one with the most bytes.

    What decided is the last of these that left fewer photos than there were.
    """
    left, why = list(range(len(photos))), "first by name"
    largest = max(photo.pixels for photo in photos)
    steps: list[tuple[str, Callable[[CuratedPhoto], float], Callable[[float], float]]] = [
        ("largest", lambda photo: float(photo.pixels), lambda _: largest * SIZE_SHARE),
        ("fewest flaws", _soundness, lambda best: best),
        ("sharpest", _sharpness, lambda best: best * SHARPNESS_SHARE),
        ("best exposed", _exposure, lambda best: best - EXPOSURE_SLACK),
        ("dated", lambda photo: float(photo.taken_at is not None), lambda best: best),
        ("largest", lambda photo: float(photo.pixels), lambda best: best),
        ("most bytes", lambda photo: float(photo.size), lambda best: best),
    ]
    for name, value, least in steps:
        limit = least(max(value(photos[number]) for number in left))
        good = [number for number in left if value(photos[number]) >= limit]
        if len(good) < len(left):
            left, why = good, name
    return Best(min(left, key=lambda number: (len(photos[number].path.name), photos[number].path)), why)


def _soundness(photo: CuratedPhoto) -> float:
    return -float(len(flaws_of(photo.measures))) if photo.measures else -float(len(FLAWS))


def _sharpness(photo: CuratedPhoto) -> float:
    return photo.measures.sharpness if photo.measures else 0.0


def _exposure(photo: CuratedPhoto) -> float:
    """One minus the share of pixels that are black or white."""
    return 1 - photo.measures.shadows - photo.measures.highlights if photo.measures else 0.0

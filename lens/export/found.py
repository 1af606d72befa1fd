"""What readers of other programs' files find, checked where it comes in; one line says what is wrong, and where."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens.errors import ImportRefused
from lens.labeling.masks import area_of, extent_of, filled, turned
from lens.photos.orientation import upright_box
from lens_indexes import Box

__all__ = [
    "Doubts",
    "Found",
    "Known",
    "Size",
    "Spot",
    "as_box",
    "as_mask",
    "as_name",
    "as_number",
    "as_ring",
    "as_size",
    "refuse",
    "region_of",
    "score_of",
]

Size = tuple[int, int]
"""Width and height in pixels of the upright photo."""
BEYOND = 1.0
"""Pixels that a box or polygon may lie beyond its photo, as rounding makes it; it is cut off there."""
LONGEST_NAME, MOST_TOLD = 500, 300
MOST_PIXELS = 1 << 30  # of a photo
LARGEST = 1e15  # no coordinate is, and what is not a number is not smaller


@dataclass(frozen=True)
class Known:
    """A photo of the index that a file means."""

    id: str
    content_hash: str
    size: Size
    orientation: int
    """EXIF orientation as the file has it, 1–8."""
    unturned: bool = False
    """Whether it was labelled as its pixels are stored, by a program that ignores EXIF."""

    @property
    def labelled(self) -> Size:
        """Of the picture that was labelled."""
        return self.size[::-1] if self.unturned else self.size


@dataclass(frozen=True)
class Found:
    """A region that was read, in a photo of the index."""

    photo: Known
    category: str
    box: Box
    mask: bytes | None = None
    """Run lengths of a mask of the photo's size."""
    score: float | None = None
    crowd: bool = False
    proposed: bool = False
    """The file itself says that nobody has looked at it."""


@dataclass
class Doubts:
    """What readers could not hold, and what they learned beside the regions."""

    unheld: Counter[str] = field(default_factory=Counter)
    """How often, by what."""
    numbers: dict[str, tuple[int, str | None]] = field(default_factory=dict)
    """The number and the parent that a file gives to categories, by name."""


@dataclass(frozen=True)
class Spot:
    """A place in a file, for people."""

    file: Path
    where: str = ""

    def at(self, inner: str) -> "Spot":
        """A place within it."""
        return Spot(self.file, self.where + inner)


def refuse(spot: Spot, what: str) -> ImportRefused:
    """The error for something that is wrong in a file."""
    told = ": ".join(filter(None, (str(spot.file), spot.where, f"{what[:MOST_TOLD]}. Nothing was imported.")))
    return ImportRefused(" ".join(told.splitlines()))


def as_number(value: object, spot: Spot) -> float:
    """A finite number.

    Raises:
        ImportRefused: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LARGEST < value < LARGEST:
        raise refuse(spot, f"a finite number was expected, not {_kind(value)}")
    return float(value)


def as_name(value: object, spot: Spot) -> str:
    """A text that is not empty.

    Raises:
        ImportRefused: it is none.
    """
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_NAME:
        raise refuse(spot, f"a name of at most {LONGEST_NAME} letters was expected, not {_kind(value)}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise refuse(spot, "the name is not text") from None
    return value


def as_size(width: object, height: object, spot: Spot) -> Size:
    """The size of a photo, in pixels, with no more of them than any photo has.

    Raises:
        ImportRefused: it is none.
    """
    if type(width) is not int or type(height) is not int or min(width, height) < 1 or width * height > MOST_PIXELS:
        raise refuse(spot, "the width and height of a photo in pixels were expected")
    return width, height


def as_box(corners: Sequence[float], size: Size, spot: Spot) -> Box | None:
    """A box, x0, y0, x1, y1, cut off at the edges of its photo; None if it has no area.

    Raises:
        ImportRefused: it lies outside of the photo.
    """
    x0, y0, x1, y1 = (_within(value, size[at % 2], size, spot) for at, value in enumerate(corners))
    if x1 < x0 or y1 < y0:
        raise refuse(spot, "the box ends before it begins")
    return _stored((x0, y0, x1, y1))


def as_ring(flat: Sequence[object], size: Size, spot: Spot) -> NDArray[np.float64] | None:
    """The corners, (n, 2), of a polygon given as x, y, x, y, …; None of fewer than three.

    Raises:
        ImportRefused: what should be numbers are none, one is missing, or they lie outside of the photo.
    """
    if len(flat) % 2:
        raise refuse(spot, "a polygon needs as many y as x")
    numbers = [_within(as_number(value, spot), size[at % 2], size, spot) for at, value in enumerate(flat)]
    return np.array(numbers).reshape(-1, 2) if len(flat) >= 6 else None


def as_mask(rings: Sequence[NDArray[np.float64]], size: Size) -> bytes | None:
    """The run lengths of what polygons cover together; None if that is no pixel."""
    counts = filled(rings, *size) if rings else b""
    return counts if counts and area_of(counts, *size) else None


def region_of(
    photo: Known, category: str, box: Box | None, mask: bytes | None, doubts: Doubts, **more: float | bool | None
) -> Found | None:
    """A region by its box, or else by that of its mask, turned upright; None, which is counted, if it has neither."""
    extent = extent_of(mask, *photo.labelled) if mask and box is None else None
    if extent:
        box = (float(extent[0]), float(extent[1]), float(extent[2]), float(extent[3]))
    if photo.unturned:
        box = _stored(upright_box(box, photo.labelled, photo.orientation)) if box else None
        mask = turned(mask, *photo.labelled, photo.orientation) if mask else None
    if box is None:
        doubts.unheld["regions without area"] += 1
        return None
    return Found(photo, category, box, mask, **more)  # type: ignore[arg-type]


def score_of(values: Mapping[str, object], spot: Spot) -> float | None:
    """A score from 0 to 1, if there is one.

    Raises:
        ImportRefused: it is none.
    """
    if values.get("score") in (None, ""):
        return None
    score = as_number(values["score"], spot.at(".score"))
    if not 0 <= score <= 1:
        raise refuse(spot.at(".score"), f"from 0 to 1 was expected, not {score:g}")
    return score


def _stored(box: Box) -> Box | None:
    """A box as the index stores it, where a sliver may have no area: then None."""
    x0, y0, x1, y1 = (float(value) for value in np.array(box, np.float32))
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _within(value: float, end: int, size: Size, spot: Spot) -> float:
    if not -BEYOND <= value <= end + BEYOND:
        raise refuse(spot, f"{value:g} lies outside of a photo of {size[0]} × {size[1]} pixels")
    return min(max(value, 0.0), float(end))


def _kind(value: object) -> str:
    """What something is, in a few words."""
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "nothing"}
    if isinstance(value, str) and len(value) <= 40:
        return repr(value)
    return names.get(type(value), f"{value:g}" if isinstance(value, float) else type(value).__name__)

"""Strokes of a round brush over a mask, which add to it or take away."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from lens.labeling.masks import Extent, box_of, cropped, placed
from lens_indexes import RegionRow

__all__ = ["Stroke", "extent_of_stroke", "mask_within", "painted", "stamp"]


@dataclass(frozen=True)
class Stroke:
    """Where a brush was drawn along, in pixels of the upright photo.

    Raises:
        ValueError: there is no place, or the brush has no size.
    """

    places: Sequence[tuple[float, float]]
    """x and y of the middle of the brush, one after another."""
    radius: float
    adds: bool
    """Whether it paints; otherwise it erases."""

    def __post_init__(self) -> None:
        if not self.places or self.radius <= 0:
            raise ValueError(f"a stroke has places and a radius, not {len(self.places)} and {self.radius}")


def extent_of_stroke(stroke: Stroke, width: int, height: int) -> Extent | None:
    """The pixels of a photo of this size that a stroke may change; None if it passes the photo by."""
    around = stroke.radius + 2
    x, y = zip(*stroke.places, strict=True)
    x0, y0 = max(floor(min(x) - around), 0), max(floor(min(y) - around), 0)
    x1, y1 = min(ceil(max(x) + around), width), min(ceil(max(y) + around), height)
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def stamp(part: NDArray[np.uint8], corner: tuple[int, int], stroke: Stroke) -> None:
    """Change pixels, 0 or 1, of a part of a mask, (height, width), as a stroke does.

    Args:
        part: is changed.
        corner: the column and row of the mask at which the part begins.
        stroke: in pixels of the whole mask.
    """
    import cv2

    middles = [(floor(x) - corner[0], floor(y) - corner[1]) for x, y in stroke.places]
    wide = max(round(2 * stroke.radius), 1)
    for start, end in zip([middles[0], *middles[:-1]], middles, strict=True):
        cv2.line(part, start, end, int(stroke.adds), wide)


def mask_within(region: RegionRow | None, extent: Extent, *, adds: bool) -> NDArray[np.uint8]:
    """What is painted on, 0 or 1, (height, width) of an extent.

    A box has no mask: painting begins with nothing, erasing with the whole box.
    """
    x0, y0, x1, y1 = extent
    part = np.zeros((y1 - y0, x1 - x0), np.uint8)
    if region is None:
        return part
    if region.mask is not None:
        return np.ascontiguousarray(cropped(region.mask, region.width, region.height, extent), np.uint8)
    if not adds:
        left, top, right, bottom = (round(edge) for edge in region.box)
        part[max(top - y0, 0) : max(bottom - y0, 0), max(left - x0, 0) : max(right - x0, 0)] = 1
    return part


def painted(region: RegionRow | None, stroke: Stroke, width: int, height: int) -> bytes | None:
    """The mask of a region after a stroke, as it is stored; None if nothing is left of it.

    Args:
        region: made on a photo of this size; None where there is none yet.
        stroke: is done.
        width: of the upright photo.
        height: likewise.
    """
    extents = [extent_of_stroke(stroke, width, height)]
    if region is not None:
        x0, y0, x1, y1 = region.box
        extents.append((floor(x0), floor(y0), ceil(x1), ceil(y1)))
    there = np.array([each for each in extents if each])
    if not len(there):
        return None
    left, top = there[:, :2].min(axis=0).tolist()
    right, bottom = there[:, 2:].max(axis=0).tolist()
    part = mask_within(region, (left, top, right, bottom), adds=stroke.adds)
    stamp(part, (left, top), stroke)
    return placed(part.view(bool), left, top, width, height) if box_of(part.view(bool)) else None

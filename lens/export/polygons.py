"""Masks as polygons that run along the edges of pixels, so that filling them gives back exactly the mask.

OpenCV finds the outlines. It joins the centres of pixels, which would lose half a pixel all around, so it is shown the
mask twice as large: there every edge of ours has centres of its own on either side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lens.labeling.masks import Extent, cropped, extent_of, sampled

__all__ = ["Part", "Ring", "area_within", "in_one_line", "parts_of"]

Ring = NDArray[np.int32]
"""(n, 2) x and y of the corners of a closed line, on the corners of pixels; the first corner is not repeated."""
SCALE = 2


@dataclass(frozen=True)
class Part:
    """One connected piece of a mask; pieces that touch at a corner are one."""

    outline: Ring
    holes: tuple[Ring, ...] = ()


def parts_of(counts: bytes, width: int, height: int, box: Extent | None = None, step: int = 1) -> list[Part]:
    """The parts of a mask, given by its compressed run lengths, the largest outline first; none of an empty one.

    Args:
        box: its extent, if it is known.
        step: pixels from one place that is looked at to the next. With more than one, lines are off by up to as much,
            and what is thinner may be missing; it is quicker by the square of it.
    """
    import cv2

    box = box or extent_of(counts, width, height)
    if box is None:
        return []
    # Turned over, since run lengths go down columns: so nothing has to be moved about in memory.
    if step == 1:
        large = np.ascontiguousarray(cropped(counts, width, height, box, SCALE).T).view(np.uint8)
    else:
        small = sampled(counts, width, height, box, step).T.view(np.uint8)
        large = np.ascontiguousarray(small).repeat(SCALE, axis=0).repeat(SCALE, axis=1)
    lines, hierarchy = cv2.findContours(large, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if not lines:
        return []
    # A centre at 2c to the right of an edge, and at 2c − 1 to the left of it, belongs to the edge at c.
    rings = [_corners((line[:, 0] + 1) // SCALE)[:, ::-1] for line in lines]
    origin, end = np.array(box[:2], np.int32), np.array(box[2:], np.int32)
    rings = [np.minimum(ring * np.int32(step) + origin, end) for ring in rings]
    parents = hierarchy[0, :, 3].tolist()
    holes: dict[int, list[Ring]] = {number: [] for number, parent in enumerate(parents) if parent < 0}
    for ring, parent in zip(rings, parents, strict=True):
        if parent >= 0:
            holes[parent].append(ring)
    parts = [Part(rings[number], tuple(inner)) for number, inner in holes.items()]
    return sorted(parts, key=lambda part: -area_within(part.outline)) if len(parts) > 1 else parts


def in_one_line(parts: Sequence[Part]) -> Ring:
    """All parts with their holes as one closed line, joined by short seams that are walked twice and enclose nothing.

    Filled by the even-odd rule it is the mask again; for formats that know one polygon for each thing.
    """
    from scipy.spatial.distance import cdist

    line, *rings = [ring for part in parts for ring in (part.outline, *part.holes)]
    for ring in rings:
        here, there = np.divmod(int(cdist(line, ring, "sqeuclidean").argmin()), len(ring))
        around = np.roll(ring, -there, axis=0)
        line = np.concatenate([line[: here + 1], around, around[:1], line[here:]])
    return line


def area_within(ring: Ring) -> float:
    """Square pixels within a closed line (the shoelace formula)."""
    (x, y), (next_x, next_y) = ring.T.astype(np.float64), _turned(ring, 1).T.astype(np.float64)
    return float(abs(x @ next_y - y @ next_x) / 2)


def _turned(points: NDArray[Any], by: int) -> NDArray[Any]:
    """The same closed line, begun at another point; `numpy.roll` takes several times as long for a short one."""
    return np.concatenate([points[by:], points[:by]])


def _corners(points: Ring) -> Ring:
    """A closed line along the edges of pixels without points that stand twice, or between two others on a line."""
    both = np.ascontiguousarray(points).view(np.int64).ravel()  # x and y as one number: half as much to do
    both = both[both != _turned(both, -1)]
    level = both >> 32 == _turned(both, 1) >> 32  # steps that change one of the two; all others change the other
    corners: Ring = both[level != _turned(level, -1)].view(np.int32).reshape(-1, 2)
    return corners

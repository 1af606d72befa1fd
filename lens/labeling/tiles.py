"""Large photos looked at in overlapping tiles too, so that small things are found (SAHI, arXiv:2202.06934)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.models.detectors.base import Detections, Detector, within

__all__ = ["detect_tiled", "tiles_of"]

SHARED = 0.25
"""How much neighbours overlap, in parts of a tile's side: what is not larger lies wholly in one of them."""
EDGE = 2.0
"""A box that comes so near, in pixels, to where a tile was cut is itself cut."""

Tile = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels."""


def tiles_of(size: tuple[int, int], side: int) -> list[Tile]:
    """Tiles of one size that cover a photo of this (width, height); none for a photo that is not larger than one."""
    if max(size) <= side:
        return []
    columns, rows = (_starts(length, side) for length in size)
    return [(x, y, min(x + side, size[0]), min(y + side, size[1])) for y in rows for x in columns]


def detect_tiled(
    detector: Detector, images: Sequence[Image.Image], phrases: Sequence[str], threshold: float | None, side: int
) -> list[Detections]:
    """What a detector finds in each whole photo and in its tiles, in pixels of the photo; doubles are left in.

    A box at an inner edge of a tile is dropped: the thing is whole in a neighbour, or else large enough to be seen in
    the whole photo.
    """
    return [_looked_at(detector, image, phrases, threshold, side) for image in images]


def _looked_at(
    detector: Detector, image: Image.Image, phrases: Sequence[str], threshold: float | None, side: int
) -> Detections:
    tiles = tiles_of(image.size, side)
    found = detector.detect_all([image, *(image.crop(tile) for tile in tiles)], phrases, threshold)
    moved = []
    for tile, each in zip([(0, 0, *image.size), *tiles], found, strict=True):
        boxes = each.boxes + np.array([*tile[:2], *tile[:2]], np.float32)
        whole = _is_whole(boxes, tile, image.size)
        moved.append((boxes[whole], each.scores[whole], each.phrases[whole]))
    boxes, scores, numbers = (np.concatenate(column) for column in zip(*moved, strict=True))
    return within(image.size, boxes, scores, numbers)


def _is_whole(boxes: NDArray[np.float32], tile: Tile, size: tuple[int, int]) -> NDArray[np.bool_]:
    """(n,), which boxes touch no edge of a tile that is not one of the photo."""
    whole = np.ones(len(boxes), bool)
    for axis in (0, 1):
        if tile[axis] > 0:
            whole &= boxes[:, axis] > tile[axis] + EDGE
        if tile[axis + 2] < size[axis]:
            whole &= boxes[:, axis + 2] < tile[axis + 2] - EDGE
    return whole


def _starts(length: int, side: int) -> list[int]:
    """Where tiles begin along one axis: evenly, overlapping by at least `SHARED`."""
    if length <= side:
        return [0]
    count = int(np.ceil((length - side) / (side * (1 - SHARED)))) + 1
    return [round(start) for start in np.linspace(0, length - side, count)]

"""Points painted as one picture, however many there are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter, QPolygonF

from lens_gui.curate.chart import COLOURS

__all__ = ["Sight", "colours_of", "inside", "paint_points", "radius_of"]

KINDS = ("#3b78d8", "#e07b1a", "#2f9e44", "#d6336c", "#8552c9", "#0ca5a5", "#b58900", "#8a5a44", "#e64980")
STEPS = ("#5b3fa8", "#4a5fc0", "#3a80bf", "#2f9fae", "#3fb58a", "#74c365", "#b1c94a", "#e3bd3f", "#f0963a")
FADED = 0.2
"""Share of its colour that a point keeps which is not chosen while others are."""


@dataclass(frozen=True)
class Sight:
    """Which part of the map is in sight."""

    x: float
    """Of the point of the map in the middle, from 0 to 1."""
    y: float
    scale: float
    """Pixels for the whole of the map."""
    width: int
    """Pixels."""
    height: int

    def pixels(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 2) where points of the map are."""
        middle = np.array([self.width / 2, self.height / 2], np.float32)
        found: NDArray[np.float32] = (points - np.array([self.x, self.y], np.float32)) * np.float32(self.scale) + middle
        return found


def colours_of(count: int, *, ordered: bool, other: QColor) -> list[QColor]:
    """A colour for each of `count` kinds, and for what is of none."""
    if not ordered:
        return [*map(QColor, KINDS), other]
    places = [round(at * (COLOURS - 1) / max(1, count - 1)) for at in range(count)]
    return [*(QColor(STEPS[place]) for place in places), *[other] * (COLOURS + 1 - count)]


def radius_of(points: int) -> int:
    """Pixels: fewer points are larger."""
    return 3 if points < 2_000 else 2 if points < 20_000 else 1


def paint_points(
    pixels: NDArray[np.float32],
    numbers: NDArray[np.uint8],
    chosen: NDArray[np.bool_],
    *,
    colours: Sequence[QColor],
    background: QColor,
    size: tuple[int, int],
    radius: int,
) -> QImage:
    """Paint points as discs, those that are chosen above the others; without any chosen, none is faded.

    Args:
        pixels: (n, 2) where they are.
        numbers: (n,) of their colours.
        chosen: (n,) whether they are.
        colours: by number; the last one lies below the others.
        background: around them.
        size: width and height.
        radius: of a disc.
    """
    width, height = size
    buffer = np.full(width * height, background.rgb(), np.uint32)
    at = np.rint(pixels).astype(np.int64)
    seen = ((at >= radius) & (at < np.array([width, height]) - radius)).all(axis=1)
    rows = np.flatnonzero(seen)
    plain = np.array([colour.rgb() for colour in colours], np.uint32)
    faded = np.array([_blend(colour, background).rgb() for colour in colours], np.uint32)
    layer = 2 * chosen[rows] + (numbers[rows] != len(colours) - 1)  # the higher one lies above
    reach = range(-radius, radius + 1)
    disc = [dy * width + dx for dy in reach for dx in reach if dx * dx + dy * dy <= radius * radius + 0.5]
    for number in range(4):
        some = rows[layer == number]
        paint = (faded if number < 2 and chosen.any() else plain)[numbers[some]]
        flat = at[some, 1] * width + at[some, 0]
        for step in disc:
            buffer[flat + step] = paint
    return QImage(buffer.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def inside(pixels: NDArray[np.float32], outline: Sequence[QPointF], size: tuple[int, int]) -> NDArray[np.bool_]:
    """(n,) whether points lie within an outline, by the pixels that it covers."""
    width, height = size
    cover = QImage(width, height, QImage.Format.Format_Grayscale8)
    cover.fill(0)
    painter = QPainter(cover)
    painter.setBrush(QColor("white"))
    painter.setPen(QColor("white"))
    painter.drawPolygon(QPolygonF(list(outline)))
    painter.end()
    covered = np.frombuffer(cover.constBits(), np.uint8).reshape(height, cover.bytesPerLine())
    at = np.rint(pixels).astype(np.int64)
    there = ((at >= 0) & (at < np.array([width, height]))).all(axis=1)
    found = np.zeros(len(pixels), np.bool_)
    found[there] = covered[at[there, 1], at[there, 0]] > 0
    return found


def _blend(colour: QColor, background: QColor) -> QColor:
    pairs = (
        (colour.red(), background.red()),
        (colour.green(), background.green()),
        (colour.blue(), background.blue()),
    )
    return QColor(*(round(FADED * one + (1 - FADED) * other) for one, other in pairs))

"""The outline of a mask as paths of Qt."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QDataStream, QRectF, Qt
from PySide6.QtGui import QPainterPath

from lens.export.polygons import Ring

__all__ = ["Outline", "outline_along"]

STRETCH = 512
"""Points of a line that is drawn at once: a wide one takes Qt long, and no other thread can run Python then."""
MOVE, LINE = 0, 1
ELEMENT = np.dtype([("kind", ">i4"), ("x", ">f8"), ("y", ">f8")])
"""Of a path, as Qt writes it to a stream (QPainterPath::ElementType)."""


@dataclass(frozen=True)
class Outline:
    """What closed lines enclose, by the even-odd rule, and the lines themselves."""

    inside: QPainterPath
    lines: tuple[QPainterPath, ...]
    """The same lines in stretches, so that those out of sight need not be drawn."""

    def in_sight(self, place: QRectF) -> list[QPainterPath]:
        """Stretches some of which may lie in a place, in the pixels of the mask."""
        return [line for line in self.lines if _touches(line.controlPointRect(), place)]


def outline_along(rings: Sequence[Ring]) -> Outline:
    """The outline that closed lines are, none of them with its first corner repeated."""
    elements = np.concatenate([np.empty(0, ELEMENT), *map(_closed, rings)], dtype=ELEMENT)
    stretches = [elements[max(at - 1, 0) : at + STRETCH].copy() for at in range(0, len(elements), STRETCH)]
    for stretch in stretches:
        stretch["kind"][0] = MOVE  # where the one before ended
    return Outline(_path_of(elements), tuple(map(_path_of, stretches)))


def _closed(ring: Ring) -> NDArray[np.void]:
    elements = np.empty(len(ring) + 1, ELEMENT)
    elements["kind"][0], elements["kind"][1:] = MOVE, LINE
    (elements["x"][:-1], elements["y"][:-1]), elements[-1:] = ring.T, elements[:1]
    elements["kind"][-1] = LINE
    return elements


def _path_of(elements: NDArray[np.void]) -> QPainterPath:
    """From bytes: were each point an object of Python's, there would be tens of thousands of them."""
    path = QPainterPath()
    if len(elements):
        fill = Qt.FillRule.OddEvenFill.value
        stored = struct.pack(">i", len(elements)) + elements.tobytes() + struct.pack(">ii", 0, fill)
        stream = QDataStream(QByteArray(stored))
        stream >> path
    return path


def _touches(some: QRectF, place: QRectF) -> bool:
    """Also if it is a line, which Qt says meets nothing."""
    across = some.left() <= place.right() and some.right() >= place.left()
    return across and some.top() <= place.bottom() and some.bottom() >= place.top()

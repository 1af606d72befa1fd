"""Points and a box by which something is cut out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from lens.labeling.masks import cropped, extent_of
from lens_gui.label.tinting import tint
from lens_gui.label.tool import Tool

__all__ = ["Pointing", "Prompt"]

DOT = 12.0  # screen pixels across
LEAST = 6.0  # screen pixels that a box is wide and high; less is a point
ON, OFF = QColor(40, 170, 90), QColor(214, 60, 60)


@dataclass(frozen=True)
class Prompt:
    """One thing that was pointed at, in pixels of the photo."""

    box: QRectF | None
    """None of a point."""
    place: QPointF
    inside: bool
    """Whether the point is on the thing."""


class Pointing(Tool):
    """A click is a point on the thing, one with the right button or Alt is beside it; dragging is a box around it."""

    asked = Signal()
    """What is pointed at has changed."""
    taken = Signal(bytes)
    """Enter: the mask that is shown, as it is stored."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.prompts: list[Prompt] = []
        self.mask: bytes | None = None
        """What was cut out, as it is stored; None if nothing is yet."""
        self._pixels: NDArray[np.uint8] = np.zeros((0, 0), np.uint8)
        self._waits, self._take = False, False  # for an answer; to take what it brings
        self._start: QPointF | None = None
        self._dragged = QRectF()

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """The last box that was drawn."""
        boxes = [each.box for each in self.prompts if each.box is not None]
        return (boxes[-1].left(), boxes[-1].top(), boxes[-1].right(), boxes[-1].bottom()) if boxes else None

    @property
    def points(self) -> list[Prompt]:
        """The points."""
        return [each for each in self.prompts if each.box is None]

    @property
    def says_what(self) -> bool:
        """Whether it says where the thing is, not only where it is not."""
        return self.box is not None or any(each.inside for each in self.points)

    def boundingRect(self) -> QRectF:
        """All of the photo."""
        return QRectF(QPointF(0, 0), self.room)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """What was cut out, and what was pointed at."""
        tint(painter, self._pixels, option.exposedRect.toAlignedRect(), self.scale_now, self.colour)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self._dragged if self._start is not None and not self._dragged.isEmpty() else None
        last = [each.box for each in self.prompts if each.box is not None][-1:]
        for shown in [box] if box else last:
            for colour, width in ((QColor(0, 0, 0, 170), 4.0), (ON, 2.0)):
                pen = QPen(colour, width)
                pen.setCosmetic(True)
                painter.setPen(pen)
                painter.drawRect(shown)
        pen = QPen(QColor("white"), 2.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        for each in self.points:
            painter.setBrush(ON if each.inside else OFF)
            half = DOT / 2 / self.scale_now
            painter.drawEllipse(each.place, half, half)
            painter.drawLine(each.place - QPointF(half / 2, 0), each.place + QPointF(half / 2, 0))
            if each.inside:
                painter.drawLine(each.place - QPointF(0, half / 2), each.place + QPointF(0, half / 2))

    def pressed(self, place: QPointF) -> None:
        """A point or a box begins."""
        self._start, self._dragged = place, QRectF(place, place)

    def pressed_otherwise(self, place: QPointF) -> None:
        """A point beside the thing."""
        self._add(Prompt(None, place, inside=False))

    def moved(self, place: QPointF) -> None:
        """The box grows."""
        if self._start is not None:
            self._dragged = QRectF(self._start, place).normalized() & self.boundingRect()
            self.update()

    def released(self, place: QPointF) -> None:
        """It is a box, or else a point."""
        start, self._start = self._start, None
        if start is None:
            return
        box = self._dragged
        large = min(box.width(), box.height()) * self.scale_now >= LEAST
        self._add(Prompt(box if large else None, start, inside=True))

    def show_cut(self, mask: bytes | None) -> None:
        """Show what was cut out, or that nothing was; take it, if Enter was pressed before it was there."""
        width, height = self.room.toSize().toTuple()
        self.mask, self._waits = mask, False
        self._pixels = np.zeros((height if mask else 0, width), np.uint8)
        if mask and (extent := extent_of(mask, width, height)):
            x0, y0, x1, y1 = extent
            self._pixels[y0:y1, x0:x1] = cropped(mask, width, height, extent)
        self.update()
        if self._take:
            self.finish()

    def back(self) -> None:
        """Take the last point or box away."""
        if self.prompts:
            self.prompts.pop()
            self._ask()

    def finish(self) -> bool:
        """Take what was cut out, as soon as it is."""
        begun, mask = bool(self.prompts), self.mask
        self._take = begun and self._waits
        if mask is not None and not self._waits:
            self.drop()
            self.taken.emit(mask)
        return begun

    def drop(self) -> bool:
        """Point at nothing."""
        begun, self.prompts, self._start, self._take = bool(self.prompts), [], None, False
        self._ask()
        return begun

    def _add(self, prompt: Prompt) -> None:
        if self.boundingRect().contains(prompt.place) or prompt.box:
            self.prompts.append(prompt)
            self._ask()

    def _ask(self) -> None:
        self._waits = self.says_what
        if not self._waits:
            self.show_cut(None)
        self.update()
        self.asked.emit()

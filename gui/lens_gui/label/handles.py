"""The box of one region, held by its inside, its sides or its corners."""

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QGraphicsObject,
    QGraphicsSceneHoverEvent,
    QGraphicsSceneMouseEvent,
    QStyleOptionGraphicsItem,
    QWidget,
)

__all__ = ["Handles"]

GRIP = 9.0  # screen pixels a handle is wide
REACH = 6.0  # screen pixels from a side or a corner that still hold it
LEAST = 1.0  # pixels of the photo that a box is wide and high
SETTLED = 500  # milliseconds after the last key, when a box that keys have moved is let go
OVER = 1.0  # above what is drawn of all regions, and above the shade

Grip = tuple[int, int]
"""Which sides are held: −1 the left or upper, 1 the right or lower, 0 none; (0, 0) is the inside."""
CURSORS = {
    (0, 0): Qt.CursorShape.SizeAllCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
}


class Handles(QGraphicsObject):
    """Drawn as large on the screen however near the photo is; seen while there is a box to hold."""

    moved = Signal(QRectF)
    """While it is dragged."""
    changed = Signal(QRectF)
    """It was let go elsewhere, or with another size, in whole pixels of the photo."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(OVER)
        self.setAcceptHoverEvents(True)
        self.setAcceptedMouseButtons(Qt.MouseButton.LeftButton)
        self._box, self._was, self._room = QRectF(), QRectF(), QRectF()
        self._scale, self._colour = 1.0, QColor()
        self._grip: Grip | None = None
        self._pressed = QPointF()
        self._nudged = False
        self._settling = QTimer(self, singleShot=True, interval=SETTLED)
        self._settling.timeout.connect(self.settle)
        self.hide()

    @property
    def box(self) -> QRectF:
        """Pixels of the photo as it is drawn."""
        return self._box

    def hold(self, box: QRectF, size: QSizeF, colour: QColor) -> None:
        """Show this box, in a photo of this size."""
        self.prepareGeometryChange()
        self._settling.stop()
        self._nudged = False
        self._box, self._room, self._colour, self._grip = box, QRectF(QPointF(0, 0), size), colour, None
        self.show()

    def set_scale(self, scale: float) -> None:
        """Screen pixels for one of the photo's are this many now."""
        self.prepareGeometryChange()
        self._scale = scale

    def boundingRect(self) -> QRectF:
        """The box with its handles."""
        around = max(GRIP, REACH) / self._scale
        return self._box.adjusted(-around, -around, around, around)

    def shape(self) -> QPainterPath:
        """Where it can be held."""
        path, around = QPainterPath(), REACH / self._scale
        path.addRect(self._box.adjusted(-around, -around, around, around))
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """The outline, and a square at each place where it can be held."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dark, light = QPen(QColor(0, 0, 0, 170), 4.0), QPen(self._colour, 2.0)
        for pen in (dark, light):
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawRect(self._box)
        edge = QPen(self._colour.darker(160), 1.5)
        edge.setCosmetic(True)
        painter.setPen(edge)
        painter.setBrush(QColor(255, 255, 255))
        side = GRIP / self._scale
        for across, down in GRIPS:
            middle = self.place_of((across, down))
            painter.drawRect(QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side))

    def nudge(self, grip: Grip, across: int, down: int) -> None:
        """Move it, or the sides that are said, by steps of a pixel of the screen, though at least of the photo."""
        if self.isVisible() and self._grip is None:
            step = max(round(1 / self._scale), 1)
            self.prepareGeometryChange()
            self._box = _dragged(self._box, grip, QPointF(step * across, step * down), self._room)
            self.moved.emit(self._box)
            self._nudged = True
            self._settling.start()

    def settle(self) -> None:
        """Let go what keys have moved; all that they moved at a time is one change."""
        self._settling.stop()
        nudged, self._nudged = self._nudged, False
        if nudged:
            self.changed.emit(self._box)

    def place_of(self, grip: Grip) -> QPointF:
        """Where a handle is."""
        middle, half = self._box.center(), QPointF(self._box.width() / 2, self._box.height() / 2)
        return QPointF(middle.x() + grip[0] * half.x(), middle.y() + grip[1] * half.y())

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        """Show what would be held here."""
        across, down = self._grip_at(event.pos())
        self.setCursor(CURSORS[(across, down) if (across, down) in CURSORS else (-across, -down)])

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """It is held."""
        self._grip, self._pressed, self._was = self._grip_at(event.pos()), event.pos(), self._box

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """It follows, within the photo."""
        if self._grip is not None:
            self.prepareGeometryChange()
            self._box = _dragged(self._was, self._grip, event.pos() - self._pressed, self._room)
            self.moved.emit(self._box)

    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        """It is let go."""
        held, self._grip = self._grip is not None, None
        if held and self._box != self._was:
            self.changed.emit(self._box)

    def _grip_at(self, place: QPointF) -> Grip:
        reach = REACH / self._scale
        return (
            _side(place.x(), self._box.left(), self._box.right(), reach),
            _side(place.y(), self._box.top(), self._box.bottom(), reach),
        )


GRIPS: tuple[Grip, ...] = tuple((x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0))


def _side(at: float, low: float, high: float, reach: float) -> int:
    """Which of two sides is held, the nearer one if both could be."""
    near = min((abs(at - low), -1), (abs(at - high), 1))
    return near[1] if near[0] <= reach else 0


def _dragged(box: QRectF, grip: Grip, by: QPointF, room: QRectF) -> QRectF:
    """A box whose sides that are held have moved, in whole pixels within the photo; all of it, held by its inside."""
    if grip == (0, 0):
        across = min(max(round(by.x()), room.left() - box.left()), room.right() - box.right())
        down = min(max(round(by.y()), room.top() - box.top()), room.bottom() - box.bottom())
        return box.translated(across, down)
    left, right = _stretched(box.left(), box.right(), grip[0], by.x(), room.right())
    top, bottom = _stretched(box.top(), box.bottom(), grip[1], by.y(), room.bottom())
    return QRectF(QPointF(left, top), QPointF(right, bottom))


def _stretched(low: float, high: float, side: int, by: float, most: float) -> tuple[float, float]:
    """Both ends of a box in one direction; an end that is drawn beyond the other takes its place."""
    if side == 0:
        return low, high
    still, drawn = (high, low) if side < 0 else (low, high)
    drawn = min(max(float(round(drawn + by)), 0.0), most)
    low, high = min(still, drawn), max(still, drawn)
    if high - low < LEAST:
        low, high = (low, low + LEAST) if low + LEAST <= most else (high - LEAST, high)
    return low, high

"""A polygon around something, drawn corner by corner."""

from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from lens_gui.label.tool import Tool

__all__ = ["Polygon"]

GRIP = 8.0  # screen pixels that a corner is wide
REACH = 9.0  # screen pixels from the first corner at which a click closes the line
LEAST = 3  # corners
TINT = 60  # of 255


class Polygon(Tool):
    """A click puts a corner down; one on the first corner, or Enter, closes it."""

    closed = Signal(list)
    """Its corners, (x, y) each."""

    def __init__(self) -> None:
        super().__init__()
        self.corners: list[QPointF] = []
        self._mouse = QPointF()

    def boundingRect(self) -> QRectF:
        """All of the photo: what is drawn is quick to draw."""
        return QRectF(QPointF(0, 0), self.room)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """The line so far, on to the mouse, and its corners."""
        if not self.corners:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = QPolygonF([*self.corners, self._mouse])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.colour.red(), self.colour.green(), self.colour.blue(), TINT))
        painter.drawPolygon(line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((QColor(0, 0, 0, 170), 4.0), (self.colour, 2.0)):
            pen = QPen(colour, width)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawPolyline(line)
        painter.setBrush(QColor(255, 255, 255))
        for number, corner in enumerate(self.corners):
            side = GRIP * (1.0 if number else 1.5) / self.scale_now
            painter.drawEllipse(corner, side / 2, side / 2)

    def moved(self, place: QPointF) -> None:
        """The line follows."""
        self._mouse = _inside(place, self.room)
        if self.corners:
            self.update()

    def pressed(self, place: QPointF) -> None:
        """A corner, or the end of the line."""
        self._mouse = place = _inside(place, self.room)
        near = self.corners and QLineF(place, self.corners[0]).length() * self.scale_now <= REACH
        if near and len(self.corners) >= LEAST:
            self.finish()
        elif place not in self.corners[-1:]:  # the second half of a double click
            self.corners.append(place)
            self.update()

    def back(self) -> None:
        """Take the last corner away."""
        if self.corners:
            self.corners.pop()
            self.update()

    def finish(self) -> bool:
        """Close the line, if it can enclose anything."""
        if not self.corners:
            return False
        if len(self.corners) >= LEAST:
            corners = [corner.toTuple() for corner in self.corners]
            self.drop()
            self.closed.emit(corners)
        return True

    def drop(self) -> bool:
        """Begin anew."""
        begun, self.corners = bool(self.corners), []
        self.update()
        return begun


def _inside(place: QPointF, room: QSizeF) -> QPointF:
    return QPointF(min(max(place.x(), 0.0), room.width()), min(max(place.y(), 0.0), room.height()))

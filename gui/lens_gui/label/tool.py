"""What the mouse may do on a photo instead of holding boxes and moving it."""

from PySide6.QtCore import QPointF, QSizeF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsObject

__all__ = ["Tool"]

OVER = 2.0
"""Above the handles."""


class Tool(QGraphicsObject):
    """Drawn over the photo, as large on the screen however near that is; seen while it is used.

    Places are in pixels of the photo as it is drawn, and may lie beside it.
    """

    shape_of_cursor = Qt.CursorShape.CrossCursor

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(OVER)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)  # the stage tells of what the mouse does
        self.room, self.scale_now, self.colour = QSizeF(), 1.0, QColor()
        self.hide()

    def set_scale(self, scale: float) -> None:
        """Screen pixels for one of the photo's are this many now."""
        self.prepareGeometryChange()
        self.scale_now = scale

    def set_room(self, room: QSizeF) -> None:
        """The photo is as large as this now."""
        self.prepareGeometryChange()
        self.room = room

    def set_colour(self, colour: QColor) -> None:
        """Of what is drawn."""
        self.colour = colour
        self.update()

    def pressed(self, place: QPointF) -> None:
        """The left button went down."""

    def pressed_otherwise(self, place: QPointF) -> None:
        """The right button went down, or the left one with Alt."""

    def moved(self, place: QPointF) -> None:
        """The mouse is elsewhere, whether its button is held or not."""

    def released(self, place: QPointF) -> None:
        """The left button went up."""

    def away(self) -> None:
        """The mouse left the photo."""

    def back(self) -> None:
        """Take the last step back, of what is not finished."""

    def finish(self) -> bool:
        """Enter: whether there was something to finish."""
        return False

    def drop(self) -> bool:
        """Give up what was begun: whether there was anything."""
        return False

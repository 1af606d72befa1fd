"""The neighbours of a photo, in a row below it."""

from collections.abc import Iterator

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

from lens_gui.search.results import Results
from lens_gui.search.tile import Tile

__all__ = ["Strip"]

SIDE, GAP, MARGIN = 72, 6, 10  # pixels


class _SmallTile(Tile):
    def _badge(self, painter: object, rect: object, text: str) -> None:
        """Too small for a number."""


class Strip(QWidget):
    """As many photos of an answer as there is room for, around the one that is looked at: no list is laid out."""

    chosen = Signal(int)

    def __init__(self, results: Results, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._results, self._row = results, 0
        self._tile = _SmallTile(self)
        self.setFixedHeight(SIDE + 2 * MARGIN)
        self.setAccessibleName("Photos found, in a row")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        results.modelReset.connect(self.update)

    def follow(self, row: int) -> None:
        """Bring a photo to the middle, and mark it."""
        self._row = row
        self.update()

    def places(self) -> Iterator[tuple[int, QRect]]:
        """The rows in sight, and where they are."""
        count, room = self._results.rowCount(), max(1, self.width() // (SIDE + GAP))
        first = min(max(self._row - room // 2, 0), max(count - room, 0))
        rows = range(first, min(first + room, count))
        left = (self.width() - len(rows) * (SIDE + GAP) + GAP) // 2
        for at, row in enumerate(rows):
            yield row, QRect(left + at * (SIDE + GAP), MARGIN, SIDE, SIDE)

    def sizeHint(self) -> QSize:
        """As wide as the window."""
        return QSize(10 * (SIDE + GAP), SIDE + 2 * MARGIN)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is in sight."""
        painter = QPainter(self)
        for row, rect in self.places():
            option = QStyleOptionViewItem()
            option.initFrom(self)
            option.rect = rect
            option.state = QStyle.StateFlag.State_Enabled
            if row == self._row:
                option.state |= QStyle.StateFlag.State_Selected
            self._tile.paint(painter, option, self._results.index(row))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the photo under the mouse."""
        for row, rect in self.places():
            if rect.contains(event.position().toPoint()):
                self.chosen.emit(row)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Go on, or back."""
        row = self._row + (1 if event.angleDelta().y() < 0 else -1)
        if 0 <= row < self._results.rowCount():
            self.chosen.emit(row)

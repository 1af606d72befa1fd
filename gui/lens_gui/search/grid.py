"""A view of photos in a grid with headings.

A QListView has no headings between tiles of one size, and lays out every item; this one computes where a tile lies, so
that a million photos are shown as fast as ten.
"""

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QRegion, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QRubberBand,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from lens_gui.search.layout import GAP, Layout
from lens_gui.search.results import Results
from lens_gui.search.tile import Tile

__all__ = ["LARGEST", "SMALLEST", "Grid"]

SMALLEST, USUAL, LARGEST = 96, 176, 384  # pixels of a tile
STEP = 16

Index = QModelIndex | QPersistentModelIndex
Move = QAbstractItemView.CursorAction


class Grid(QAbstractItemView):
    """The photos of a model, tile by tile."""

    opened = Signal(QModelIndex)
    tile_changed = Signal(int)

    def __init__(self, results: Results, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._results = results
        self._tile = USUAL
        self._layout = Layout([], 1, USUAL)
        self._band: QRubberBand | None = None
        self._pressed = QPoint()
        self.setModel(results)
        self.setItemDelegate(Tile(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragEnabled(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("Photos found")
        self.doubleClicked.connect(self.opened)
        results.modelReset.connect(self._lay_out)

    @property
    def tile(self) -> int:
        """Pixels of a tile's side."""
        return self._tile

    def set_tile(self, side: int) -> None:
        """Make tiles larger or smaller; the photo at the top stays in sight."""
        side = min(max(side, SMALLEST), LARGEST)
        if side == self._tile:
            return
        top = next(self._layout.within(self._seen()), None)
        self._tile = side
        self._lay_out()
        if top is not None:
            self.verticalScrollBar().setValue(self._layout.rect(top).top() - self._layout.rect(0).top())
        self.tile_changed.emit(side)

    def step(self, steps: int) -> None:
        """Make tiles larger, or smaller if negative."""
        self.set_tile(self._tile + STEP * steps)

    # What QAbstractItemView asks of a view

    def visualRect(self, index: Index) -> QRect:
        """Where a photo is, in the viewport."""
        if not index.isValid() or index.row() >= self._layout.count:
            return QRect()
        return self._layout.rect(index.row()).translated(0, -self.verticalOffset())

    def indexAt(self, point: QPoint) -> QModelIndex:
        """The photo at a point of the viewport."""
        number = self._layout.at(point + QPoint(0, self.verticalOffset()))
        return QModelIndex() if number is None else self._results.index(number)

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """Bring a photo into sight."""
        rect, bar, height = self.visualRect(index), self.verticalScrollBar(), self.viewport().height()
        if hint == QAbstractItemView.ScrollHint.PositionAtCenter:
            bar.setValue(bar.value() + rect.center().y() - height // 2)
        elif rect.top() < 0:
            bar.setValue(bar.value() + rect.top() - (self._layout.rect(0).top() if self._layout.count else 0))
        elif rect.bottom() > height:
            bar.setValue(bar.value() + rect.bottom() - height + GAP)

    def moveCursor(self, action: Move, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """The photo that a key leads to."""
        count = self._layout.count
        if not count:
            return QModelIndex()
        current = self.currentIndex()
        if not current.isValid():
            return self._results.index(0)
        page = max(1, self.viewport().height() // (self._tile + GAP))
        here = current.row()
        steps = {
            Move.MoveLeft: (0, -1),
            Move.MovePrevious: (0, -1),
            Move.MoveRight: (0, 1),
            Move.MoveNext: (0, 1),
            Move.MoveUp: (-1, 0),
            Move.MoveDown: (1, 0),
            Move.MovePageUp: (-page, 0),
            Move.MovePageDown: (page, 0),
        }
        if action in steps:
            here = self._layout.beside(here, *steps[action])
        else:
            here = 0 if action == Move.MoveHome else count - 1
        return self._results.index(here)

    def horizontalOffset(self) -> int:
        """Never scrolled sideways."""
        return 0

    def verticalOffset(self) -> int:
        """Pixels above the viewport."""
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Index) -> bool:
        """None is."""
        return False

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Choose the photos that a rectangle of the viewport touches."""
        selection = QItemSelection()
        start: int | None = None
        last = -2
        for number in self._layout.within(rect.normalized().translated(0, self.verticalOffset())):
            if start is None or number != last + 1:
                if start is not None:
                    selection.append(self._range(start, last))
                start = number
            last = number
        if start is not None:
            selection.append(self._range(start, last))
        self.selectionModel().select(selection, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """Where chosen photos are, as far as they are in sight."""
        region = QRegion()
        for number in self._layout.within(self._seen()):
            index = self._results.index(number)
            if selection.contains(index):
                region += self.visualRect(index)
        return region

    # Events

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Move what is painted already, so that only what comes into sight has to be."""
        self.viewport().scroll(dx, dy, self.viewport().rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is in sight."""
        painter = QPainter(self.viewport())
        seen = event.rect().translated(0, self.verticalOffset())
        muted = self.palette().color(QPalette.ColorRole.PlaceholderText)
        for rect, section in self._layout.headings(seen):
            place = rect.translated(0, -self.verticalOffset()).adjusted(0, 12, 0, 0)
            font = painter.font()
            font.setBold(True)
            painter.setFont(font)
            painter.setPen(self.palette().color(QPalette.ColorRole.Text))
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, section.heading)
            indent = painter.fontMetrics().horizontalAdvance(section.heading) + 10
            font.setBold(False)
            painter.setFont(font)
            painter.setPen(muted)
            painter.drawText(place.adjusted(indent, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, f"{section.count:,}")
        mouse = self.viewport().mapFromGlobal(self.cursor().pos()) if self.underMouse() else QPoint(-1, -1)
        for number in self._layout.within(seen):
            index = self._results.index(number)
            if event.region().intersects(self.visualRect(index)):
                self._paint_tile(painter, index, mouse)

    def _paint_tile(self, painter: QPainter, index: QModelIndex, mouse: QPoint) -> None:
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        option.rect = rect = self.visualRect(index)
        state = QStyle.StateFlag.State_Enabled
        if self.selectionModel().isSelected(index):
            state |= QStyle.StateFlag.State_Selected
        if index == self.currentIndex() and self.hasFocus():
            state |= QStyle.StateFlag.State_HasFocus
        if rect.contains(mouse):
            state |= QStyle.StateFlag.State_MouseOver
        option.state = state
        self.itemDelegateForIndex(index).paint(painter, option, index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        super().resizeEvent(event)
        self._lay_out()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """With Ctrl, zoom."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.step(1 if event.angleDelta().y() > 0 else -1)
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Between tiles a marquee begins."""
        super().mousePressEvent(event)
        self._pressed = event.position().toPoint()
        if event.button() == Qt.MouseButton.LeftButton and not self.indexAt(self._pressed).isValid():
            self._band = QRubberBand(QRubberBand.Shape.Rectangle, self.viewport())
            self._band.setGeometry(QRect(self._pressed, self._pressed))
            self._band.show()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the marquee and choose what it touches."""
        if self._band is None:
            super().mouseMoveEvent(event)
            self.viewport().update()
            return
        rect = QRect(self._pressed, event.position().toPoint()).normalized()
        self._band.setGeometry(rect)
        self.setSelection(rect, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The marquee is over."""
        super().mouseReleaseEvent(event)
        if self._band is not None:
            self._band.deleteLater()
            self._band = None

    def _range(self, first: int, last: int) -> QItemSelectionRange:
        return QItemSelectionRange(self._results.index(first), self._results.index(last))

    def _seen(self) -> QRect:
        return self.viewport().rect().translated(0, self.verticalOffset())

    def _lay_out(self) -> None:
        viewport = self.viewport()
        self._layout = Layout(self._results.sections, viewport.width(), self._tile)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, self._layout.height - viewport.height()))
        bar.setPageStep(viewport.height())
        bar.setSingleStep(max(1, self._tile // 3))
        viewport.update()

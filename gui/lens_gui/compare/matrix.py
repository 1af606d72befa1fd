"""A confusion matrix as a table, whose cells are the darker the more of their row they hold."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from lens_gui.compare.judged import Judged
from lens_gui.theme import STEP

__all__ = ["Matrix", "MatrixView"]

Place = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
RIGHT, WRONG = "#2f9e44", "#d6336c"
STRONGEST = 0.75
"""How much of its colour a cell has that holds its whole row."""
CELL = 9 * STEP


class Matrix(QAbstractTableModel):
    """Counts by what a thing is, in rows, and what it was found as, in columns."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._judged: Judged | None = None

    def show(self, judged: Judged | None) -> None:
        """Have the counts of another comparison."""
        self.beginResetModel()
        self._judged = judged
        self.endResetModel()

    def name(self, number: int) -> str | None:
        """Of the category of a row or column; None of the last one."""
        names = self._judged.names if self._judged else ()
        return names[number] if number < len(names) else None

    def count(self, row: int, column: int) -> int:
        """How many things are in a cell."""
        return self._judged.counts[row][column] if self._judged else 0

    def rowCount(self, parent: Place = ROOT) -> int:
        return len(self._judged.counts) if self._judged and not parent.isValid() else 0

    def columnCount(self, parent: Place = ROOT) -> int:
        return self.rowCount(parent)

    def data(self, index: Place, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or self._judged is None:
            return None
        row, column = index.row(), index.column()
        count = self.count(row, column)
        truly, called = self.name(row) or "nothing", self.name(column) or "nothing"
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{count:,}" if count else ""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{count:,} × {truly}, found as {called}"
        if role == Qt.ItemDataRole.BackgroundRole and count:
            share = count / max(1, sum(self._judged.counts[row]))
            return _shaded(RIGHT if row == column else WRONG, share)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        last = "Missed" if orientation == Qt.Orientation.Horizontal else "Spurious"
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.name(section) or last
        return None


class _Cell(QStyledItemDelegate):
    """Paints a cell in its colour, which the style of the window would not."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Place) -> None:
        rect: QRect = option.rect
        palette: QPalette = option.palette
        painter.save()
        if colour := index.data(Qt.ItemDataRole.BackgroundRole):
            painter.fillRect(rect, colour)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 2))
            painter.drawRect(rect.adjusted(1, 1, -2, -2))
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, index.data())
        painter.restore()


class MatrixView(QTableView):
    """One cell is chosen at a time; Tab leaves it."""

    chosen = Signal(int, int)
    """The row and the column of a cell."""

    def __init__(self, matrix: Matrix) -> None:
        super().__init__()
        self.setModel(matrix)
        self.setAccessibleName("Confusion matrix")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setItemDelegate(_Cell(self))
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setHighlightSections(True)
        self.horizontalHeader().setDefaultSectionSize(CELL)
        self.verticalHeader().setDefaultSectionSize(4 * STEP)
        self.selectionModel().currentChanged.connect(self._moved)

    def _moved(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(index.row(), index.column())


def _shaded(colour: str, share: float) -> QColor:
    base, strong = QApplication.palette().color(QPalette.ColorRole.Base), QColor(colour)
    part = STRONGEST * share
    pairs = ((base.red(), strong.red()), (base.green(), strong.green()), (base.blue(), strong.blue()))
    return QColor(*(round((1 - part) * one + part * other) for one, other in pairs))

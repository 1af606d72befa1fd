"""Tables: rows of frozen things, a column for each of their facts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from lens_gui.theme import STEP

__all__ = ["Column", "Row", "Rows", "Table"]

Row = TypeVar("Row")
ROOT = QModelIndex()
Place = QModelIndex | QPersistentModelIndex
LINE = 4 * STEP


@dataclass(frozen=True)
class Column(Generic[Row]):
    """What stands in one column."""

    title: str
    text: Callable[[Row], str]
    tip: Callable[[Row], str] | None = None
    icon: Callable[[Row], QIcon | None] | None = None
    right: bool = False
    """Figures stand below each other."""
    wide: bool = False
    """Takes the room that the others leave."""


class Rows(QAbstractTableModel, Generic[Row]):
    """A model of rows that do not change; all are shown anew when one does."""

    def __init__(self, columns: Sequence[Column[Row]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = list(columns)
        self.rows: list[Row] = []

    def show(self, rows: Sequence[Row]) -> None:
        """Have these rows and no others."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Place = ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Place = ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Place, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], self.columns[index.column()]
        answers: dict[int, Callable[[], Any]] = {
            Qt.ItemDataRole.DisplayRole: lambda: column.text(row),
            Qt.ItemDataRole.AccessibleTextRole: lambda: f"{column.title}: {column.text(row)}",
            Qt.ItemDataRole.ToolTipRole: lambda: (column.tip(row) if column.tip else column.text(row)) or None,
            Qt.ItemDataRole.DecorationRole: lambda: column.icon(row) if column.icon else None,
            Qt.ItemDataRole.TextAlignmentRole: lambda: _alignment(column),
        }
        return answers[role]() if role in answers else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(self.columns[section])
        return None


class Table(QTableView, Generic[Row]):
    """A view of rows: one is chosen at a time, and Tab leaves it."""

    def __init__(self, model: Rows[Row], name: str, *, most: int | None = None) -> None:
        """`most`: rows it is high at the most, and no higher than it has any; None: as high as there is room."""
        super().__init__()
        self._rows, self._most = model, most
        self.setModel(model)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(LINE)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumHeight(LINE)
        header.setResizeContentsPrecision(200)  # rows that are measured
        for place, column in enumerate(model.columns):
            mode = QHeaderView.ResizeMode.Stretch if column.wide else QHeaderView.ResizeMode.ResizeToContents
            header.setSectionResizeMode(place, mode)
        model.modelReset.connect(self._shown)
        self._shown()

    @property
    def chosen(self) -> Row | None:
        """The row that is chosen."""
        index = self.currentIndex()
        return self._rows.rows[index.row()] if index.isValid() else None

    def choose(self, row: int) -> None:
        """Choose a row by its number."""
        self.setCurrentIndex(self._rows.index(row, 0))

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        lines = len(self._rows.rows) if self._most is None else min(len(self._rows.rows), self._most)
        return QSize(super().sizeHint().width(), LINE * (lines + 1) + 2 * self.frameWidth() + 2)

    def _shown(self) -> None:
        if self._most is not None:
            self.setFixedHeight(self.sizeHint().height())


def _alignment(column: Column[Any]) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter

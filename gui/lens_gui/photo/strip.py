"""The neighbours of a photo, in a row below it."""

from PySide6.QtCore import QModelIndex, QSize, Signal
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from lens_gui.search.results import Results
from lens_gui.search.tile import Tile

__all__ = ["Strip"]

SIDE = 72


class _SmallTile(Tile):
    def sizeHint(self, option: object, index: object) -> QSize:
        """One size for all."""
        return QSize(SIDE, SIDE)

    def _badge(self, painter: object, rect: object, text: str) -> None:
        """Too small for a number."""


class Strip(QListView):
    """The photos of an answer in one row."""

    chosen = Signal(int)

    def __init__(self, results: Results, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(results)
        self.setItemDelegate(_SmallTile(self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setSpacing(4)
        self.setFixedHeight(SIDE + 24)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("Photos found, in a row")
        self.clicked.connect(lambda index: self.chosen.emit(index.row()))

    def follow(self, row: int) -> None:
        """Mark a photo, and bring it to the middle."""
        index: QModelIndex = self.model().index(row, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

"""What can be done with the chosen photos of a grid."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMenu

from lens.search.syntax import Example
from lens_gui.icons import icon
from lens_gui.search.grid import Grid
from lens_gui.search.results import Results
from lens_gui.shortcuts import KEYS, Shortcuts

__all__ = ["PhotoMenu"]


class PhotoMenu(QObject):
    """The context menu of a grid, and its shortcuts."""

    def __init__(self, grid: Grid, results: Results, like: Callable[[Example], None], shortcuts: Shortcuts) -> None:
        super().__init__(grid)
        self._grid, self._results, self._like, self._shortcuts = grid, results, like, shortcuts
        self._copied = ""
        self.actions = [
            self._action("view", "image-outline", self._open),
            self._action("like", "image-search-outline", self._more),
            self._action("folder", "folder-outline", self._in_folder),
            self._action("copy", "content-copy", self._copy),
        ]
        grid.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        grid.customContextMenuRequested.connect(self._show)

    def let_go(self) -> None:
        """Empty the clipboard if what was copied is still in it: freed after Python has ended, it crashes."""
        clipboard = QGuiApplication.clipboard()
        if self._copied and clipboard.text() == self._copied:
            clipboard.clear()

    def _action(self, name: str, symbol: str, what: Callable[[], None]) -> QAction:
        action = QAction(icon(symbol), KEYS[name].text, self)
        self._shortcuts.follow(name, action.setShortcut)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(what)
        self._grid.addAction(action)
        return action

    def _show(self, point: QPoint) -> None:
        if self._grid.currentIndex().isValid():
            QMenu.exec(self.actions, self._grid.viewport().mapToGlobal(point), parent=self._grid)

    def _chosen(self) -> list[Path]:
        rows = sorted(index.row() for index in self._grid.selectionModel().selectedIndexes())
        return [self._results.photo(row).path for row in rows]

    def _open(self) -> None:
        if self._grid.currentIndex().isValid():
            self._grid.opened.emit(self._grid.currentIndex())

    def _more(self) -> None:
        if self._grid.currentIndex().isValid():
            self._like(Example(str(self._results.photo(self._grid.currentIndex().row()).path)))

    def _in_folder(self) -> None:
        if chosen := self._chosen():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(chosen[0].parent)))

    def _copy(self) -> None:
        indexes = self._grid.selectionModel().selectedIndexes()
        if indexes:
            data = self._results.mimeData(indexes)
            self._copied = "\n".join(str(path) for path in self._chosen())
            data.setText(self._copied)
            QGuiApplication.clipboard().setMimeData(data)

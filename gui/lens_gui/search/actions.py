"""What can be done with the chosen photos of a grid."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMenu

from lens.search.match import Match
from lens.search.syntax import Example
from lens_gui.clipboard import copy_data
from lens_gui.icons import icon
from lens_gui.links import link_to
from lens_gui.search.grid import Grid
from lens_gui.search.incoming import example_of
from lens_gui.search.keeping import Keeping
from lens_gui.search.kept import ask_name
from lens_gui.search.results import Results
from lens_gui.shortcuts import KEYS, Shortcuts

__all__ = ["PhotoMenu"]


class PhotoMenu(QObject):
    """The context menu of a grid, and its shortcuts."""

    like = Signal(Example)
    """What looks like this is to be sought."""

    def __init__(self, grid: Grid, results: Results, keeping: Keeping, shortcuts: Shortcuts) -> None:
        super().__init__(grid)
        self._grid, self._results, self._keeping, self._shortcuts = grid, results, keeping, shortcuts
        self.albums = QMenu(KEYS["album"].text, grid)
        self.albums.setIcon(icon("image-album"))
        self.albums.aboutToShow.connect(self._list_albums)
        menu = self.menu = QMenu(grid)
        for name, symbol, what in (
            ("view", "image-outline", self._open),
            ("like", "image-search-outline", self._more),
            ("folder", "folder-outline", self._in_folder),
            ("copy", "content-copy", self.copy),
            ("flag", "flag-outline", self._flag),
        ):
            menu.addAction(self._action(name, symbol, what))
        menu.addMenu(self.albums)
        self._action("album", "image-album", self._show_albums)
        self._action("undo", "undo", keeping.undo)
        self._action("paste", "content-paste", self.paste)
        grid.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        grid.customContextMenuRequested.connect(self._show)

    def copy(self) -> None:
        """Copy the chosen photos, as files and as text."""
        indexes = self._grid.selectionModel().selectedIndexes()
        if indexes:
            data = self._results.mimeData(indexes)
            data.setText("\n".join(str(match.path) for match in self._chosen()))
            copy_data(data)

    def paste(self) -> None:
        """Search by what was copied, if that is a photo."""
        example = example_of(QGuiApplication.clipboard().mimeData())
        if example:
            self.like.emit(example)

    def _action(self, name: str, symbol: str, what: Callable[[], None]) -> QAction:
        action = QAction(icon(symbol), KEYS[name].text, self)
        self._shortcuts.follow(name, action.setShortcut)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(what)
        self._grid.addAction(action)
        return action

    def _show(self, point: QPoint) -> None:
        if self._grid.currentIndex().isValid():
            self.menu.popup(self._grid.viewport().mapToGlobal(point))

    def _show_albums(self) -> None:
        if self._chosen():
            place = self._grid.visualRect(self._grid.currentIndex()).center()
            self.albums.popup(self._grid.viewport().mapToGlobal(place))

    def _list_albums(self) -> None:
        self.albums.clear()
        for name in self._keeping.albums:
            self.albums.addAction(name, partial(self._add, name))
        if self._keeping.albums:
            self.albums.addSeparator()
        self.albums.addAction("New album…", lambda: ask_name(self._grid, "New album", "Name", self._add))

    def _add(self, album: str) -> None:
        self._keeping.add(album, [match.id for match in self._chosen()])

    def _flag(self) -> None:
        if chosen := self._chosen():
            self._keeping.flag([match.id for match in chosen])

    def _chosen(self) -> list[Match]:
        chosen = self._grid.selectionModel().selection()
        ranges = [chosen.at(number) for number in range(chosen.count())]
        rows = sorted(row for each in ranges for row in range(each.top(), each.bottom() + 1))
        return [self._results.photo(row) for row in rows]

    def _current(self) -> Path | None:
        index = self._grid.currentIndex()
        return self._results.photo(index.row()).path if index.isValid() else None

    def _open(self) -> None:
        if self._grid.currentIndex().isValid():
            self._grid.opened.emit(self._grid.currentIndex())

    def _more(self) -> None:
        if path := self._current():
            self.like.emit(Example(str(path)))

    def _in_folder(self) -> None:
        if path := self._current():
            QDesktopServices.openUrl(link_to(path.parent))

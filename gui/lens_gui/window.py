"""The main window: a rail of screens, and the screens."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QByteArray, QSettings, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QWidget

from lens import Library
from lens.search.syntax import Example
from lens_gui import clipboard
from lens_gui.colours import Colours
from lens_gui.compare.screen import CompareScreen
from lens_gui.curate.screen import CurateScreen
from lens_gui.help import KeysSheet
from lens_gui.label.screen import LabelScreen
from lens_gui.library.screen import LibraryScreen
from lens_gui.models.screen import ModelsScreen
from lens_gui.orders import Orders
from lens_gui.pages import PLACES, Page
from lens_gui.photo.screen import PhotoScreen
from lens_gui.pictures import Pictures
from lens_gui.preferences.screen import PreferencesScreen
from lens_gui.rail import Rail
from lens_gui.search.screen import SearchScreen
from lens_gui.shortcuts import Shortcuts
from lens_gui.tasks import Tasks
from lens_gui.teach.screen import TeachScreen
from lens_gui.toasts import Toast
from lens_gui.tune.screen import TuneScreen

__all__ = ["Window"]

PageT = TypeVar("PageT", bound=Page)
READERS = 3  # threads for pictures
SEARCHERS = 1  # one search at a time; what is outdated is dropped before it begins


class Window(QMainWindow):
    """The window of one library."""

    def __init__(self, library: Library, settings: QSettings) -> None:
        super().__init__()
        self.setWindowTitle("Lens")
        self._library, self._settings = library, settings
        library.stays_warm = True
        self._searching, self._reading = Tasks(SEARCHERS, self), Tasks(READERS, self)
        self.orders = Orders(library.uri, self, tasks=self._reading)
        self.pictures = Pictures(self._reading, self)
        self._shortcuts = Shortcuts(settings, self)
        self._colours = Colours(settings, library.uri)
        self.search = SearchScreen(library, self.orders, self._searching, self.pictures, self._shortcuts)
        found, keeping = self.search.results, self.search.keeping
        self.photo = PhotoScreen(
            *(self.orders, self._reading, self.pictures, found, keeping),
            shortcuts=self._shortcuts,
            colours=self._colours,
        )
        self._stack = QStackedWidget()
        for screen in (self.search, self.photo):
            self._stack.addWidget(screen)
        self._rail = self._make_rail()
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._rail)
        row.addWidget(self._stack, 1)
        self.setCentralWidget(body)
        self.toast = Toast(body)
        self._connect()
        self._restore()
        self.search.field.setFocus()
        QTimer.singleShot(0, self, self.search.search)  # once the window is painted

    # Screens that are made when they are first needed: the window is painted the sooner.

    @cached_property
    def library(self) -> LibraryScreen:
        """What the index holds, and indexing."""
        screen = LibraryScreen(self._library)
        screen.changed.connect(self.search.again)
        return self._added(screen)

    @cached_property
    def models(self) -> ModelsScreen:
        """Which models there are."""
        screen = ModelsScreen(self._library, self._reading, self._settings)
        screen.changed.connect(self._choices_changed)
        return self._added(screen)

    @cached_property
    def label(self) -> LabelScreen:
        """Looking through what was proposed."""
        screen = LabelScreen(self._library.uri, self.orders, self._reading, self._shortcuts, self._colours)
        return self._added(screen)

    @cached_property
    def teach(self) -> TeachScreen:
        """Teaching tags by examples."""
        screen = TeachScreen(self.orders, self.pictures, self._shortcuts)
        screen.changed.connect(self.search.again)
        return self._added(screen)

    @cached_property
    def curate(self) -> CurateScreen:
        """Putting the collection in order."""
        screen = CurateScreen(
            self._library.uri,
            self.orders,
            self._reading,
            self.pictures,
            self.search,
            shortcuts=self._shortcuts,
            settings=self._settings,
        )
        screen.changed.connect(self.search.again)
        screen.said.connect(self.toast.say)
        screen.shown.connect(self._search_for)
        screen.labelled.connect(self._label_of)
        self._stack.addWidget(screen)
        return screen

    @cached_property
    def compare(self) -> CompareScreen:
        """Two sources of labels side by side."""
        screen = CompareScreen(self.orders, self.pictures, self.search.keeping, self._shortcuts)
        screen.shown.connect(self._search_for)
        screen.labelled.connect(self._label_of)
        return self._added(screen)

    @cached_property
    def tune(self) -> TuneScreen:
        """Training encoders on the photos of the index."""
        screen = TuneScreen(self._library.uri, self.orders, self._shortcuts)
        screen.changed.connect(self.search.again)
        return self._added(screen)

    @cached_property
    def preferences(self) -> PreferencesScreen:
        """What can be chosen, and what Lens is."""
        screen = PreferencesScreen(self._library, self._settings, self._shortcuts)
        screen.changed.connect(self._choices_changed)
        screen.resized.connect(self.search.grid.set_tile)
        return self._added(screen)

    def open_photo(self, row: int) -> None:
        """Look at a photo of the present answer."""
        self._stack.setCurrentWidget(self.photo)
        self.photo.show_row(row)
        self.photo.canvas.setFocus()

    def show_search(self) -> None:
        """Back to the photos found, at the one last looked at."""
        if self._stack.currentWidget() is self.photo and self.search.results.rowCount():
            self.search.choose(self.photo.row)
        self._to(self.search)
        self.search.grid.setFocus()

    def show_library(self) -> None:
        """What the index holds, and indexing."""
        self._to(self.library)

    def show_models(self) -> None:
        """Which models there are."""
        self._to(self.models)

    def show_label(self) -> None:
        """Look through what was proposed, in the photos that were searched for."""
        self._to(self.label)

    def show_teach(self) -> None:
        """Teach tags by examples."""
        self._to(self.teach)

    def show_curate(self) -> None:
        """Put the collection in order."""
        self._to(self.curate)

    def show_compare(self) -> None:
        """Compare two sources of labels."""
        self._to(self.compare)

    def show_tune(self) -> None:
        """Train encoders on these photos."""
        self._to(self.tune)

    def show_preferences(self) -> None:
        """What can be chosen, and what Lens is."""
        self._to(self.preferences)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep what should be as it is next time, and stop all threads."""
        self._settings.setValue("window/geometry", self.saveGeometry())
        self.search.keep(self._settings)
        self.photo.keep(self._settings)
        for screen in map(self._stack.widget, range(self._stack.count())):
            if isinstance(screen, SearchScreen | PhotoScreen | Page):
                screen.close_down()
        self.orders.close()
        for tasks in (self._searching, self._reading):
            tasks.close()
        clipboard.let_go()
        super().closeEvent(event)

    def _connect(self) -> None:
        self.search.opened.connect(self.open_photo)
        self.search.said.connect(self.toast.say)
        self.search.empty.wanted.connect(self._index)
        self.photo.closed.connect(self.show_search)
        self.photo.cut.connect(self._search_like)
        keys: dict[str, Callable[[], object]] = {
            "seek": self._seek,
            "to-search": self.show_search,
            "to-library": self.show_library,
            "to-models": self.show_models,
            "to-label": self.show_label,
            "to-teach": self.show_teach,
            "to-curate": self.show_curate,
            "to-compare": self.show_compare,
            "to-tune": self.show_tune,
            "to-preferences": self.show_preferences,
            "keys": self._show_keys,
            "quit": self.close,
        }
        for name, what in keys.items():
            self._shortcuts.bind(self, name, what)

    def _added(self, screen: PageT) -> PageT:
        screen.said.connect(self.toast.say)
        self._stack.addWidget(screen)
        return screen

    def _seek(self) -> None:
        self._to(self.search)
        self.search.seek()

    def _show_keys(self) -> None:
        KeysSheet(self._shortcuts, self).open()

    def _index(self, folder: Path) -> None:
        self._to(self.library)
        self.library.index([folder])

    def _search_for(self, query: str) -> None:
        self._to(self.search)
        self.search.search_for(query)
        self.search.again()  # an album of the same name may hold others now
        self.search.grid.setFocus()

    def _label_of(self, query: str) -> None:
        self.search.search_for(query)
        self.search.again()
        self._to(self.label)

    def _search_like(self, example: Example) -> None:
        self._to(self.search)
        self.search.search_like(example)
        self.search.grid.setFocus()

    def _to(self, screen: QWidget) -> None:
        self._stack.setCurrentWidget(screen)
        self._rail.mark(PLACES.get(type(screen), 0))
        if isinstance(screen, Page):
            screen.first.setFocus()
        if isinstance(screen, PreferencesScreen):
            screen.refresh(self.search.grid.tile)
        elif isinstance(screen, LabelScreen | TuneScreen):
            screen.refresh(self.search.query)
        elif isinstance(screen, LibraryScreen | ModelsScreen | TeachScreen | CurateScreen | CompareScreen):
            screen.refresh()

    def _choices_changed(self) -> None:
        if "models" in vars(self):  # otherwise it will know when it is made
            self.models.show_offline()
        self.search.again()

    def _make_rail(self) -> Rail:
        screens: list[tuple[str, str, Callable[[], object]]] = [
            ("to-search", "magnify", self.show_search),
            ("to-library", "folder-multiple-image", self.show_library),
            ("to-models", "cube-outline", self.show_models),
            ("to-label", "tag-outline", self.show_label),
            ("to-teach", "school-outline", self.show_teach),
            ("to-curate", "broom", self.show_curate),
            ("to-compare", "compare", self.show_compare),
            ("to-tune", "tune-vertical", self.show_tune),
            ("to-preferences", "cog-outline", self.show_preferences),
        ]
        return Rail(screens, self._shortcuts)

    def _restore(self) -> None:
        geometry = self._settings.value("window/geometry")
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            self.resize(1200, 800)
        self.search.restore(self._settings)
        self.photo.restore(self._settings)

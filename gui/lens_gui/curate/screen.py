"""Putting a collection in order: what is twice there, flawed, unusual, worth labelling, or alike."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSettings, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QWidget

from lens_gui.blank import Blank
from lens_gui.curate.beside import Beside
from lens_gui.curate.chart import Chart, chart_in
from lens_gui.curate.choices import TABS, Choices
from lens_gui.curate.found import Found, found_in
from lens_gui.curate.map_panel import MapPanel
from lens_gui.curate.moving import Moving
from lens_gui.curate.pieces import Pieces
from lens_gui.gathering import gather
from lens_gui.orders import Orders
from lens_gui.pictures import Pictures
from lens_gui.progress import ProgressStrip
from lens_gui.search.grid import Grid
from lens_gui.search.screen import SearchScreen
from lens_gui.section import muted, sheet
from lens_gui.shortcuts import Shortcuts
from lens_gui.tasks import Latest, Tasks
from lens_gui.trouble import Trouble
from lens_gui.work import Outcome, Work

__all__ = ["CurateScreen"]

NOTHING, IN_GRID, ON_MAP = range(3)
"""Where what was found is shown."""
PAIRED, USUAL = 112, 176  # pixels of a tile
UNITS = {"clusters": "clusters", "map": "steps"}
"""What is counted while it is being found, where that is not photos."""
BUTTONS = {
    "best-shot": "Best shot",
    "goes": "Goes, or stays",
    "move-aside": "Move aside…",
    "move-back": "Move back…",
    "show-found": "Show in search",
    "label-found": "Label",
}


class CurateScreen(QWidget):
    """What a process has found, in a grid; the photos that are chosen there are marked, moved, shown or labelled."""

    said = Signal(str, str)
    changed = Signal()
    """Photos are elsewhere now."""
    shown = Signal(str)
    """A query that finds photos which are to be seen in the search."""
    labelled = Signal(str)
    """The same of photos that are to be labelled."""

    def __init__(
        self,
        uri: str,
        orders: Orders,
        tasks: Tasks,
        pictures: Pictures,
        search: SearchScreen,
        *,
        shortcuts: Shortcuts,
        settings: QSettings,
    ) -> None:
        super().__init__()
        self.setObjectName("screen")
        self._uri, self._orders = uri, orders
        self._kind = ""  # of what is shown
        self._asked: tuple[str, dict[str, str]] | None = None
        self._file: tuple[str, int] | None = None  # what is shown is in it, and of when it is
        self.moving = Moving(orders, settings, self)
        self.told, self.choices, self.strip, self.work = muted(), Choices(), ProgressStrip(), Work(self)
        self.pieces = Pieces(pictures, search.keeping.is_flagged, self)
        self.map = MapPanel(pictures, search.bands, shortcuts)
        self.grid, self.beside, self.blank = Grid(self.pieces, self), Beside(tasks), Blank()
        self.grid.setAccessibleName("Photos found in the collection")
        self._loading, self._stack = Latest(tasks), QStackedWidget()
        keys: dict[str, Callable[[], object]] = {
            "best-shot": self.keep,
            "goes": self.turn,
            "move-aside": self.move_aside,
            "move-back": self.moving.ask_back,
            "show-found": partial(self._gather, self.shown.emit),
            "label-found": partial(self._gather, self.labelled.emit),
        }
        self.buttons = shortcuts.buttons(self, BUTTONS, keys)
        self._lay_out()
        self.choices.changed.connect(self._look)
        self.moving.said.connect(self.said)
        self.moving.moved.connect(self.changed)
        self.moving.moved.connect(self._look)
        self.strip.paused.connect(self._pause)
        self.strip.resumed.connect(self._look)
        self.work.moved.connect(self.strip.move_to)
        self.work.ended.connect(self._over)
        self.grid.opened.connect(lambda _: self._gather(self.shown.emit))
        self.grid.selectionModel().currentChanged.connect(self._compare)
        for shown_anew in (pictures.ready, search.keeping.changed):
            shown_anew.connect(lambda *_: self.grid.viewport().update())

    @property
    def first(self) -> QWidget:
        """What has the focus when the screen comes up."""
        return [self.choices.tabs[self.choices.kind], self.grid, self.map.view][self._stack.currentIndex()]

    @property
    def awaits(self) -> bool:
        """Whether something is being found."""
        return self._asked is not None

    def refresh(self) -> None:
        """Find anew what is shown, if the index has changed."""
        if not self.awaits:
            self._look()

    def keep(self) -> None:
        """The chosen photo is the best shot of its group."""
        index = self.grid.currentIndex()
        if index.isValid() and self.pieces.marks:
            self.pieces.keep(index.row())
            self._marked(index)

    def turn(self) -> None:
        """The chosen photos go, or stay after all."""
        if self.pieces.marks:
            self.pieces.turn([index.row() for index in self.grid.selectedIndexes()])
            self._marked(self.grid.currentIndex())

    def move_aside(self) -> None:
        """Ask for a folder, and show what would be moved there."""
        self.moving.ask(self.pieces.chosen())

    def close_down(self) -> None:
        """Find nothing more."""
        self._loading.drop()
        self.work.close()

    # Finding

    def _look(self) -> None:
        kind = self.choices.kind
        self._asked = kind, self.choices.how
        if kind != self._kind:
            self._kind, self._file = kind, None
            self.told.clear()
            self._turn_to(NOTHING)
            self.blank.say("", "")
        if self.work.runs:
            self.work.stop()  # the next one begins when it has
            return
        title = f"{TABS[kind]}: looking"
        if self.isVisible():
            self.strip.begin(title, "Reading the index…", unit=UNITS.get(kind, "photos"), stop="Cancel")
        self.work.start("curate", self._uri, kind, json.dumps(self.choices.how))
        self._running = self._asked

    def _pause(self) -> None:
        self._asked = None
        self.strip.pausing()
        self.work.stop()

    def _over(self, outcome: Outcome) -> None:
        if self._asked is not None and self._asked != self._running:
            self._look()
        elif outcome.stopped:
            self.strip.pause()
        elif outcome.failed:
            self._asked = None
            self.strip.hide()
            self._turn_to(NOTHING)
            self.blank.say("Nothing could be found", outcome.text)
        else:
            file = Path(outcome.details)
            self._loading.run(partial(_load, file), partial(self._loaded, file), self._unreadable)

    def _unreadable(self, error: Exception) -> None:
        self._asked = None
        self.strip.hide()
        self.said.emit(str(error), "")

    def _loaded(self, file: Path, loaded: tuple[Found | Chart | None, int]) -> None:
        found, written = loaded
        self._asked = None
        self.strip.hide()
        if found and self._file != (file.name, written):
            self._file = file.name, written
            self.told.setText(found.told)
            self.blank.say("Nothing to put in order", found.told)
            if isinstance(found, Chart):
                self._show_chart(found)
            else:
                self._show(found)
            if self.isVisible() and not self.choices.isAncestorOf(self.focusWidget() or self):
                self.first.setFocus()

    def _show_chart(self, chart: Chart) -> None:
        self.map.show_chart(chart)
        self._turn_to(ON_MAP if chart.ids else NOTHING)

    def _show(self, found: Found) -> None:
        pairs = self.choices.kind == "duplicates"
        self.pieces.hold(found, marked=pairs)
        there = bool(self.pieces.rowCount())
        self._turn_to(IN_GRID if there else NOTHING)
        self.beside.setVisible(pairs and there)
        self.beside.clear()
        self.grid.set_tile(PAIRED if pairs else USUAL)
        self.grid.verticalScrollBar().setValue(0)
        if there:
            chosen = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.grid.selectionModel().setCurrentIndex(self.pieces.index(1 if pairs else 0), chosen)

    def _turn_to(self, place: int) -> None:
        self._stack.setCurrentIndex(place)
        for name, button in self.buttons.items():
            button.setVisible(self.choices.kind == "duplicates" or name in ("show-found", "label-found"))
            button.setEnabled(place != NOTHING or name == "move-back")

    # What is done with photos

    def _gather(self, show: Callable[[str], object]) -> None:
        """Put the chosen photos into an album, or all of the part if only one is chosen, and have them shown."""
        rows = sorted(index.row() for index in self.grid.selectedIndexes())
        ids: Sequence[str] = self.map.view.ids if self._stack.currentIndex() == ON_MAP else ()
        if self._stack.currentIndex() == IN_GRID and rows:
            chosen = [self.pieces.piece(row).id for row in rows]
            ids = chosen if len(chosen) > 1 else self.pieces.part_of(rows[0]).ids
        if ids:
            gather(self._orders, ids, show, self._failed)
        else:
            self.said.emit("No photo is chosen.", "")

    def _failed(self, trouble: Trouble) -> None:
        self.said.emit(trouble.text, trouble.details)

    def _marked(self, index: QModelIndex) -> None:
        self.grid.viewport().update()
        self._compare(index)

    def _compare(self, index: QModelIndex, _: object = None) -> None:
        best = self.pieces.kept_beside(index.row()) if index.isValid() and self.pieces.marks else None
        if best:
            self.beside.show_pair(best, self.pieces.piece(index.row()))

    def _lay_out(self) -> None:
        column = sheet(self, "Curate", self.told)
        column.addWidget(self.choices)
        column.addWidget(self.strip)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self.grid)
        split.addWidget(self.beside)
        split.setStretchFactor(0, 1)
        self._stack.addWidget(self.blank)
        self._stack.addWidget(split)
        self._stack.addWidget(self.map)
        column.addWidget(self._stack, 1)
        row = QHBoxLayout()
        for button in self.buttons.values():
            row.addWidget(button)
            button.hide()
        row.addStretch(1)
        column.addLayout(row)


def _load(file: Path) -> tuple[Found | Chart | None, int]:
    return chart_in(file) if file.suffix == ".npz" else found_in(file), file.stat().st_mtime_ns

"""Putting a collection in order: what is twice there, flawed, unusual, worth labelling, or alike."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSettings, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QSplitter, QStackedWidget, QWidget

from lens.curation import Moved
from lens_gui.blank import Blank
from lens_gui.curate.aside import AsideSheet
from lens_gui.curate.beside import Beside
from lens_gui.curate.choices import TABS, Choices
from lens_gui.curate.found import Found, found_in
from lens_gui.curate.pieces import Pieces
from lens_gui.orders import Orders
from lens_gui.pictures import Pictures
from lens_gui.progress import ProgressStrip
from lens_gui.search.grid import Grid
from lens_gui.search.keeping import Keeping
from lens_gui.section import muted, sheet
from lens_gui.shortcuts import Shortcuts
from lens_gui.tasks import Latest, Tasks
from lens_gui.trouble import Trouble
from lens_gui.work import Outcome, Work

__all__ = ["ALBUM", "CurateScreen"]

ALBUM = "gathered"
"""The album that is made of photos which are shown in the search."""
PAIRED, USUAL = 112, 176  # pixels of a tile
FOLDER = "curate/aside"
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
        keeping: Keeping,
        *,
        shortcuts: Shortcuts,
        settings: QSettings,
    ) -> None:
        super().__init__()
        self.setObjectName("screen")
        self._uri, self._orders, self._settings = uri, orders, settings
        self._asked: tuple[str, dict[str, str]] | None = None
        self._file: tuple[str, int] | None = None  # what is shown is in it, and of when it is
        self._aside: list[Path] = []
        self.sheet: AsideSheet | None = None
        """What would be moved, while it is looked through."""
        self.told, self.choices, self.strip, self.work = muted(), Choices(), ProgressStrip(), Work(self)
        self.pieces = Pieces(pictures, keeping.is_flagged, self)
        self.grid, self.beside, self.blank = Grid(self.pieces, self), Beside(tasks), Blank()
        self.grid.setAccessibleName("Photos found in the collection")
        self._loading, self._stack = Latest(tasks), QStackedWidget()
        keys: dict[str, Callable[[], object]] = {
            "best-shot": self.keep,
            "goes": self.turn,
            "move-aside": self.move_aside,
            "move-back": self.move_back,
            "show-found": partial(self._gather, self.shown.emit),
            "label-found": partial(self._gather, self.labelled.emit),
        }
        self.buttons = {name: QPushButton(text) for name, text in BUTTONS.items()}
        for name, what in keys.items():
            shortcuts.explain(self.buttons[name], name)
            shortcuts.bind(self, name, what)
            self.buttons[name].clicked.connect(lambda _, what=what: what())
        self._lay_out()
        self.choices.changed.connect(self._look)
        self.strip.paused.connect(self._pause)
        self.strip.resumed.connect(self._look)
        self.work.moved.connect(self.strip.move_to)
        self.work.ended.connect(self._over)
        self.grid.opened.connect(lambda _: self._gather(self.shown.emit))
        self.grid.selectionModel().currentChanged.connect(self._compare)
        for shown_anew in (pictures.ready, keeping.changed):
            shown_anew.connect(lambda *_: self.grid.viewport().update())

    @property
    def first(self) -> QWidget:
        """What has the focus when the screen comes up."""
        return self.grid if self.pieces.rowCount() else self.choices.tabs[self.choices.kind]

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
        groups = self.pieces.chosen()
        if not groups:
            self.said.emit("No photo is marked to go.", "")
            return
        last = str(self._settings.value(FOLDER, str(Path.home())))
        named = QFileDialog.getExistingDirectory(self, "Where to move them", last)
        if named:
            self._settings.setValue(FOLDER, named)
            then = partial(self._planned, groups, Path(named))
            self._orders.give("plan_aside", {"groups": groups, "folder": named}, then, self._failed)

    def move_back(self) -> None:
        """Move back what was last moved; before anything was, ask from which folder."""
        last = str(self._settings.value(FOLDER, str(Path.home())))
        named = str(self._aside.pop()) if self._aside else ""
        named = named or QFileDialog.getExistingDirectory(self, "Where they were moved to", last)
        if named:
            self._orders.give("move_back", {"folder": named}, self._moved_back, self._failed)

    def close_down(self) -> None:
        """Find nothing more."""
        self._loading.drop()
        self.work.close()

    # Finding

    def _look(self) -> None:
        kind = self.choices.kind
        self._asked = kind, self.choices.how
        if self.work.runs:
            self.work.stop()  # the next one begins when it has
            return
        title = f"{TABS[kind]}: looking"
        if self.isVisible():
            self.strip.begin(title, "Reading the index…", stop="Cancel")
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
            self._show(Found("", ()))
            self.blank.say("Nothing could be found", outcome.text)
        else:
            file = Path(outcome.details)
            self._loading.run(partial(_load, file), partial(self._loaded, file), self._unreadable)

    def _unreadable(self, error: Exception) -> None:
        self._asked = None
        self.strip.hide()
        self.said.emit(str(error), "")

    def _loaded(self, file: Path, loaded: tuple[Found | None, int]) -> None:
        found, written = loaded
        self._asked = None
        self.strip.hide()
        if found and self._file != (file.name, written):
            self._file = file.name, written
            self._show(found)

    def _show(self, found: Found) -> None:
        pairs = self.choices.kind == "duplicates"
        self.pieces.hold(found, marked=pairs)
        self.told.setText(found.told)
        self.blank.say("Nothing to put in order", found.told)
        there = bool(self.pieces.rowCount())
        self._stack.setCurrentIndex(1 if there else 0)
        self.beside.setVisible(pairs and there)
        self.beside.clear()
        for name, button in self.buttons.items():
            button.setVisible(pairs or name in ("show-found", "label-found"))
            button.setEnabled(there or name == "move-back")
        self.grid.set_tile(PAIRED if pairs else USUAL)
        self.grid.verticalScrollBar().setValue(0)
        if there:
            chosen = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.grid.selectionModel().setCurrentIndex(self.pieces.index(1 if pairs else 0), chosen)
            if self.isVisible() and not self.choices.isAncestorOf(self.focusWidget() or self):
                self.grid.setFocus()

    # What is done with photos

    def _gather(self, show: Callable[[str], object]) -> None:
        """Put the chosen photos into an album, or all of the part if only one is chosen, and have them shown."""
        rows = [index.row() for index in self.grid.selectedIndexes()]
        if rows:
            chosen = [self.pieces.piece(row).id for row in sorted(rows)]
            ids = chosen if len(chosen) > 1 else list(self.pieces.part_of(rows[0]).ids)
            self.gather(ids, show)

    def gather(self, ids: Sequence[str], show: Callable[[str], object]) -> None:
        """Put photos into the album, in the place of what is there, and have them shown."""
        facts = {"name": ALBUM, "ids": list(ids)}
        self._orders.give("gather", facts, lambda _: show(f"album:{ALBUM}"), self._failed)

    def _planned(self, groups: dict[str, list[str]], folder: Path, planned: Moved) -> None:
        self.sheet = AsideSheet(planned, folder, self.window())
        self.sheet.agreed.connect(partial(self._move, groups, folder))
        self.sheet.open()

    def _move(self, groups: dict[str, list[str]], folder: Path, take_over: bool) -> None:
        facts = {"groups": groups, "folder": str(folder), "take_over": take_over}
        self._orders.give("move_aside", facts, partial(self._moved, folder), self._failed)

    def _moved(self, folder: Path, moved: Moved) -> None:
        self._aside.append(folder)
        self._tell("moved. Move back undoes it.", moved)

    def _moved_back(self, moved: Moved) -> None:
        self._tell("moved back.", moved)

    def _tell(self, what: str, moved: Moved) -> None:
        count, stay = len(moved.moves), [f"{path} stays: {reason}" for path, reason in moved.refused]
        self.said.emit(f"{'1 photo' if count == 1 else f'{count:,} photos'} {what}", "\n".join(stay))
        self.changed.emit()
        self._look()

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
        column.addWidget(self._stack, 1)
        row = QHBoxLayout()
        for button in self.buttons.values():
            row.addWidget(button)
            button.hide()
        row.addStretch(1)
        column.addLayout(row)


def _load(file: Path) -> tuple[Found | None, int]:
    return found_in(file), file.stat().st_mtime_ns

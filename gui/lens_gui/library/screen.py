"""The library: what the index holds, and what keeps it up to date."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from lens import Library
from lens_gui.asking import Asking
from lens_gui.library.encoders import Encoders
from lens_gui.library.folders import Folders
from lens_gui.library.reading import Held, held_of
from lens_gui.library.skipped import Skipped
from lens_gui.library.upkeep import Upkeep
from lens_gui.notice import Notice
from lens_gui.progress import ProgressStrip
from lens_gui.section import muted, page
from lens_gui.trouble import Trouble
from lens_gui.work import Outcome, Work

__all__ = ["LibraryScreen"]

DOING = {
    "index": ("Indexing", "Looking for photos…"),
    "encode": ("Encoding the collection", "Looking for photos…"),
    "backup": ("Backing up", "Beginning…"),
    "verify": ("Verifying", "Looking at every row and every file…"),
    "optimize": ("Optimizing", "Joining small files…"),
    "forget": ("Taking a folder out", "Removing what is known of its photos…"),
    "default": ("Changing the default", "Beginning…"),
    "compare": ("Comparing encoders", "Trying them on your photos; this takes a minute or two…"),
}
RESUMABLE = ("index", "encode")
WRITING = ("index", "encode", "optimize", "forget", "default")


class LibraryScreen(QWidget):
    """Folders, encoders, disk use, and the work that is done on them."""

    changed = Signal()
    """The index holds other photos than before."""
    said = Signal(str, str)
    """A line for the person at the window, and details, which may be empty."""

    def __init__(self, library: Library) -> None:
        super().__init__()
        self.setObjectName("screen")
        self._library = library
        self.reading = Asking("lens_gui.library.reading", library.uri, make=held_of, parent=self)
        self.work, self.watching = Work(self), Work(self)
        self._last: tuple[str, ...] = ()  # the task that was started last, and its arguments
        self.counts, self.trouble, self.strip = muted(), Notice(), ProgressStrip()
        self.folders, self.skipped, self.encoders, self.upkeep = Folders(), Skipped(), Encoders(), Upkeep()
        page(
            self, "Library", self.counts, self.trouble, self.strip,
            self.folders, self.skipped, self.encoders, self.upkeep,
        )  # fmt: skip
        self.upkeep.hide()
        self.first = self.folders.add
        """What has the focus when the screen comes up."""
        self._unreadable = self._was_there = False
        self._connect()

    @property
    def uri(self) -> str:
        """Of the index."""
        return self._library.uri

    def refresh(self) -> None:
        """Read anew what the index holds."""
        self.reading.ask()

    def index(self, folders: Sequence[Path]) -> None:
        """Bring folders up to date."""
        if folders:
            self._start("index", self.uri, *map(str, folders))

    def close_down(self) -> None:
        """Stop all work; the next run goes on from there."""
        self.reading.close()
        self.work.close()
        self.watching.close()

    def _connect(self) -> None:
        self.reading.answered.connect(self._show)
        self.reading.failed.connect(self._failed)
        self.work.moved.connect(self.strip.move_to)
        self.work.ended.connect(self._ended)
        self.watching.told.connect(self._watched)
        self.watching.ended.connect(self._not_watching)
        self.strip.paused.connect(self._pause)
        self.strip.resumed.connect(lambda: self._start(*self._last))
        self.folders.wanted.connect(lambda folder: self.index([folder]))
        self.folders.refreshed.connect(self._look_for_changes)
        self.folders.forgotten.connect(lambda folder: self._start("forget", self.uri, str(folder)))
        self.folders.watched.connect(self._watch)
        self.encoders.added.connect(lambda name: self._start("encode", self.uri, name))
        self.encoders.compared.connect(lambda: self._start("compare", self.uri))
        self.encoders.chosen_default.connect(lambda name: self._start("default", self.uri, name))
        self.upkeep.backed_up.connect(lambda folder: self._start("backup", self.uri, str(folder)))
        self.upkeep.verified.connect(lambda: self._start("verify", self.uri))
        self.upkeep.optimized.connect(lambda: self._start("optimize", self.uri))

    def _start(self, task: str, *arguments: str) -> None:
        if task in WRITING and self.watching.runs:
            self.watching.close()  # it would hold the index now and then; it begins again afterwards
        if self.work.start(task, *arguments):
            self._last = (task, *arguments)
            title, words = DOING[task]
            unit = "rows" if task == "backup" else "photos"
            self.strip.begin(title, words, unit=unit, stop="Pause" if task in RESUMABLE else "Stop")
            self.trouble.hide()
            self._set_busy(True)

    def _pause(self) -> None:
        self.strip.pausing()
        self.work.stop()

    def _ended(self, outcome: Outcome) -> None:
        task = self.work.task
        self._set_busy(False)
        if outcome.stopped and task in RESUMABLE:
            self.strip.pause()
        else:
            self.strip.hide()
            self._tell(task, outcome)
        if self.folders.watch.isChecked() and not self.watching.runs:
            self._watch(True)
        self.refresh()
        if task in WRITING:
            self.changed.emit()

    def _tell(self, task: str, outcome: Outcome) -> None:
        if outcome.failed:
            self.trouble.tell(outcome.text, outcome.details)
        if not (outcome.failed and self.isVisible()):  # then it is seen in place
            self.said.emit(outcome.text, outcome.details)
        if outcome.failed:
            return
        if task in ("backup", "verify"):
            self.upkeep.show_outcome(outcome.text)
        elif task == "compare":
            self.encoders.advice.setText(outcome.text)

    def _set_busy(self, busy: bool) -> None:
        for part in (self.folders, self.encoders, self.upkeep):
            part.set_busy(busy)

    def _look_for_changes(self) -> None:
        self.index([row.folder for row in self.folders.rows.rows if row.there])

    def _watch(self, on: bool) -> None:
        if not on:
            self.watching.stop()
            self.folders.watching.setText("")
        elif not self.work.runs and self.watching.start("watch", self.uri):
            self.folders.watching.setText("Watching")

    def _watched(self, outcome: Outcome) -> None:
        self.folders.watching.setText(outcome.text)
        if outcome.changed:
            self.refresh()
            self.changed.emit()

    def _not_watching(self, outcome: Outcome) -> None:
        if outcome.failed:
            self.folders.watch.setChecked(False)
            self.folders.watching.setText(outcome.text)
            self.said.emit(outcome.text, outcome.details)

    def _show(self, held: Held | None) -> None:
        if self._unreadable:
            self._unreadable = False
            self.trouble.hide()
        if held is None:
            self._show_none()
            return
        self._was_there = True
        status = held.status
        missing = f", {status.missing:,} missing" if status.missing else ""
        regions = f" · {status.regions:,} regions" if status.regions else ""
        self.counts.setText(f"{status.photos:,} photos{missing}{regions}\n{status.path}")
        if not self.work.runs and not self.strip.resume.isVisible():
            self.strip.hide()
        self.folders.show_folders(held.folders)
        self.skipped.show_files(held.skipped)
        self.encoders.show_encoders(status.encoders, status.photos, held.installed, held.compared)
        self.upkeep.show_use(held.use)
        self.upkeep.show()

    def _show_none(self) -> None:
        if self._was_there:
            self._failed(Trouble(f"The index {self.uri} is not there any more.", ""))
        else:
            self._show_nothing()

    def _show_nothing(self) -> None:
        self.counts.setText(self.uri)
        for part in (self.skipped, self.encoders, self.upkeep):
            part.hide()
        self.folders.show_folders([])

    def _failed(self, trouble: Trouble) -> None:
        self._show_nothing()
        self._unreadable = True
        self.trouble.tell(trouble.text, trouble.details)

"""The library: what the index holds, and indexing."""

import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from lens import Library
from lens.errors import LensError
from lens.indexing.report import Progress
from lens.status import SkippedPhoto, Status
from lens_gui.library.indexing import IndexingProcess
from lens_gui.tasks import Latest, Tasks
from lens_gui.theme import STEP

__all__ = ["LibraryScreen", "progress_text"]

MOST_SKIPPED = 200  # listed; the rest are counted


class LibraryScreen(QWidget):
    """Folders, indexing, and what could not be read."""

    changed = Signal()
    """The index holds other photos than before."""
    said = Signal(str)

    def __init__(self, library: Library, tasks: Tasks) -> None:
        super().__init__()
        self.setObjectName("screen")
        self._library, self._latest = library, Latest(tasks)
        self.indexing = IndexingProcess(library.uri, self)
        self.indexing.moved.connect(self._moved)
        self.indexing.ended.connect(self._ended)
        self._folders: list[Path] = []
        self._began, self._first = 0.0, 0
        self.title, self.counts, self.folders, self.skipped = (QLabel() for _ in range(4))
        self.title.setObjectName("title")
        self.title.setText("Library")
        for label in (self.counts, self.skipped):
            label.setObjectName("muted")
        for label in (self.counts, self.folders, self.skipped):
            label.setWordWrap(True)
        self.add, self.update_, self.stop = (
            QPushButton(text) for text in ("Add a folder…", "Look for changes", "Pause")
        )
        self.add.clicked.connect(self._choose)
        self.update_.clicked.connect(lambda: self.index(self._folders))
        self.stop.clicked.connect(self.indexing.stop)
        self.bar, self.rate = QProgressBar(), QLabel()
        self.rate.setObjectName("muted")
        self._lay_out()
        self._show_running(False)

    def refresh(self) -> None:
        """Read anew what the index holds."""
        self._latest.run(self._read, self._show, self._failed)

    def index(self, folders: Sequence[Path]) -> None:
        """Bring folders up to date."""
        if folders and not self.indexing.runs:
            self._began, self._first = time.monotonic(), 0
            self.bar.setRange(0, 0)
            self.rate.setText("Looking for photos…")
            self._show_running(True)
            self.indexing.start(folders)

    def close_down(self) -> None:
        """Stop a run; the next one goes on from there."""
        self.indexing.close()

    def _read(self) -> tuple[Status, list[SkippedPhoto]]:
        return self._library.status(), self._library.skipped()

    def _show(self, found: tuple[Status, list[SkippedPhoto]]) -> None:
        status, skipped = found
        self._folders = status.folders
        missing = f", {status.missing:,} missing" if status.missing else ""
        size = f" · {status.bytes / 1e6:,.0f} MB" if status.bytes else ""
        encoders = ", ".join(encoder.name for encoder in status.encoders)
        self.counts.setText(f"{status.photos:,} photos{missing} · {encoders}{size}\n{status.path}")
        self.folders.setText(
            "\n".join(
                str(folder) if folder.is_dir() else f"{folder} (not there now: nothing is lost)"
                for folder in status.folders
            )
        )
        shown = [f"{each.path}: {each.reason}" for each in skipped[:MOST_SKIPPED]]
        more = [f"and {len(skipped) - MOST_SKIPPED:,} more"] if len(skipped) > MOST_SKIPPED else []
        self.skipped.setText("\n".join(["Could not be read:", *shown, *more]) if skipped else "")
        self.update_.setVisible(bool(status.folders))

    def _failed(self, error: Exception) -> None:
        self.counts.setText(str(error) if isinstance(error, LensError) else f"{type(error).__name__}: {error}")
        self.folders.setText("")
        self.skipped.setText("")
        self.update_.hide()

    def _moved(self, step: Progress) -> None:
        if step.total is None:
            self.rate.setText(f"Looking for photos… {step.done:,}")
            return
        if self.bar.maximum() != step.total:
            self.bar.setRange(0, step.total)
            self._began, self._first = time.monotonic(), step.done
        self.bar.setValue(step.done)
        self.rate.setText(progress_text(step, time.monotonic() - self._began, step.done - self._first))

    def _ended(self, text: str) -> None:
        self._show_running(False)
        self.said.emit(text)
        self.refresh()
        self.changed.emit()

    def _show_running(self, runs: bool) -> None:
        for widget in (self.bar, self.rate, self.stop):
            widget.setVisible(runs)
        for button in (self.add, self.update_):
            button.setEnabled(not runs)

    def _choose(self) -> None:
        named = QFileDialog.getExistingDirectory(self, "Folder of photos", str(Path.home()))
        if named:
            self.index([Path(named)])

    def _lay_out(self) -> None:
        inner = QWidget()
        inner.setObjectName("screen")
        column = QVBoxLayout(inner)
        column.setContentsMargins(4 * STEP, 4 * STEP, 4 * STEP, 4 * STEP)
        column.setSpacing(2 * STEP)
        buttons = QHBoxLayout()
        for button in (self.add, self.update_, self.stop):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addWidget(self.title)
        column.addWidget(self.counts)
        column.addWidget(self.folders)
        column.addLayout(buttons)
        for widget in (self.bar, self.rate, self.skipped):
            column.addWidget(widget)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inner)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)


def progress_text(step: Progress, seconds: float, done: int) -> str:
    """How far, how fast and how long still, in words."""
    parts = [f"{step.done:,} of {step.total:,}"]
    if done and seconds > 1 and step.total is not None:
        rate = done / seconds
        left = (step.total - step.done) / rate
        minutes, rest = divmod(round(left), 60)
        parts += [f"{rate:.0f} photos/s", f"{minutes} min {rest} s left" if minutes else f"{rest} s left"]
    if step.skipped:
        parts.append(f"{step.skipped:,} skipped")
    return " · ".join(parts)

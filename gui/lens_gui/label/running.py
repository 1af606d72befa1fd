"""Having things found in the photos that are looked through, by phrases, in a process of its own."""

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from lens.indexing.report import Progress
from lens_gui.progress import ProgressStrip
from lens_gui.theme import STEP
from lens_gui.work import Outcome, Work

__all__ = ["Running"]

ROWS = 4
EVERY = 3000  # milliseconds between two looks at what was found
HEIGHT = 150  # pixels of the table


class _Table(QTableWidget):
    """What is typed is text, though it may be a key of the screen."""

    def event(self, event: QEvent) -> bool:
        """Letters and figures are the table's own."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and event.text().isprintable():
            event.accept()
            return True
        return super().event(event)


class Running(QFrame):
    """A table of categories and of the phrases that mean them, and how far the work is.

    Pausing ends the process; what it has found is kept, and the next one passes over the photos that are done.
    """

    found = Signal()
    """There may be something new in the index."""
    said = Signal(str, str)

    def __init__(self, uri: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self._uri, self.query, self._asked = uri, "", ("", "")
        self.work, self.strip = Work(self), ProgressStrip()
        self.table = _Table(ROWS, 2)
        self.table.setAccessibleName("What to find")
        self.table.setHorizontalHeaderLabels(["Category", "Phrases that mean it, with | between; by default its name"])
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.AllEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.setFixedHeight(HEIGHT)
        self.table.itemChanged.connect(self._make_room)
        self.run, self.counts = QPushButton("Find them"), QLabel()
        self.counts.setTextFormat(Qt.TextFormat.PlainText)
        self.counts.setObjectName("muted")
        self._looking = QTimer(self, interval=EVERY)
        self._looking.timeout.connect(self.found)
        self.run.clicked.connect(self.begin)
        self.strip.paused.connect(self._pause)
        self.strip.resumed.connect(self._resume)
        self.work.moved.connect(self._moved)
        self.work.ended.connect(self._over)
        row = QHBoxLayout()
        row.addWidget(self.counts, 1)
        row.addWidget(self.run)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * STEP, STEP, 2 * STEP, STEP)
        column.setSpacing(STEP)
        for widget in (self.table, self.strip):
            column.addWidget(widget)
        column.addLayout(row)
        self.hide()

    @property
    def prompts(self) -> str:
        """What the table asks for, as `parse_prompts` reads it."""
        rows = [(self._text(row, 0), self._text(row, 1)) for row in range(self.table.rowCount())]
        told = [f"{name}={phrases}" if name and phrases else name or phrases for name, phrases in rows]
        return ", ".join(each for each in told if each)

    def turn_over(self) -> bool:
        """Be seen, or not: whether it is hidden now."""
        self.setVisible(self.isHidden())
        return self.isHidden()

    def begin(self) -> None:
        """Look for what the table asks for in the photos that are looked through now."""
        if not self.prompts:
            self.counts.setText("Name something in the table first.")
            self.table.setFocus()
        elif not self.work.runs:
            self._asked = (self.prompts, self.query)
            self._resume()

    def close_down(self) -> None:
        """Stop; what has been found is kept."""
        self._looking.stop()
        self.work.close()

    def _resume(self) -> None:
        prompts, query = self._asked
        self.strip.begin("Finding things", "Loading the detector…")
        self.counts.clear()
        self.run.setEnabled(False)
        self.work.start("label", self._uri, prompts, query)
        self._looking.start()

    def _pause(self) -> None:
        self.strip.pausing()
        self.work.stop()

    def _moved(self, step: Progress) -> None:
        self.strip.move_to(step)
        self.counts.setText(step.found)

    def _over(self, outcome: Outcome) -> None:
        self._looking.stop()
        self.run.setEnabled(True)
        if outcome.stopped:
            self.strip.pause()
        else:
            self.strip.hide()
            self.counts.setText(outcome.text)
            self.said.emit(outcome.text, outcome.details)
        self.found.emit()

    def _make_room(self) -> None:
        """An empty row is always there."""
        last = self.table.rowCount() - 1
        if self._text(last, 0) or self._text(last, 1):
            self.table.setRowCount(last + 2)

    def _text(self, row: int, column: int) -> str:
        item: QTableWidgetItem | None = self.table.item(row, column)
        return item.text().strip() if item else ""

"""The models: which there are, which are here, and getting others."""

from functools import partial

from PySide6.QtCore import QSettings, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from lens import Library
from lens.models.removal import plan_removal, remove
from lens_gui import network
from lens_gui.asking import Asking
from lens_gui.models.card import ModelCard
from lens_gui.models.reading import ModelRow, rows_of
from lens_gui.models.rows import model_rows
from lens_gui.notice import Notice
from lens_gui.progress import ProgressStrip
from lens_gui.section import Section, muted, sheet
from lens_gui.switch import Switch
from lens_gui.table import Table
from lens_gui.tasks import Tasks
from lens_gui.theme import STEP
from lens_gui.trouble import Trouble, trouble_of
from lens_gui.words import size
from lens_gui.work import Outcome, Work

__all__ = ["ModelsScreen"]

UNASKED = "Nothing is downloaded unasked."
KINDS = {"encoder": "Search", "detector": "Find things", "segmenter": "Cut out"}
DOING = {
    "pull": "Downloading {}",
    "check": "Checking {}",
    "compare": "Measuring on your photos",
}


class ModelsScreen(QWidget):
    """A table of models, and the chosen one."""

    changed = Signal()
    """Other models are installed than before, or were measured."""
    said = Signal(str, str)

    def __init__(self, library: Library, tasks: Tasks, settings: QSettings) -> None:
        super().__init__()
        self.setObjectName("screen")
        self._library, self._tasks, self._settings = library, tasks, settings
        self.reading = Asking("lens_gui.models.reading", make=rows_of, parent=self)
        self.work, self.looking = Work(self), Work(self)
        self._all: list[ModelRow] = []
        self._last: tuple[str, ...] = ()
        self.about, self.trouble, self.strip = muted(UNASKED), Notice(), ProgressStrip()
        self.question, self.card = Notice(), ModelCard()
        self.rows = model_rows(self)
        self.list = Section("")
        self.table = Table(self.rows, "Models")
        self.measure = QPushButton("Measure here")
        self.measure.setToolTip("Try the installed encoders on photos of your index")
        self.offline = Switch("Never use the network")
        self.kinds = self._make_kinds()
        self.list.body.addWidget(self.table, 1)
        below = QHBoxLayout()
        below.addWidget(self.offline)
        below.addStretch(1)
        below.addWidget(self.measure)
        self.list.body.addLayout(below)
        column = sheet(self, "Models", self.about)
        for part in (self.trouble, self.strip, self.question):
            column.addWidget(part)
        panes = QHBoxLayout()
        panes.setSpacing(2 * STEP)
        panes.addWidget(self.list, 1)
        panes.addWidget(self.card, 0)
        column.addLayout(panes, 1)
        self.first = self.table
        """What has the focus when the screen comes up."""
        self._connect()
        self.show_offline()

    def refresh(self) -> None:
        """Look anew which models there are."""
        self.reading.ask()

    def show_offline(self) -> None:
        """Show whether the network may be used, which can be changed elsewhere too."""
        off = network.is_offline(self._settings)
        self.offline.blockSignals(True)
        self.offline.setChecked(off)
        self.offline.blockSignals(False)
        self.offline.setDisabled(network.is_forced())
        self.offline.setToolTip("Lens was started with the network switched off" if network.is_forced() else "")
        self._enable()

    def close_down(self) -> None:
        """Stop a download; the next one goes on from there."""
        self.reading.close()
        self.work.close()
        self.looking.close()

    def _connect(self) -> None:
        self.reading.answered.connect(self._show)
        self.reading.failed.connect(self._failed)
        self.table.selectionModel().currentChanged.connect(lambda *_: self._choose())
        self.work.moved.connect(self.strip.move_to)
        self.work.ended.connect(self._ended)
        self.looking.ended.connect(lambda outcome: self.about.setText(f"{outcome.text} {UNASKED}"))
        self.strip.paused.connect(self._pause)
        self.strip.resumed.connect(lambda: self._start(*self._last))
        self.card.pulled.connect(self._ask_to_pull)
        self.card.checked.connect(partial(self._start, "check"))
        self.card.removed.connect(self._ask_to_remove)
        self.measure.clicked.connect(lambda: self._start("compare", self._library.uri))
        self.offline.toggled.connect(self._switch)

    def _make_kinds(self) -> QButtonGroup:
        group = QButtonGroup(self)
        for number, text in enumerate(KINDS.values()):
            button = QPushButton(text)
            button.setCheckable(True)
            button.setObjectName("tab")
            group.addButton(button, number)
            self.list.add_first(button)
        group.button(0).setChecked(True)
        group.idClicked.connect(lambda _: self._show_kind())
        return group

    def _show(self, found: list[ModelRow]) -> None:
        self._all = found
        self._show_kind()
        if not self.looking.task:
            self.looking.start("device")

    def _show_kind(self) -> None:
        kind = list(KINDS)[self.kinds.checkedId()]
        before = self.card.row.model.name if self.card.row else ""
        rows = [row for row in self._all if row.model.task == kind]
        self.rows.show(sorted(rows, key=lambda row: row.model.installed != "yes"))
        names = [row.model.name for row in self.rows.rows]
        if names:
            self.table.choose(names.index(before) if before in names else 0)
        self.card.show_model(self.table.chosen)
        self.measure.setVisible(kind == "encoder")

    def _choose(self) -> None:
        chosen = self.table.chosen
        if chosen is None or self.card.row is None or chosen.model.name != self.card.row.model.name:
            self.question.hide()  # it was about another
        self.card.show_model(chosen)

    def _failed(self, trouble: Trouble) -> None:
        self.trouble.tell(trouble.text, trouble.details)

    def _start(self, task: str, name: str) -> None:
        if self.work.start(task, name):
            self._last = (task, name)
            self.trouble.hide()
            stop = "Pause" if task == "pull" else "Stop"
            self.strip.begin(DOING[task].format(name), "Beginning…", unit="bytes" if task == "pull" else "", stop=stop)
            self._enable()

    def _pause(self) -> None:
        self.strip.pausing()
        self.work.stop()

    def _ended(self, outcome: Outcome) -> None:
        if outcome.stopped and self.work.task == "pull":
            self.strip.pause()
        else:
            self.strip.hide()
            self.said.emit(outcome.text, outcome.details)
        self._enable()
        self.refresh()
        self.changed.emit()

    def _enable(self) -> None:
        self.card.set_state(busy=self.work.runs, offline=network.is_offline(self._settings))
        self.measure.setDisabled(self.work.runs)

    def _switch(self, off: bool) -> None:
        network.keep_offline(self._settings, off)
        self._enable()
        self.changed.emit()

    def _ask_to_pull(self, name: str) -> None:
        row = self.card.row
        licence = row.model.licence if row and row.model.licence else "not known"
        about = f"{size(row.model.bytes)} from {row.model.source}" if row else ""
        question = f"Download {name}, {about}? Its licence: {licence}."
        self.question.ask(question, "Download", partial(self._start, "pull", name))

    def _ask_to_remove(self, name: str) -> None:
        def ask(bytes_: int) -> None:
            question = f"Delete the files of {name}, {size(bytes_)}? Indexes keep the vectors it made."
            self.question.ask(question, "Delete", partial(self._remove, name))

        self._tasks.run(lambda: plan_removal(name).bytes, ask, self._say)

    def _remove(self, name: str) -> None:
        def removed(_: object) -> None:
            self.said.emit(f"{name} is not on this machine any more.", "")
            self.refresh()
            self.changed.emit()

        self._tasks.run(lambda: remove(name), removed, self._say)

    def _say(self, error: Exception) -> None:
        trouble = trouble_of(error)
        self.said.emit(trouble.text, trouble.details)

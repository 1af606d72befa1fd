"""Training encoders on the photos of the index: what was trained, what came of it, and whether searches use it."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from lens.tuning.runs import RunState
from lens_gui.blank import Blank
from lens_gui.notice import Notice
from lens_gui.orders import Order, Orders
from lens_gui.progress import ProgressStrip
from lens_gui.section import muted, sheet
from lens_gui.shortcuts import Shortcuts
from lens_gui.table import Table
from lens_gui.theme import STEP
from lens_gui.trouble import Trouble
from lens_gui.tune.beginning import NewRun
from lens_gui.tune.card import RunCard
from lens_gui.tune.history import History
from lens_gui.tune.rows import run_rows
from lens_gui.tune.training import go_on_with, is_typed, verdict_in_words
from lens_gui.work import Outcome, Work

__all__ = ["TuneScreen"]

EVERY = 1000  # milliseconds between two looks at a run that goes on
MOST_ROWS = 7
BUTTONS = {
    "new-run": "New…",
    "resume-run": "Resume",
    "judge-run": "Judge again",
    "open-report": "Report",
    "adopt-run": "Adopt…",
    "roll-back": "Roll back…",
}
DOING = {"tune": "Training {}", "judge": "Judging {}", "adopt": "Adopting {}", "roll_back": "Rolling back"}
NOTHING = (
    "Teach Lens how your photos look",
    "An encoder can go on learning from your own photos, without any labels. What comes of it is compared with what it "
    "was, on photos that it did not see, and searches use it only if you say so. It takes minutes to hours, can be "
    "paused at any moment, and does not change the index.",
)


class TuneScreen(QWidget):
    """A table of runs, the chosen one below it, and the work on them in a process of its own."""

    said = Signal(str, str)
    changed = Signal()
    """Searches use another encoder."""

    def __init__(self, uri: str, orders: Orders, shortcuts: Shortcuts) -> None:
        super().__init__()
        self.setObjectName("screen")
        self._uri, self._orders = uri, orders
        self.query = ""
        """Of the photos that a new run is first offered."""
        self.history: History | None = None
        self._asked: Order | None = None
        self._last: tuple[str, ...] = ()  # what was started last: its task and arguments
        self._about = ""  # the encoder that it is about
        self._stage = ""  # what of it is being done, in words
        self.told, self.question, self.strip, self.work = muted(), Notice(), ProgressStrip(), Work(self)
        self.rows = run_rows(lambda run: self.history.use_of(run) if self.history else "", self)
        self.table, self.card, self.blank = Table(self.rows, "Trainings", most=MOST_ROWS), RunCard(), Blank()
        self.new = NewRun(uri, self, self._begin)
        self._stack, self._looking = QStackedWidget(), QTimer(self, interval=EVERY)
        keys: dict[str, Callable[[], object]] = {
            "new-run": lambda: self.new.open_for(self.query),
            "resume-run": self.resume,
            "judge-run": self.judge,
            "open-report": self._open_report,
            "adopt-run": self.ask_to_adopt,
            "roll-back": self.ask_to_roll_back,
        }
        self.buttons = shortcuts.buttons(self, BUTTONS, keys)
        shortcuts.bind(self, "pause-run", self.pause)
        self.first_run = QPushButton("Train an encoder…")
        self.first_run.setDefault(True)
        self._lay_out()
        self._connect()

    @property
    def first(self) -> QWidget:
        """What has the focus when the screen comes up."""
        return self.table if self.rows.rows else self.first_run

    @property
    def awaits(self) -> bool:
        """Whether it is still being read what was trained."""
        return self._asked is not None

    def refresh(self, query: str) -> None:
        """Look anew what was trained; a new run is offered the photos of this query, or all if it is empty."""
        self.query = query
        self._look()

    def resume(self) -> None:
        """Go on with the chosen run."""
        run = self.table.chosen
        if run and self.buttons["resume-run"].isEnabled():
            self._start(run.name, "tune", self._uri, json.dumps(go_on_with(run)))

    def pause(self) -> None:
        """Stop what goes on here; a training goes on from there another time."""
        if self.work.runs:
            self.strip.pausing()
            self.work.stop()

    def judge(self) -> None:
        """Compare the chosen encoder once more with what it was made of."""
        run = self.table.chosen
        if run and self.buttons["judge-run"].isEnabled():
            self._start(run.name, "judge", self._uri, run.run, run.name, run.before)

    def ask_to_adopt(self) -> None:
        """Say what adopting would do, and ask."""
        run, history = self.table.chosen, self.history
        if run is None or history is None or not self.buttons["adopt-run"].isEnabled():
            return
        known = "" if run.judged is None or run.judged.better else f"{verdict_in_words(run.judged, run.name)} "
        question = (
            f"{known}{run.name} will be judged beside {history.default}. Only if it is better beyond chance, all "
            f"{history.photos:,} photos are encoded with it, and searches use it. The vectors of {history.default} "
            "stay, so that you can roll back at once."
        )
        self.question.ask(question, "Adopt", partial(self._start, run.name, "adopt", self._uri, run.run, run.name))

    def ask_to_roll_back(self) -> None:
        """Say what rolling back would do, and ask."""
        history = self.history
        if history and history.before and not self.work.runs:
            question = (
                f"Searches will use {history.before} again, as before {history.default}. Nothing is encoded, and the "
                f"vectors of {history.default} stay: once more, and searches use them again."
            )
            self.question.ask(question, "Roll back", partial(self._start, history.before, "roll_back", self._uri))

    def close_down(self) -> None:
        """Stop; a training goes on from there another time."""
        self._looking.stop()
        if self._asked:
            self._asked.cancel()
        self.new.close_down()
        self.work.close()

    def _look(self) -> None:
        if self._asked is None:
            self._asked = self._orders.give("trainings", {}, self._show, self._failed)

    def _connect(self) -> None:
        self.table.selectionModel().currentChanged.connect(lambda *_: self._choose())
        self.first_run.clicked.connect(self.buttons["new-run"].click)
        self.strip.paused.connect(self.pause)
        self.strip.resumed.connect(lambda: self._start(self._about, *self._last))
        self.work.moved.connect(self.strip.move_to)
        self.work.told.connect(lambda outcome: self._title(outcome.text))
        self.work.ended.connect(self._over)
        self._looking.timeout.connect(self._look_on)

    def _begin(self, how: dict[str, object]) -> bool:
        return self._start(str(how["name"] or "an encoder"), "tune", self._uri, json.dumps(how))

    def _start(self, about: str, task: str, *arguments: str) -> bool:
        """Begin, unless something is under way; whether it began."""
        if not self.work.start(task, *arguments):
            return False
        self._about, self._last, self._stage = about, (task, *arguments), ""
        self.question.hide()
        self.strip.begin(DOING[task].format(about), "Loading…", stop="Pause" if task == "tune" else "Cancel")
        self._looking.start()
        self._enable()
        return True

    def _title(self, stage: str) -> None:
        self._stage = stage
        self.strip.begin(f"{DOING[self.work.task].format(self._about)}: {stage}", "", stop=self.strip.stop.text())

    def _over(self, outcome: Outcome) -> None:
        task = self.work.task
        if outcome.stopped and task in {"tune", "adopt"}:
            kept = " What was learned is kept." if self._stage in {"training", "judging"} else ""
            self.strip.pause(f"Paused.{kept}" if task == "tune" else "Stopped.")
        else:
            self.strip.hide()
            self.said.emit(outcome.text, outcome.details)
        if task in {"adopt", "roll_back"}:
            self.changed.emit()
        self._enable()
        if self._asked:  # it may be answered as it was before the end
            self._asked.cancel()
            self._asked = None
        self._look()

    def _look_on(self) -> None:
        """Follow runs for as long as any goes on, also in another process, and somebody can see it."""
        goes_on = any(run.state == RunState.RUNNING for run in self.rows.rows)
        if self.isVisible() and (goes_on or self.work.runs):
            self._look()
        elif not self.work.runs:
            self._looking.stop()

    def _show(self, history: History) -> None:
        self._asked = None
        newest = {run.run for run in history.runs} - {run.run for run in self.rows.rows}
        chosen, had_focus = self.table.chosen, self.table.hasFocus() or self.history is None
        if history != self.history:
            self.history = history
            self.rows.show(history.runs)
            runs = [run.run for run in history.runs]
            begun = next((run.run for run in history.runs if run.run in newest and run.state == RunState.RUNNING), "")
            wanted = begun or (chosen.run if chosen else "")
            if runs:
                self.table.choose(runs.index(wanted) if wanted in runs else 0)
                self._stack.setCurrentIndex(1)
                if self.isVisible() and (had_focus or self.first_run.hasFocus()):
                    self.table.setFocus()
            else:
                self.blank.say(*NOTHING)
                self._stack.setCurrentIndex(0)
            self.told.setText(f"Searches use {history.default}. What is trained here does not change that by itself.")
        if any(run.state == RunState.RUNNING for run in history.runs):
            self._looking.start()
        self._choose()

    def _choose(self) -> None:
        self.card.show_run(self.table.chosen)
        self._enable()

    def _failed(self, trouble: Trouble) -> None:
        self._asked = self.history = None  # whatever is answered next is shown
        self.blank.say("Nothing can be trained", trouble.text)
        self.first_run.hide()
        self._stack.setCurrentIndex(0)
        self._enable()

    def _enable(self) -> None:
        run, history, idle = self.table.chosen, self.history, not self.work.runs
        can = idle and run is not None and not is_typed(run)
        ended = can and run is not None and run.state == RunState.ENDED
        on = {
            "new-run": history is not None and idle,
            "resume-run": can and run is not None and run.state in {RunState.INTERRUPTED, RunState.FAILED},
            "judge-run": ended,
            "open-report": run is not None and bool(run.page) and Path(run.page).is_file(),
            "adopt-run": ended and history is not None and run is not None and run.name != history.default,
            "roll-back": idle and history is not None and history.before is not None,
        }
        for name, button in self.buttons.items():
            button.setEnabled(on[name])
        self.first_run.setVisible(history is not None and not history.runs)
        self.first_run.setEnabled(idle)

    def _open_report(self) -> None:
        if (run := self.table.chosen) and run.page:
            QDesktopServices.openUrl(QUrl.fromLocalFile(run.page))

    def _lay_out(self) -> None:
        column = sheet(self, "Tune", self.told)
        for part in (self.strip, self.question):
            column.addWidget(part)
        self.blank.say(*NOTHING)
        self.blank.offer(self.first_run)
        panes = QWidget()
        below = QVBoxLayout(panes)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(2 * STEP)
        below.addWidget(self.table)
        below.addWidget(self.card, 1)
        self._stack.addWidget(self.blank)
        self._stack.addWidget(panes)
        column.addWidget(self._stack, 1)
        row = QHBoxLayout()
        for button in self.buttons.values():
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)

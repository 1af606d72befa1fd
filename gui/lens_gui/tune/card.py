"""One training: what was asked for, how it learned, and what came of it."""

import math
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from lens.tuning.runs import Run, RunState
from lens_gui.section import Section, muted
from lens_gui.theme import STEP
from lens_gui.tune.gains import GainChart, gains_of
from lens_gui.tune.line import LineChart
from lens_gui.tune.training import is_typed, verdict_in_words

__all__ = ["RunCard"]


class RunCard(Section):
    """The chosen run."""

    def __init__(self) -> None:
        super().__init__("")
        self.about, self.verdict = muted(), QLabel()
        self.verdict.setWordWrap(True)
        self.verdict.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)  # it may name a command
        self.loss, self.rank, self.gains = LineChart("Loss", "step"), LineChart("Rank", "epoch"), GainChart()
        self.rank.setMinimumWidth(self.loss.minimumWidth())
        heading = QLabel("Before and after")
        judged = QVBoxLayout()
        judged.setSpacing(STEP)
        for widget in (heading, self.verdict, self.gains):
            judged.addWidget(widget)
        judged.addStretch(1)
        beside = QHBoxLayout()
        beside.setSpacing(4 * STEP)
        beside.addWidget(self.loss, 2)
        beside.addWidget(self.rank, 2)
        beside.addLayout(judged, 3)
        self.body.addWidget(self.about)
        self.body.addLayout(beside, 1)

    def show_run(self, run: Run | None) -> None:
        """Show this run; nothing if there is none."""
        self.setVisible(run is not None)
        if run is None:
            return
        self.set_title(run.name)
        self.about.setText(_asked(run))
        self.loss.show_points(run.losses, max(1, run.total))
        ranks = [(each["epoch"], each["rank"]) for each in run.curve]
        self.rank.show_points(ranks, run.settings["epochs"], run.least_rank or math.nan)
        typed = f"\nIt learns from captions: it goes on, and is judged, by {run.command or f'lens tune {run.method}'}"
        self.verdict.setText(_told(run) + (typed if is_typed(run) else ""))
        self.gains.show_gains(gains_of(run.judged) if run.judged else [])


def _told(run: Run) -> str:
    if run.failed:
        return run.failed
    if run.judged:
        return verdict_in_words(run.judged, run.name)
    if run.state == RunState.ENDED:
        again = "" if is_typed(run) else " Judge again compares it with what it was made of."
        return f"It has not been judged yet.{again}"
    if run.state == RunState.REMOVED:
        return "It was never judged, and its encoder is not on this machine any more."
    if run.state == RunState.INTERRUPTED:
        kept = "What was learned is kept" if is_typed(run) else "Resume goes on from what is kept"
        return f"{kept}. It is judged when all steps are done."
    return f"When all steps are done, it is judged beside {run.before} on photos that it does not learn from."


def _asked(run: Run) -> str:
    whose = f"that answer “{' '.join(run.where)}”" if run.where else "of the whole index"
    set_ = run.settings
    anchor = f"held by an anchor of {set_['anchor']:g}" if set_["anchor"] else "without an anchor"
    return (
        f"{run.method} on {run.photos:,} photos {whose}, from {run.backbone} ({run.trained}). "
        f"{set_['epochs']:g} epochs in {run.total:,} steps, {set_['batch']:g} photos each, of {set_['side']:g} pixels; "
        f"learning rate {set_['learning_rate']:g}, {anchor}. Begun {datetime.fromisoformat(run.begun):%Y-%m-%d %H:%M}."
    )

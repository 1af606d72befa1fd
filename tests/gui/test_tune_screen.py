"""The screen of trainings by itself: what it makes of answers, of failures, and of work that is under way."""

from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from lens.tuning.runs import Run, RunState
from lens_gui.orders import Order
from lens_gui.shortcuts import Shortcuts
from lens_gui.trouble import Trouble
from lens_gui.tune.beginning import _said
from lens_gui.tune.history import History
from lens_gui.tune.screen import TuneScreen
from lens_gui.tune.training import Figures
from lens_gui.work import Outcome

SETTINGS = {"epochs": 2, "batch": 4, "side": 64, "learning_rate": 1e-4, "anchor": 10.0, "seed": 0}


@dataclass
class Given:
    """Orders that nobody carries out."""

    orders: list[Order] = field(default_factory=list)

    def give(self, *order: object) -> Order:
        self.orders.append(Order(*order))  # type: ignore[arg-type]
        return self.orders[-1]


def test_all_that_a_dry_run_foresees_is_said():
    pytest.importorskip("lightly")
    from lens.selfsup.foreseeing import Foreseen

    figures = Figures("mine", 40, "10 held out", **vars(Foreseen(60, 90.0, 2 * 10**9, 10**9)), device="cuda")
    assert "60 steps, about" in _said(figures)
    assert "2.0 GB of memory and 1.0 GB of the GPU's" in _said(figures)


@pytest.fixture
def given() -> Given:
    return Given()


@pytest.fixture
def tune(given: Given, settings: QSettings, qtbot: QtBot) -> TuneScreen:
    """A screen that nobody has answered yet."""
    screen = TuneScreen("/index", given, Shortcuts(settings))  # type: ignore[arg-type]
    qtbot.addWidget(screen)
    return screen


def history(state: RunState | None = None, method: str = "simclr", command: str = "") -> History:
    """Of one run, or of none."""
    run = Run("run-mine", "mine", method, "builtin", "last", (), "/index", 40, SETTINGS, "2026-01-01", "builtin")
    runs = (Run(**vars(run) | {"state": state, "command": command}),) if state else ()
    return History(runs, 40, "builtin", None)


@pytest.mark.parametrize("state", [RunState.INTERRUPTED, RunState.FAILED, RunState.ENDED])
def test_a_run_that_learns_from_captions_names_its_command(tune: TuneScreen, given: Given, state: RunState) -> None:
    tune.refresh("")
    given.orders[0].then(history(state, "clip", "lens tune clip --captions said.csv"))
    assert [name for name, button in tune.buttons.items() if button.isEnabled()] == ["new-run"]
    assert tune.card.verdict.text().endswith("by lens tune clip --captions said.csv")
    for act in (tune.resume, tune.judge, tune.ask_to_adopt):
        act()
    assert not tune.work.runs and tune.question.isHidden()


def test_a_run_that_is_gone_and_was_never_judged(tune: TuneScreen, given: Given) -> None:
    tune.refresh("")
    given.orders[0].then(history(RunState.REMOVED))
    assert tune.card.verdict.text().startswith("It was never judged")


def test_the_end_of_work_is_seen_though_it_was_just_being_looked(tune: TuneScreen, given: Given) -> None:
    tune.refresh("")
    tune.work.ended.emit(Outcome("Done."))
    assert [order.cancelled for order in given.orders] == [True, False]


def test_a_failure_is_forgotten_by_the_next_answer(tune: TuneScreen, given: Given) -> None:
    for answer in (history(RunState.ENDED), history()):
        tune.refresh("")
        given.orders[-1].then(answer)
        tune.refresh("")
        given.orders[-1].failed(Trouble("It ended unexpectedly.", ""))
        assert "Nothing can be trained" in tune.blank.text and tune.blank.isVisibleTo(tune)
        tune.refresh("")
        given.orders[-1].then(answer)
        assert tune.card.isVisibleTo(tune) == bool(answer.runs)
    assert "without any labels" in tune.blank.text and tune.first_run.isVisibleTo(tune)


def test_a_start_beside_other_work_is_refused_in_words(tune: TuneScreen, monkeypatch: pytest.MonkeyPatch) -> None:
    new, stopped = tune.new, list[bool]()
    new.anchor.setValue(0)
    assert new.how["anchor"] == 0 and "learning_rate" not in new.how
    monkeypatch.setattr(tune.work, "start", lambda *_: False)
    monkeypatch.setattr(new.work, "stop", lambda: stopped.append(True))
    new.show()
    new.start.setEnabled(True)
    new.start.click()
    assert new.isVisible() and new.figures.text().startswith("Something else is being trained")
    new.close()
    assert stopped, "what was being found out goes on though nobody can see it"


def test_a_pause_says_what_is_kept(tune: TuneScreen) -> None:
    tune.work.task = "tune"
    for stage, words in {"reading photos": "Paused.", "training": "Paused. What was learned is kept."}.items():
        tune.work.told.emit(Outcome(stage))
        tune.work.ended.emit(Outcome("", stopped=True))
        assert tune.strip.rate.text() == words

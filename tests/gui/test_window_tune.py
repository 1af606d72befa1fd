"""Training by the keys: what was trained and what came of it, adopting, rolling back, and a training from its start."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lens import Library
from lens.evaluation import Difference, Share
from lens.indexing.report import Progress
from lens.models.imported import import_model
from lens.tuning.runs import Judged, Run, RunState, all_runs, being_trained, save_run
from lens_gui.tune.line import marks
from lens_gui.tune.screen import TuneScreen
from lens_gui.window import Window
from lens_gui.work import Outcome
from tests import checkpoints

WAIT = 120_000  # milliseconds: a process starts, on a machine that may be busy
LONG = 600_000  # and trains
CONTROL = Qt.KeyboardModifier.ControlModifier
SETTINGS = {"epochs": 2, "batch": 4, "side": 64, "learning_rate": 1e-4, "anchor": 10.0, "seed": 0}

Open = Callable[[Library], Window]


def a_run(library: Library, name: str, **facts: object) -> Run:
    """A training, written down as a real one is."""
    known = Run(
        f"run-{name}", name, "simclr", "builtin", "last", ("a dog",), library.uri, 40, SETTINGS, "2026-01-01", "builtin"
    )
    made = replace(known, **{"total": 20, "done": 8, **facts})  # type: ignore[arg-type]
    save_run(made)
    return made


def opened(window: Window, qtbot: QtBot, rows: int) -> TuneScreen:
    qtbot.keyClick(window, Qt.Key.Key_8, CONTROL)
    tune = window.tune
    qtbot.waitUntil(lambda: len(tune.rows.rows) == rows and tune.history is not None, timeout=WAIT)
    return tune


def shown(tune: TuneScreen, row: int) -> list[str]:
    columns = range(tune.rows.columnCount())
    return [tune.rows.index(row, column).data(Qt.ItemDataRole.DisplayRole) for column in columns]


def test_runs_are_listed_with_what_came_of_them(
    open_window: Open, builtin: Library, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "report.html"
    page.write_text("what came of it")
    share = Share(0.5, 0.4, 0.6, 30)
    judged = Judged(
        "builtin",
        False,
        "another view",
        ("another view: +1.0 points (-2.0 to +4.0) is no gain beyond chance",),
        (("another view", "mine", share), ("another view", "builtin", share)),
        (("another view", Difference(0.01, -0.02, 0.04)),),
    )
    losses, curve = ((1, 4.0), (20, 2.0)), ({"epoch": 0, "rank": 9.0}, {"epoch": 2, "rank": 8.0})
    facts = {"losses": losses, "curve": curve, "least_rank": 1.8, "judged": judged, "page": str(page)}
    a_run(builtin, "mine", done=20, **facts)
    a_run(builtin, "stopped", begun="2025-01-01")
    a_run(builtin, "broken", begun="2024-01-01", failed="no numbers left")
    a_run(builtin, "elsewhere", index="/another")
    tune = opened(open_window(builtin), qtbot, 3)
    assert tune.table.hasFocus()
    assert shown(tune, 0) == ["mine", "simclr", "builtin, last", "40", "Removed from this machine", "Not better", ""]
    assert [shown(tune, row)[4] for row in (1, 2)] == ["Interrupted at 40%", "Failed at 40%"]
    card = tune.card
    assert card.loss.accessibleName() == "Loss: 4 at step 1, 2 at step 20"
    assert "8 at epoch 2; below 1.8 the training would be stopped" in card.rank.accessibleName()
    assert "50.0% → 50.0% of 30 photos, +1.0 points (-2.0 to +4.0)" in card.gains.accessibleName()
    assert "not better than builtin" in card.verdict.text() and "“a dog”" in card.about.text()
    pages: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: pages.append(url.toLocalFile()))
    qtbot.keyClick(tune.table, "o")
    assert pages == [str(page)]
    assert [name for name, button in tune.buttons.items() if button.isEnabled()] == ["new-run", "open-report"]
    qtbot.keyClick(tune.table, Qt.Key.Key_Down)
    assert tune.buttons["resume-run"].isEnabled() and not tune.buttons["open-report"].isEnabled()
    assert card.loss.points == [] and "not measured yet" in card.loss.accessibleName()
    qtbot.keyClick(tune.table, Qt.Key.Key_Down)
    assert card.verdict.text() == "no numbers left"
    reached = set()
    for _ in range(8):  # all of it without a mouse
        reached.add(QApplication.focusWidget())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert {tune.table, tune.buttons["new-run"], tune.buttons["resume-run"]} <= reached


def test_a_run_that_goes_on_elsewhere_is_followed(open_window: Open, builtin: Library, qtbot: QtBot) -> None:
    run = a_run(builtin, "mine", done=1, losses=((1, 4.0),))
    with being_trained(run.run):
        tune = opened(open_window(builtin), qtbot, 1)
        assert shown(tune, 0)[4] == "Training, 5%" and not tune.buttons["resume-run"].isEnabled()
        save_run(replace(run, done=10, losses=((1, 4.0), (10, 3.0))))
        qtbot.waitUntil(lambda: tune.card.loss.points == [(1, 4.0), (10, 3.0)], timeout=WAIT)
        assert tune.table.chosen is not None and tune.table.chosen.done == 10
    qtbot.waitUntil(lambda: shown(tune, 0)[4] == "Interrupted at 50%", timeout=WAIT)
    assert tune.buttons["resume-run"].isEnabled()


def test_before_the_first_training_it_is_said_what_it_is(open_window: Open, builtin: Library, qtbot: QtBot) -> None:
    window = open_window(builtin)
    window.search.field.setText("red")
    tune = opened(window, qtbot, 0)
    assert "without any labels" in tune.blank.text and tune.first_run.isVisible()
    for key in "rjoabp":  # there is nothing to do it with
        qtbot.keyClick(tune, key)
    assert not tune.work.runs and tune.question.isHidden()
    qtbot.mouseClick(tune.first_run, Qt.MouseButton.LeftButton)
    assert tune.new.isVisible() and tune.new.photos.text() == "red"
    assert not tune.new.foresee.isEnabled()  # before it is known what can be trained


def test_without_an_index_it_is_said_what_to_do_to_train(open_window: Open, library: Library, qtbot: QtBot) -> None:
    window = open_window(library)
    window.show_tune()
    qtbot.waitUntil(lambda: "lens index" in window.tune.blank.text, timeout=WAIT)
    assert not window.tune.buttons["new-run"].isEnabled()


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (3.4, 4.0), (5.0, 5.0), (0.0, 0.0), (-0.02, 96.0)])
def test_marks_are_round_and_enclose_the_values(low: float, high: float) -> None:
    found = marks(low, high)
    assert found[0] <= low <= high <= found[-1] and found[0] < found[-1]
    assert 2 <= len(found) <= 6


@pytest.fixture
def cropped(samples: Path, tmp_path: Path) -> Path:
    """Some 150 photos, parts of the samples that do not overlap."""
    folder = tmp_path / "parts"
    folder.mkdir()
    for file in samples.rglob("*.jpg"):
        with Image.open(file) as image:
            across, down = image.width // 3, image.height // 2
            for number in range(6):
                left, top = number % 3 * across, number // 3 * down
                image.crop((left, top, left + across, top + down)).save(folder / f"{file.stem}-{number}.jpg")
    return folder


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_training_from_its_figures_to_searches_and_back(
    open_window: Open, library: Library, cropped: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    pytest.importorskip("lightly")
    import_model(checkpoints.dinov2(tmp_path / "network"), "small")  # other processes find it by its name
    library.index([cropped], "small")
    window = open_window(library)
    tune = opened(window, qtbot, 0)
    qtbot.keyClick(tune, "n")
    new = tune.new
    qtbot.waitUntil(new.foresee.isEnabled, timeout=WAIT)
    assert not new.start.isEnabled()
    qtbot.keyClicks(new.name, "mine")
    for number, value in ((new.epochs, 6), (new.batch, 4), (new.side, 64)):
        number.setValue(value)
    qtbot.keyClick(new.name, Qt.Key.Key_Return)
    qtbot.waitUntil(new.start.isEnabled, timeout=LONG)
    assert "mine would learn from" in new.figures.text() and "steps, about" in new.figures.text()
    titles: list[str] = []

    def pause_at_once(step: Progress) -> None:
        if step.found.startswith("loss") and not titles:
            titles.append(tune.strip.title.text())
            qtbot.keyClick(tune, "p")

    tune.work.moved.connect(pause_at_once)  # a fast machine is done in no time
    with qtbot.waitSignal(tune.work.ended, timeout=LONG) as ended:
        qtbot.keyClick(new.start, Qt.Key.Key_Space)
        window.activateWindow()  # as a window manager does when a sheet closes
        qtbot.waitUntil(window.isActiveWindow, timeout=WAIT)
    assert (ended.args or [None])[0].stopped, ended.args
    assert "training" in titles[0] and "What was learned is kept" in tune.strip.rate.text()
    qtbot.waitUntil(tune.buttons["resume-run"].isEnabled, timeout=WAIT)
    done = tune.table.chosen.done
    assert 0 < done < tune.table.chosen.total

    with qtbot.waitSignal(tune.work.ended, timeout=LONG) as ended:
        qtbot.keyClick(tune, "r")
    outcome: Outcome = (ended.args or [None])[0]
    assert outcome.text.startswith("mine is trained."), outcome
    qtbot.waitUntil(tune.buttons["adopt-run"].isEnabled, timeout=WAIT)
    [run] = all_runs(library.uri)
    assert run.state == RunState.ENDED and run.judged is not None and Path(run.page).is_file()
    assert [number for number, _ in run.losses] == list(range(1, run.total + 1))  # those before the pause too

    qtbot.keyClick(tune, "a")
    assert "will be judged beside small" in tune.question.text and not tune.work.runs
    with qtbot.waitSignal(tune.work.ended, timeout=LONG) as ended:
        qtbot.mouseClick(tune.question.yes, Qt.MouseButton.LeftButton)
    assert (ended.args or [None])[0].text == "Searches now use mine.", ended.args
    qtbot.waitUntil(lambda: shown(tune, 0)[-1] == "In use", timeout=WAIT)

    qtbot.keyClick(tune, "b")
    assert "use small again" in tune.question.text
    with qtbot.waitSignal(tune.work.ended, timeout=LONG):
        qtbot.mouseClick(tune.question.yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown(tune, 0)[-1] == "In use before", timeout=WAIT)
    assert library.adoption.roll_back(dry_run=True) == "mine"

"""The models screen, with a hub that stands on this machine."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from pytestqt.qtbot import QtBot

from lens import Library
from lens.comparison import Comparison
from lens.errors import DeviceError
from lens.evaluation.intervals import Share
from lens_gui import network, worker
from lens_gui.models.card import facts_of
from lens_gui.models.reading import ModelRow, read_models
from lens_gui.models.screen import ModelsScreen
from lens_gui.window import Window
from lens_gui.work import Outcome
from tests.hub import WEIGHTS, FakeHub, serving

Open = Callable[[Library], Window]
LONG = 120_000


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """What the window's other processes take for the hub."""
    for name in (*network.FROM_OUTSIDE, "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(network, "_forced", False)  # as it would be had the program been started without those
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub" / "hub"))  # read long ago
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    for patience in ("HF_HUB_DOWNLOAD_TIMEOUT", "HF_HUB_ETAG_TIMEOUT"):
        monkeypatch.setenv(patience, "60")  # the hub answers from this process, which may be kept busy
    with serving(FakeHub()) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


def shown(window: Window, qtbot: QtBot, name: str = "clip-b32") -> ModelsScreen:
    """The screen, with one model chosen."""
    window.show_models()
    screen = window.models
    qtbot.waitUntil(lambda: bool(screen.rows.rows), timeout=120_000)
    screen.table.choose([row.model.name for row in screen.rows.rows].index(name))
    return screen


def test_a_model_is_downloaded_after_a_question(
    open_window: Open, library: Library, hub: FakeHub, qtbot: QtBot
) -> None:
    screen = shown(open_window(library), qtbot)
    assert not screen.card.check.isVisible()
    steps = []
    screen.work.moved.connect(lambda step: steps.append((step.done, step.total)))
    screen.card.download.click()
    assert "605 MB" in screen.question.text
    assert "MIT" in screen.question.text
    assert not screen.work.runs
    with qtbot.waitSignal(screen.work.ended, timeout=LONG) as ended:
        screen.question.yes.click()
        assert screen.strip.isVisible()
        assert not screen.card.download.isEnabled()
    [outcome] = ended.args or [None]
    assert not outcome.failed, outcome
    assert steps[-1][0] == steps[-1][1] >= len(hub.files[WEIGHTS])
    assert "clip-b32" in outcome.text


def test_a_download_that_fails_is_one_line_with_details(
    open_window: Open, library: Library, hub: FakeHub, qtbot: QtBot
) -> None:
    hub.gated = True
    window = open_window(library)
    screen = shown(window, qtbot)
    screen.card.download.click()
    with qtbot.waitSignal(screen.work.ended, timeout=LONG):
        screen.question.yes.click()
    assert "accept its licence" in window.toast.text
    assert "\n" not in window.toast.text
    assert window.toast.more.isVisible()
    assert not screen.strip.isVisible()
    assert screen.card.download.isEnabled()


def test_offline_is_kept_and_forbids_downloads(
    open_window: Open, library: Library, hub: FakeHub, qtbot: QtBot, settings: QSettings
) -> None:
    network.obey(settings)
    window = open_window(library)
    screen = shown(window, qtbot)
    assert screen.card.download.isEnabled()
    qtbot.mouseClick(screen.offline, Qt.MouseButton.LeftButton)
    assert not screen.card.download.isEnabled()
    assert "switched off" in screen.card.download.toolTip()
    assert network.is_offline(settings)
    with qtbot.waitSignal(screen.work.ended, timeout=LONG) as ended:
        screen.work.start("pull", "clip-b32")
    assert ended.args is not None
    assert "network is switched off" in ended.args[0].text
    assert hub.asked == []
    window.show_preferences()
    assert window.preferences.offline.isChecked()
    qtbot.mouseClick(window.preferences.offline, Qt.MouseButton.LeftButton)
    assert not screen.offline.isChecked()
    assert not network.is_offline(settings)


def test_what_the_environment_forbids_cannot_be_allowed(
    open_window: Open, library: Library, qtbot: QtBot, settings: QSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LENS_OFFLINE", "1")
    network.obey(settings)
    try:
        window = open_window(library)
        assert window.models.offline.isChecked()
        assert not window.models.offline.isEnabled()
        assert network.is_offline(settings)
    finally:
        monkeypatch.delenv("LENS_OFFLINE")
        network.obey(settings)


def test_kinds_of_models_are_shown_one_at_a_time(open_window: Open, library: Library, qtbot: QtBot) -> None:
    screen = shown(open_window(library), qtbot, "builtin")
    for number, (kind, has) in enumerate({"encoder": True, "detector": False, "segmenter": False}.items()):
        screen.kinds.button(number).click()
        assert {row.model.task for row in screen.rows.rows} == {kind}
        assert screen.rows.rows[0].model.installed == "yes"
        assert screen.card.row is screen.rows.rows[0]
        assert screen.measure.isVisible() is has
        assert not screen.card.remove.isVisible()  # it comes with Lens


def test_measured_quality_is_told_with_its_interval() -> None:
    builtin = next(row.model for row in read_models() if row.model.name == "builtin")
    compared = Comparison("builtin", 200, 30, Share(0.7, 0.6, 0.8, 200), 0.1, None)
    facts = facts_of(ModelRow(replace(builtin, photos_per_second=None), compared))
    assert facts["Your folders"] == "70% of photos lie nearest to others of their folder (95 % interval 60% to 80%)"
    assert "Your names" not in facts
    assert facts["Speed"].startswith("30 photos/s")


def test_what_models_run_on_is_found_out_in_another_process(open_window: Open, library: Library, qtbot: QtBot) -> None:
    screen = shown(open_window(library), qtbot, "builtin")
    qtbot.waitUntil(lambda: "Models run on" in screen.about.text(), timeout=LONG)
    assert screen.about.text().endswith("Nothing is downloaded unasked.")


def test_a_graphics_card_that_does_not_work_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = str(DeviceError("There is an NVIDIA card, and torch cannot use it."))
    monkeypatch.setattr("lens.models.device.working_device", lambda: ("cpu", broken))
    assert worker.device(print) == broken
    monkeypatch.setattr("lens.models.device.working_device", lambda: ("cuda", None))
    assert worker.device(print) == "Models run on cuda."


def test_a_model_is_checked_and_removed(
    open_window: Open, library: Library, hub: FakeHub, qtbot: QtBot, tmp_path: Path
) -> None:
    screen = shown(open_window(library), qtbot)
    with qtbot.waitSignal(screen.work.ended, timeout=LONG):
        screen.work.start("pull", "clip-b32")
    qtbot.waitUntil(lambda: bool(screen.card.row and screen.card.row.model.installed == "yes"), timeout=120_000)
    assert screen.card.check.isVisible()
    assert not screen.card.download.isVisible()
    with qtbot.waitSignal(screen.said, timeout=LONG) as said:
        screen.card.check.click()
    assert said.args is not None
    assert "files as they should be" in said.args[0]
    [weights] = (tmp_path / "hub").rglob(WEIGHTS)
    weights.resolve().write_bytes(b"of a failing disk")
    with qtbot.waitSignal(screen.said, timeout=LONG) as said:
        screen.work.start("check", "clip-b32")
    assert said.args is not None
    assert "damaged" in said.args[0]
    assert WEIGHTS in said.args[1]
    qtbot.waitUntil(lambda: bool(screen.card.row and screen.card.row.model.installed != "yes"), timeout=120_000)
    screen.card.remove.click()
    qtbot.waitUntil(lambda: "Delete the files of clip-b32" in screen.question.text, timeout=120_000)
    with qtbot.waitSignal(screen.changed, timeout=120_000):
        screen.question.yes.click()
    assert not list((tmp_path / "hub").rglob(WEIGHTS))
    qtbot.waitUntil(lambda: bool(screen.card.row and screen.card.row.model.installed == "no"), timeout=120_000)


def test_a_download_that_is_paused_goes_on_where_it_was(
    open_window: Open, library: Library, hub: FakeHub, qtbot: QtBot
) -> None:
    hub.cuts, hub.then_down = 1, True
    screen = shown(open_window(library), qtbot)
    screen.card.download.click()
    screen.question.yes.click()
    told: list[Outcome] = []
    screen.work.ended.connect(told.append)
    qtbot.waitUntil(lambda: hub.resumed() or bool(told), timeout=LONG)  # broken, it tries for some seconds to go on
    assert not told, (told, hub.asked)
    with qtbot.waitSignal(screen.work.ended, timeout=LONG) as ended:
        screen.strip.stop.click()
    assert ended.args is not None
    assert ended.args[0].stopped
    assert screen.strip.resume.isVisible()
    hub.down = False
    hub.asked.clear()
    with qtbot.waitSignal(screen.work.ended, timeout=LONG) as ended:
        screen.strip.resume.click()
    assert ended.args is not None
    assert not ended.args[0].failed
    assert hub.resumed()

"""What is done to the index from the library screen."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from lens import Library
from lens_gui.library.screen import LibraryScreen
from lens_gui.library.skipped import SkippedSheet
from lens_gui.library.upkeep import free_place
from lens_gui.window import Window
from lens_gui.work import Outcome, Work
from tests.fakes import ColourEncoder, paint

Open = Callable[[Library], Window]
Shown = Callable[[Library], LibraryScreen]
LONG = 120_000


@pytest.fixture
def shown(open_window: Open, qtbot: QtBot) -> Shown:
    """Opens the library screen, and waits for what is in it."""

    def show(library: Library) -> LibraryScreen:
        window = open_window(library)
        window.show_library()
        qtbot.waitUntil(lambda: bool(window.library.folders.rows.rows), timeout=LONG)
        return window.library

    return show


def test_a_folder_is_taken_out_after_a_question(shown: Shown, indexed: Library, photos: Path, qtbot: QtBot) -> None:
    screen = shown(indexed)
    assert not screen.folders.remove.isEnabled()
    screen.folders.table.setFocus()
    screen.folders.table.choose(0)
    screen.folders.remove.click()
    assert f"{photos} out of the index, with all that is known of its 4 photos" in screen.folders.question.text
    qtbot.keyClick(screen.folders.question, Qt.Key.Key_Escape)
    assert not screen.folders.question.isVisible()
    assert indexed.status().photos == 4
    screen.folders.remove.click()
    with qtbot.waitSignal(screen.changed, timeout=LONG):
        screen.folders.question.yes.click()
    qtbot.waitUntil(lambda: not screen.folders.rows.rows, timeout=LONG)
    assert screen.folders.empty.isVisible()
    assert (photos / "red.png").exists()


def test_indexing_is_paused_and_goes_on(shown: Shown, builtin: Library, tmp_path: Path, qtbot: QtBot) -> None:
    for number in range(150):
        paint(tmp_path / "more" / f"{number}.png", f"rgb({number % 256},{number // 256},9)", (128, 96))
    screen = shown(builtin)
    with qtbot.waitSignal(screen.work.moved, timeout=LONG, check_params_cb=lambda step: step.total is not None):
        screen.index([tmp_path / "more"])
    assert screen.strip.isVisible()
    assert not screen.folders.add.isEnabled()
    with qtbot.waitSignal(screen.work.ended, timeout=LONG) as ended:
        screen.strip.stop.click()
        assert not screen.strip.stop.isEnabled()
    assert ended.args == [Outcome("Stopped. What has been done is kept.", stopped=True)]
    assert screen.strip.resume.isVisible()
    assert "Paused" in screen.strip.rate.text()
    screen.refresh()
    qtbot.waitUntil(screen.strip.isVisible, timeout=LONG)
    with qtbot.waitSignal(screen.work.ended, timeout=2 * LONG) as ended:
        screen.strip.resume.click()
    assert ended.args is not None
    assert not ended.args[0].failed
    assert not screen.strip.isVisible()
    assert builtin.status().photos == 154


def test_skipped_files_are_listed_with_their_reasons_and_copied(
    shown: Shown, library: Library, photos: Path, encoder: ColourEncoder, qtbot: QtBot
) -> None:
    (photos / "broken.jpg").write_bytes(b"x")
    library.index([photos], encoder)
    screen = shown(library)
    assert "1 file: not an image that can be read" in screen.skipped.count.text()
    screen.skipped.open.click()
    [sheet] = screen.window().findChildren(SkippedSheet)
    assert not sheet.isModal()
    assert [row.path.name for row in sheet.rows.rows] == ["broken.jpg"]
    assert not sheet.folder.isEnabled()
    sheet.table.choose(0)
    assert sheet.folder.isEnabled()
    sheet.copy.click()
    assert QGuiApplication.clipboard().text() == f"{photos / 'broken.jpg'}: {sheet.rows.rows[0].reason}"
    sheet.close()


def test_a_backup_goes_where_it_was_said_and_is_checked(
    shown: Shown, indexed: Library, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "usb").mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "usb"))
    screen = shown(indexed)
    with qtbot.waitSignal(screen.work.ended, timeout=LONG):
        screen.upkeep.back_up.click()
        assert not screen.upkeep.verify.isEnabled()
    assert "was checked and is whole" in screen.upkeep.backup_note.text()
    assert Library.open(tmp_path / "usb" / "lens-copy").status().photos == 4
    assert free_place(tmp_path / "usb") == tmp_path / "usb" / "lens-copy-2"


def test_verify_tells_what_is_not_in_order(shown: Shown, indexed: Library, photos: Path, qtbot: QtBot) -> None:
    screen = shown(indexed)
    with qtbot.waitSignal(screen.work.ended, timeout=LONG):
        screen.upkeep.verify.click()
    assert screen.upkeep.backup_note.text() == "Everything is in order."
    (photos / "red.png").unlink()
    with qtbot.waitSignal(screen.said, timeout=LONG) as said:
        screen.upkeep.verify.click()
    assert said.args is not None
    assert "not in order" in said.args[0]
    assert str(photos / "red.png") in said.args[1]
    with qtbot.waitSignal(screen.work.ended, timeout=LONG) as ended:
        screen.upkeep.optimize.click()
    assert ended.args is not None
    assert ended.args[0].text.startswith("Optimized")


@pytest.mark.slow
def test_encoders_are_added_compared_and_made_the_default(
    shown: Shown, indexed: Library, photos: Path, qtbot: QtBot
) -> None:
    screen = shown(indexed)
    encoders = screen.encoders
    assert [row.held.name for row in encoders.rows.rows] == ["colour"]
    [action] = encoders.menu.actions()
    assert action.text() == "builtin"
    with qtbot.waitSignal(screen.work.ended, timeout=LONG) as ended:
        action.trigger()
    assert ended.args is not None
    assert ended.args[0].text == "builtin knows 4 more photos now."
    qtbot.waitUntil(lambda: len(encoders.rows.rows) == 2, timeout=LONG)
    assert not encoders.menu.actions()
    names = [row.held.name for row in encoders.rows.rows]
    encoders.table.choose(names.index("builtin"))
    with qtbot.waitSignal(screen.changed, timeout=LONG):
        encoders.default.click()
    assert [each.name for each in indexed.status().encoders if each.default] == ["builtin"]
    with qtbot.waitSignal(screen.work.ended, timeout=LONG):
        encoders.compare.click()
    qtbot.waitUntil(lambda: any(row.compared for row in encoders.rows.rows), timeout=LONG)
    assert "builtin" in encoders.advice.text() or "speeds" in encoders.advice.text()


@pytest.mark.slow
def test_watching_follows_the_folders_and_ends_with_the_window(
    shown: Shown, builtin: Library, photos: Path, qtbot: QtBot
) -> None:
    screen = shown(builtin)
    with qtbot.waitSignal(screen.watching.told, timeout=LONG):  # it has looked through them once
        qtbot.mouseClick(screen.folders.watch, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(screen.changed, timeout=LONG):
        paint(photos / "pink.png", "pink")
    assert builtin.status().photos == 5
    with qtbot.waitSignal(screen.work.ended, timeout=LONG):
        screen.folders.update_.click()  # it does not get in the way of a run, and goes on after it
    qtbot.waitUntil(lambda: screen.watching.runs, timeout=LONG)
    screen.window().close()
    assert not screen.watching.runs


def test_watching_can_be_switched_off(shown: Shown, builtin: Library, qtbot: QtBot) -> None:
    screen = shown(builtin)
    with qtbot.waitSignal(screen.watching.told, timeout=LONG):
        screen.folders.watch.click()
    with qtbot.waitSignal(screen.watching.ended, timeout=LONG):
        screen.folders.watch.click()
    assert not screen.folders.watch.isChecked()
    assert screen.folders.watching.text() == ""


@pytest.mark.skipif(os.name == "nt", reason="kills as POSIX does")
def test_work_ends_when_the_window_is_killed(builtin: Library, tmp_path: Path) -> None:
    """The other process notices that nobody holds its standard input any more."""
    command = [sys.executable, "-m", "lens_gui.worker", "watch", builtin.uri]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdout.readline()
        worker.stdin.close()
        assert worker.wait(timeout=30) == 1
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=30) == 1


@pytest.mark.usefixtures("qapp")
def test_work_that_breaks_says_so(qtbot: QtBot) -> None:
    work = Work()
    with qtbot.waitSignal(work.ended, timeout=LONG) as ended:
        work.start("no such task")
    [outcome] = ended.args or [None]
    assert outcome.failed
    assert "KeyError" in outcome.details


def test_the_first_start_finds_the_pictures_folder_and_asks(
    open_window: Open, library: Library, photos: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _: str(photos))
    window = open_window(library)
    qtbot.waitUntil(window.search.empty.suggested.isVisible, timeout=LONG)
    assert window.search.empty.suggested.text() == f"Look through {photos}"
    assert not window.library.work.runs  # nothing is done unasked
    qtbot.mouseClick(window.search.empty.suggested, Qt.MouseButton.LeftButton)
    assert window.library.work.runs
    with qtbot.waitSignal(window.library.work.ended, timeout=LONG):
        pass
    qtbot.waitUntil(lambda: [row.photos for row in window.library.folders.rows.rows] == [4], timeout=LONG)


def test_everything_that_can_be_done_is_reached_by_tab_and_has_a_name(
    shown: Shown, indexed: Library, qtbot: QtBot, qapp: QApplication
) -> None:
    screen = shown(indexed)
    window = screen.window()
    window.activateWindow()
    for name in ("library", "models", "preferences"):
        getattr(window, f"show_{name}")()
        seen = set()
        for _ in range(80):
            qtbot.keyClick(qapp.focusWidget(), Qt.Key.Key_Tab)
            seen.add(qapp.focusWidget())
        buttons = [
            each for each in getattr(window, name).findChildren(QPushButton) if each.isVisible() and each.isEnabled()
        ]
        missed = [button.text() for button in buttons if button not in seen and button.objectName() != "tab"]
        assert not missed, name
        unnamed = [each for each in seen if each and not (each.accessibleName() or getattr(each, "text", str)())]
        assert not [type(each).__name__ for each in unnamed], name

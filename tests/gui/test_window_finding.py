"""Things are found from the label screen, in a process of its own, and come up while that goes on."""

import shutil
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QTableWidget
from pytestqt.qtbot import QtBot

from lens import Library
from lens_gui.window import Window
from lens_indexes import Index, RegionState

WAIT = 120_000  # milliseconds: a process starts and loads a detector, on a machine that may be busy
CONTROL = Qt.KeyboardModifier.ControlModifier
SAMPLES = Path(__file__).resolve().parent.parent.parent / "samples"


def type_in(table: QTableWidget, qtbot: QtBot, row: int, column: int, text: str) -> None:
    """Open a cell, type, and close it."""
    table.setFocus()
    table.setCurrentCell(row, column)
    if not isinstance(QApplication.focusWidget(), QLineEdit):  # the cell is not open yet
        qtbot.keyClick(table, Qt.Key.Key_F2)
    assert isinstance(QApplication.focusWidget(), QLineEdit), "the cell cannot be opened"
    qtbot.keyClicks(QApplication.focusWidget(), text)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not table.findChildren(QLineEdit), timeout=WAIT)  # the cell is closed


def test_dogs_are_found_and_wait_and_are_accepted(
    open_window: Callable[[Library], Window], library: Library, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "photos").mkdir()
    for name in ("bear.jpg", "home/cat-on-the-sofa.jpg"):
        shutil.copy(SAMPLES / name, tmp_path / "photos")
    library.index([tmp_path / "photos"])
    window = open_window(library)
    qtbot.keyClick(window, Qt.Key.Key_4, CONTROL)
    label = window.label
    qtbot.waitUntil(lambda: label.view is not None and not label.awaits, timeout=WAIT)
    assert label.view and label.view.waiting == 0
    qtbot.keyClick(label.canvas, Qt.Key.Key_B, CONTROL)
    running = label.running
    writing = QApplication.focusWidget()
    assert running.isVisible()
    assert writing is not None and running.table.isAncestorOf(writing)  # a cell is open
    qtbot.mouseClick(running.run, Qt.MouseButton.LeftButton)
    assert "Name something" in running.counts.text()
    type_in(running.table, qtbot, 0, 0, "bear")
    type_in(running.table, qtbot, 1, 0, "pet")
    type_in(running.table, qtbot, 1, 1, "cat|dog")
    assert not label.canvas.cutting  # though B is a key of the screen
    assert running.prompts == "bear, pet=cat|dog"
    qtbot.mouseClick(running.run, Qt.MouseButton.LeftButton)
    assert running.strip.isVisible()
    qtbot.waitUntil(lambda: not running.work.runs and running.run.isEnabled(), timeout=WAIT)
    assert "Looked through 2 photos" in running.counts.text(), running.counts.text()

    def waits() -> None:
        assert label.view and label.view.waiting > 0 and not label.awaits, running.counts.text()
        assert label.canvas.region is not None

    qtbot.waitUntil(waits, timeout=WAIT)
    assert set(label.view.classes) <= {"bear", "pet"}
    asked = label.canvas.region
    assert asked is not None
    qtbot.keyClick(label.canvas, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not label.awaits, timeout=WAIT)
    (kept,) = Index.open(library.uri).regions.get([asked.id])
    assert kept.state == RegionState.ACCEPTED

    qtbot.mouseClick(running.run, Qt.MouseButton.LeftButton)  # again: everything was looked through
    running.strip.paused.emit()  # as its button does
    qtbot.waitUntil(lambda: not running.work.runs and running.run.isEnabled(), timeout=WAIT)
    assert running.strip.resume.isVisible(), "it was not paused"
    qtbot.mouseClick(running.strip.resume, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not running.work.runs and running.run.isEnabled(), timeout=WAIT)
    assert "Looked through 0 photos" in running.counts.text(), running.counts.text()

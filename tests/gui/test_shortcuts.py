"""Keys that can be changed."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QKeySequence
from pytestqt.qtbot import QtBot

from lens import Library
from lens_gui.shortcuts import KEYS, KeysTaken, Shortcuts
from lens_gui.window import Window


@pytest.fixture
def shortcuts(settings: QSettings, qapp: object) -> Shortcuts:
    return Shortcuts(settings)


def test_the_keys_that_lens_comes_with_do_one_thing_each(shortcuts: Shortcuts) -> None:
    assert {name: shortcuts.taken_by(name, shortcuts.keys(name)) for name in KEYS} == {name: [] for name in KEYS}


def test_changed_keys_are_kept_and_reset(shortcuts: Shortcuts, settings: QSettings) -> None:
    shortcuts.set_keys("like", QKeySequence("Ctrl+M"))
    assert Shortcuts(settings).keys("like") == QKeySequence("Ctrl+M")
    assert "Ctrl+M" in shortcuts.tip("like")
    shortcuts.set_keys("cut", QKeySequence())
    assert Shortcuts(settings).keys("cut").isEmpty()
    shortcuts.reset("like")
    assert not settings.contains("shortcuts/like")
    shortcuts.reset_all()
    assert not settings.contains("shortcuts/cut")


def test_keys_that_are_taken_on_the_same_screen_are_refused(shortcuts: Shortcuts) -> None:
    with pytest.raises(KeysTaken, match="Copy"):
        shortcuts.set_keys("like", QKeySequence("Ctrl+C"))
    with pytest.raises(KeysTaken, match="Search"):
        shortcuts.set_keys("like", QKeySequence("/"))  # works everywhere
    with pytest.raises(KeysTaken, match="Search"):
        shortcuts.set_keys("like", QKeySequence("/, X"))  # its beginning would be pressed first
    shortcuts.set_keys("like", QKeySequence("F"))  # fits a photo, on another screen
    assert shortcuts.keys("like") == QKeySequence("F")
    shortcuts.set_keys("seek", QKeySequence("Ctrl+F"))
    shortcuts.set_keys("larger", QKeySequence("/"))
    with pytest.raises(KeysTaken, match="Larger"):
        shortcuts.reset("seek")
    assert shortcuts.keys("seek") == QKeySequence("Ctrl+F")


def test_a_change_works_at_once(
    open_window: Callable[[Library], Window], indexed: Library, settings: QSettings, qtbot: QtBot
) -> None:
    window = open_window(indexed)
    qtbot.waitUntil(lambda: window.search.results.rowCount() == 4)
    window.search.grid.setFocus()
    window.search.choose(0)
    keys = window.findChild(Shortcuts)
    keys.set_keys("seek", QKeySequence("Ctrl+F"))
    keys.set_keys("view", QKeySequence("Ctrl+E"))
    qtbot.keyClick(window.search.grid, "/")
    assert not window.search.field.hasFocus()
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.search.field.hasFocus()
    window.search.grid.setFocus()
    qtbot.keyClick(window.search.grid, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert window.photo.isVisible()

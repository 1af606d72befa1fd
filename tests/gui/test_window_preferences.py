"""The preferences screen: every choice holds at once, and at the next start."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lens import Library, __version__
from lens_gui import theme
from lens_gui.clipboard import copy, let_go
from lens_gui.preferences.about import LicencesSheet
from lens_gui.window import Window
from tests.fakes import ColourEncoder

Open = Callable[[Library], Window]


def test_colours_are_worn_at_once_and_kept(
    open_window: Open, indexed: Library, qtbot: QtBot, settings: QSettings, qapp: QApplication
) -> None:
    window = open_window(indexed)
    window.show_preferences()
    lightness = {}
    for number, name in enumerate(("system", "light", "dark")):
        window.preferences.themes.button(number).click()
        assert theme.chosen(settings) == name
        lightness[name] = qapp.palette().color(QPalette.ColorRole.Window).lightness()
    assert lightness["dark"] + 150 < lightness["light"]
    settings.setValue(theme.KEY, "a theme of a newer version")
    assert theme.chosen(settings) == "system"


def test_the_size_of_photos_is_that_of_the_search(open_window: Open, indexed: Library, qtbot: QtBot) -> None:
    window = open_window(indexed)
    window.search.grid.set_tile(150)
    window.show_preferences()
    assert window.preferences.tile.value() == 150
    window.preferences.tile.setFocus()
    qtbot.keyClick(window.preferences.tile, Qt.Key.Key_End)
    assert window.search.grid.tile == window.preferences.tile.maximum()


def test_another_default_encoder_can_be_chosen(open_window: Open, indexed: Library, photos: Path, qtbot: QtBot) -> None:
    indexed.index([photos], [ColourEncoder("colour"), ColourEncoder("hue", "2")])
    window = open_window(indexed)
    window.show_preferences()
    chooser, menu = window.preferences.encoder, window.preferences.menu
    qtbot.waitUntil(lambda: len(menu.actions()) == 2, timeout=120_000)
    assert chooser.text() == "colour"
    assert chooser.isEnabled()
    with qtbot.waitSignal(window.preferences.changed, timeout=120_000):
        next(action for action in menu.actions() if action.text() == "hue").trigger()
    assert chooser.text() == "hue"
    assert [each.name for each in indexed.status().encoders if each.default] == ["hue"]
    assert window.toast.text == "Searches now use hue."


def test_keys_are_changed_conflicts_are_shown_and_all_can_be_reset(
    open_window: Open, indexed: Library, qtbot: QtBot, settings: QSettings
) -> None:
    window = open_window(indexed)
    window.show_preferences()
    section = window.preferences.keys
    names = section.rows.rows
    section.table.choose(names.index("to-library"))
    assert section.editor.keySequence() == QKeySequence("Ctrl+2")
    section.editor.setFocus()
    with qtbot.waitSignal(section.editor.editingFinished):
        QTest.keyClick(section.editor, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert "Ctrl+1 is taken: Photos found" in section.conflict.text
    assert section.conflict.isVisible()
    assert section.editor.keySequence() == QKeySequence("Ctrl+2")
    with qtbot.waitSignal(section.editor.editingFinished):
        QTest.keyClick(section.editor, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert not section.conflict.isVisible()
    assert settings.value("shortcuts/to-library") == "Ctrl+L"
    window.show_search()
    qtbot.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert window.library.isVisible()  # at once
    section.none.click()
    assert section.rows.data(section.rows.index(names.index("to-library"), 2)) == "–"
    section.reset.click()
    assert section.rows.data(section.rows.index(names.index("to-library"), 2)) == "Ctrl+2"
    section.reset_all.click()
    assert settings.value("shortcuts/to-library") is None


def test_about_has_versions_and_every_licence(open_window: Open, indexed: Library, qtbot: QtBot) -> None:
    window = open_window(indexed)
    window.show_preferences()
    told = window.preferences.about.told.text()
    assert __version__ in told
    assert indexed.uri in told
    window.preferences.about.licences.click()
    [sheet] = window.findChildren(LicencesSheet)
    names = {row.name.lower() for row in sheet.rows.rows}
    assert {"numpy", "pyside6_essentials"} <= names
    sheet.copy.click()
    text = QGuiApplication.clipboard().text()
    assert len(text.splitlines()) == len(sheet.rows.rows)
    sheet.close()


@pytest.mark.usefixtures("qapp")
def test_what_was_copied_is_let_go_and_nothing_else() -> None:
    copy("mine")
    assert QGuiApplication.clipboard().text() == "mine"
    let_go()
    assert QGuiApplication.clipboard().text() == ""
    QGuiApplication.clipboard().setText("another's")
    let_go()
    assert QGuiApplication.clipboard().text() == "another's"
    QGuiApplication.clipboard().clear()

"""The window for people who use no mouse, or a screen reader."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from lens import Library
from lens_gui.help import KeysSheet
from lens_gui.notice import Notice
from lens_gui.shortcuts import Shortcuts
from lens_gui.window import Window
from lens_indexes import Index, RegionState
from tests.labelled import photos_of, rows_for

Open = Callable[[Library], Window]
CONTROLS = QAbstractButton | QLineEdit | QAbstractSlider | QComboBox | QAbstractItemView


@pytest.fixture
def window(open_window: Open, indexed: Library, qtbot: QtBot) -> Window:
    opened = open_window(indexed)
    qtbot.waitUntil(lambda: opened.search.results.rowCount() == 4)
    return opened


def name_of(widget: QObject) -> str:
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


def is_ours(widget: QWidget) -> bool:
    within = [widget]
    while (parent := within[-1].parentWidget()) is not None:
        within.append(parent)
    inner = any(each.objectName().startswith("qt_") or isinstance(each, QHeaderView | QScrollBar) for each in within)
    # what a combo box or a line edit is made of
    parts = any(isinstance(each, QComboBox | QLineEdit) for each in within[1:])
    return not inner and not parts


def test_every_control_has_a_name(window: Window, qtbot: QtBot) -> None:
    window.search.field.setText("red format:png")
    qtbot.waitUntil(lambda: bool(window.search.chips.shown))
    window.open_photo(0)
    for screen in (
        window.library,
        window.models,
        window.label,
        window.teach,
        window.curate,
        window.compare,
        window.tune,
        window.preferences,
    ):
        assert screen.findChildren(QWidget)
    window.search.empty.nothing_indexed()
    sheet = KeysSheet(window.findChild(Shortcuts), window)
    controls = [each for each in window.findChildren(QWidget) if isinstance(each, CONTROLS) and is_ours(each)]
    assert len(controls) > 30
    quiet = {button for notice in window.findChildren(Notice) for button in (notice.yes, notice.no)}  # until it speaks
    nameless = [each for each in controls if not name_of(each) and not each.isHidden() and each not in quiet]
    assert [f"{type(each).__name__} in {type(each.parentWidget()).__name__}" for each in nameless] == []
    sheet.close()


@pytest.mark.parametrize("screen", ["search", "photo", "label"])
def test_tab_leads_to_every_control_and_back(window: Window, indexed: Library, qtbot: QtBot, screen: str) -> None:
    if screen == "search":
        window.search.field.setText("red format:png")
        qtbot.waitUntil(lambda: bool(window.search.chips.shown))
        window.search.field.setFocus()
    elif screen == "label":
        index = Index.open(indexed.uri)
        rows = rows_for(index, photos_of(index), state=RegionState.PROPOSED, box=(3.0, 4.0, 20.0, 20.0))
        index.regions.add(rows, {})
        window.show_label()
        qtbot.waitUntil(lambda: window.label.view is not None and window.label.view.total > 0, timeout=120_000)
    else:
        window.open_photo(0)
        qtbot.waitUntil(lambda: window.photo.is_whole)
    shown: QWidget = getattr(window, screen)
    wanted = {
        each
        for each in shown.findChildren(QWidget)
        if isinstance(each, CONTROLS)
        and is_ours(each)
        and each.isVisible()
        and each.isEnabled()
        and each.focusPolicy() != Qt.FocusPolicy.NoFocus
    }
    begin, reached = QApplication.focusWidget(), set()
    for _ in range(60):
        here = QApplication.focusWidget()
        assert here is not None
        reached.add(here)
        qtbot.keyClick(here, Qt.Key.Key_Tab)
        if QApplication.focusWidget() is begin:
            break
    assert {f"{type(each).__name__} {name_of(each)}" for each in wanted - reached} == set()
    assert not [each for each in wanted if each.focusPolicy() == Qt.FocusPolicy.ClickFocus]

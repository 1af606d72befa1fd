"""The label screen of a folder, as the tests of what is drawn there open it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lens import Library
from lens_gui.label.screen import LabelScreen
from lens_gui.window import Window
from tests.fakes import ColourEncoder


def opened(open_window: Callable[[Library], Window], library: Library, folder: Path, qtbot: QtBot) -> LabelScreen:
    """Index a folder, open a window, and turn to the label screen by its key."""
    library.index([folder], ColourEncoder())
    window = open_window(library)
    qtbot.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    return window.label

"""Windows are drawn off the screen; each test has settings of its own."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from lens import Library
from lens.models import loaded
from lens_gui import priority
from lens_gui.window import Window
from tests.fakes import ColourEncoder


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    """Kept in a file of the test."""
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture(autouse=True)
def never_stepping_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process of the window does to itself would stay with the process of the tests."""
    monkeypatch.setattr(priority, "step_back", lambda steps: None)


@pytest.fixture(autouse=True)
def colours_installed(encoder: ColourEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The encoder of colours can be loaded by its name, as a window does."""
    real = loaded.load

    def load(name: str, **how: Any) -> Any:
        return encoder if name == encoder.info.name else real(name, **how)

    monkeypatch.setattr(loaded, "load", load)


@pytest.fixture
def indexed(library: Library, photos: Path, encoder: ColourEncoder) -> Library:
    """A library of four photos of plain colours."""
    library.index([photos], encoder)
    return library


@pytest.fixture
def builtin(library: Library, photos: Path) -> Library:
    """The same, of the encoder that other processes have too."""
    library.index([photos])
    return library


@pytest.fixture
def open_window(qtbot: QtBot, settings: QSettings) -> Iterator[Callable[[Library], Window]]:
    """Opens windows, and closes them; none of their threads may be left."""
    opened: list[Window] = []

    def open_(library: Library) -> Window:
        window = Window(library, settings)
        qtbot.addWidget(window)
        with qtbot.waitExposed(window):
            window.show()
        opened.append(window)
        return window

    yield open_
    for window in opened:
        window.close()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("lens-window")]


def names(window: Window) -> list[str]:
    """The files of the photos that the search shows."""
    results = window.search.results
    return [results.photo(row).path.name for row in range(results.rowCount())]


@pytest.fixture
def window(open_window: Callable[[Library], Window], indexed: Library, qtbot: QtBot) -> Window:
    """A window that shows its four photos."""
    opened = open_window(indexed)
    qtbot.waitUntil(lambda: len(names(opened)) == 4)
    return opened

"""The window shows photos of an object store like any others."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lens import Library
from tests.fakes import ColourEncoder, painted
from tests.stores import put

pytest.importorskip("s3fs")


def test_photos_of_a_store_are_listed_shown_and_dragged(
    bucket, library: Library, encoder: ColourEncoder, open_window, qtbot: QtBot
):
    for name in ("red", "green", "trip/orange"):
        put(f"{bucket}/{name}.png", painted(name.rpartition("/")[2]))
    library.index([bucket], encoder)
    window = open_window(library)
    qtbot.waitUntil(lambda: window.search.results.rowCount() == 3)
    window.search.grid.setFocus()
    window.search.choose(0)
    qtbot.keyClick(window.search.grid, Qt.Key.Key_Return)
    qtbot.waitUntil(window.photo.isVisible)
    qtbot.waitUntil(lambda: window.photo.is_whole)
    assert str(window.photo.match.path).startswith(f"{bucket}/")
    results = window.search.results
    [url] = results.mimeData([results.index(0)]).urls()
    assert url.toString() == str(results.photo(0).path)

"""The window shows photos of an object store like any others."""

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from pytestqt.qtbot import QtBot

from lens import Library
from lens_gui.search.incoming import can_be_sought, example_of
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


def test_a_photo_of_a_store_that_was_copied_can_be_pasted() -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://elsewhere/a.jpg"), QUrl("s3://bucket/a b.jpg")])
    assert can_be_sought(data)
    example = example_of(data)
    assert example is not None
    assert example.path == "s3://bucket/a b.jpg"
    data.setUrls([QUrl("https://elsewhere/a.jpg")])
    assert not can_be_sought(data)

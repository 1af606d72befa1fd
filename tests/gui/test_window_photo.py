"""The photo screen, through the keys and the mouse."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from lens import Library
from lens_gui.photo.screen import MOST_WHOLE
from lens_gui.window import Window
from tests.fakes import ColourEncoder, paint

Open = Callable[[Library], Window]


@pytest.fixture
def window(open_window: Open, indexed: Library, qtbot: QtBot) -> Window:
    opened = open_window(indexed)
    qtbot.waitUntil(lambda: opened.search.results.rowCount() == 4)
    return opened


def opened(window: Window, qtbot: QtBot, row: int = 0) -> None:
    window.search.grid.setFocus()
    window.search.choose(row)
    qtbot.keyClick(window.search.grid, Qt.Key.Key_Return)
    qtbot.waitUntil(window.photo.isVisible)
    qtbot.waitUntil(lambda: window.photo.is_whole)


def facts(window: Window) -> str:
    return "\n".join(label.text() for label in window.photo.facts.widget().findChildren(QLabel))


def test_arrows_lead_through_the_photos_and_escape_back(window: Window, qtbot: QtBot) -> None:
    opened(window, qtbot)
    qtbot.keyClick(window.photo, Qt.Key.Key_Right)
    qtbot.keyClick(window.photo, Qt.Key.Key_Right)
    assert window.photo.row == 2
    qtbot.waitUntil(lambda: window.photo.match.path.name in facts(window), timeout=120_000)
    assert "32 × 24" in facts(window)
    qtbot.keyClick(window.photo, Qt.Key.Key_Left)
    qtbot.keyClick(window.photo, Qt.Key.Key_Escape)
    assert window.search.isVisible()
    assert window.search.grid.currentIndex().row() == 1


def test_the_first_and_last_are_the_ends(window: Window, qtbot: QtBot) -> None:
    opened(window, qtbot, 3)
    qtbot.keyClick(window.photo, Qt.Key.Key_Right)
    assert window.photo.row == 3


def with_halves(library: Library, encoder: ColourEncoder, place: Path, size: tuple[int, int]) -> Library:
    """A library of a red photo, a blue one, and one that is red on the left and blue on the right."""
    width, height = size
    halves = Image.new("RGB", size, "red")
    halves.paste("blue", (width // 2, 0, width, height))
    paint(place / "halves" / "blue.png", "blue")
    paint(place / "halves" / "red.png", "red")
    halves.save(place / "halves" / "halves.png")
    library.index([place / "halves"], encoder)
    return library


def test_a_rectangle_searches_for_what_is_in_it(
    open_window: Open, library: Library, encoder: ColourEncoder, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_window(with_halves(library, encoder, tmp_path, (400, 200)))
    qtbot.waitUntil(lambda: window.search.results.rowCount() == 3)
    row = next(row for row in range(3) if window.search.results.photo(row).path.name == "halves.png")
    opened(window, qtbot, row)
    cuts: list[QRect] = []
    canvas = window.photo.canvas
    canvas.cut.connect(cuts.append)
    qtbot.keyClick(window.photo, "c")
    begin, end = (canvas.mapFromScene(QPoint(x, y)) for x, y in ((220, 20), (380, 180)))
    qtbot.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=begin)
    qtbot.mouseMove(canvas.viewport(), end)
    qtbot.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=end)
    qtbot.waitUntil(window.search.isVisible)
    [cut] = cuts
    assert abs(cut.left() - 220) <= 2 and abs(cut.right() - 380) <= 2 and abs(cut.top() - 20) <= 2
    qtbot.waitUntil(lambda: "found" in window.search.told.text())
    assert window.search.results.photo(0).path.name == "blue.png"


def test_zoom_fits_shows_pixels_and_keeps_its_bounds(window: Window, qtbot: QtBot) -> None:
    opened(window, qtbot)
    canvas = window.photo.canvas
    assert canvas.scale_now == pytest.approx(1)  # a small photo is not blown up
    for _ in range(30):
        qtbot.keyClick(window.photo, "+")
    assert canvas.scale_now == pytest.approx(16)
    qtbot.keyClick(window.photo, "1")
    assert canvas.scale_now == pytest.approx(1)


def test_a_turned_photo_stands_upright(
    open_window: Open, library: Library, encoder: ColourEncoder, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "turned"
    folder.mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (60, 30), "teal").save(folder / "phone.jpg", exif=exif)
    library.index([folder], encoder)
    window = open_window(library)
    qtbot.waitUntil(lambda: window.search.results.rowCount() == 1)
    opened(window, qtbot)
    size = window.photo.canvas.sceneRect()
    assert (size.width(), size.height()) == (30, 60)


def test_neighbours_are_read_ahead_and_no_more_are_kept(window: Window, qtbot: QtBot) -> None:
    opened(window, qtbot, 1)
    kept = window.photo._whole
    around = [window.search.results.photo(row).content_hash for row in (0, 1, 2)]
    qtbot.waitUntil(lambda: set(kept) == set(around))
    qtbot.keyClick(window.photo, Qt.Key.Key_Right)
    assert window.photo.is_whole  # at once
    last = window.search.results.photo(3).content_hash
    qtbot.waitUntil(lambda: last in kept)
    assert len(kept) <= MOST_WHOLE


def test_a_photo_is_moved_by_keys_and_the_part_in_sight_sought(
    open_window: Open, library: Library, encoder: ColourEncoder, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_window(with_halves(library, encoder, tmp_path, (4000, 400)))
    qtbot.waitUntil(lambda: window.search.results.rowCount() == 3)
    row = next(row for row in range(3) if window.search.results.photo(row).path.name == "halves.png")
    opened(window, qtbot, row)
    canvas = window.photo.canvas
    qtbot.keyClick(window.photo, "1")
    before = canvas.in_sight()
    qtbot.keyClick(window.photo, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert abs(before.center().x() - 2000) <= 4  # zoomed at the middle
    assert canvas.in_sight().left() < before.left() and window.photo.row == row
    for _ in range(30):
        qtbot.keyClick(window.photo, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert canvas.in_sight().right() == 3999 and canvas.in_sight().left() > 2000
    qtbot.keyClick(window.photo, "c", Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: window.search.isVisible() and "found" in window.search.told.text())
    assert window.search.results.photo(0).path.name == "blue.png"


def test_the_strip_shows_the_photo_between_its_neighbours_and_leads_to_them(window: Window, qtbot: QtBot) -> None:
    opened(window, qtbot, 1)
    strip = window.photo.strip
    rows = dict(strip.places())
    assert list(rows) == [0, 1, 2, 3]
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=rows[3].center())
    assert window.photo.row == 3
    window.resize(400, 600)
    few = [row for row, _ in strip.places()]
    assert 0 < len(few) <= 4 and 3 in few


def test_a_photo_that_vanished_is_said_and_the_window_lives(window: Window, qtbot: QtBot, photos: Path) -> None:
    row = next(row for row in range(4) if window.search.results.photo(row).path.name == "red.png")
    window.search.results.photo(row).path.unlink()
    window.open_photo(row)
    qtbot.waitUntil(lambda: "vanished" in window.photo.told)
    qtbot.keyClick(window.photo, Qt.Key.Key_Escape)
    assert window.search.isVisible()

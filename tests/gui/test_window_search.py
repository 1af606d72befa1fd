"""The search screen, through the keys and the mouse."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QAbstractItemModel, QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from lens import Library
from lens.search.match import Band, Match
from lens_gui.search.results import Role, answer_of
from lens_gui.window import Window
from tests.fakes import paint
from tests.gui.conftest import names

Open = Callable[[Library], Window]


def test_all_photos_are_there_before_anything_is_sought(window: Window) -> None:
    assert sorted(names(window)) == ["blue.png", "green.jpg", "orange.png", "red.png"]
    assert window.search.told.text() == "4 photos, newest first"
    assert not [section.heading for section in window.search.results.sections if section.heading]


def test_results_come_as_one_types(window: Window, qtbot: QtBot) -> None:
    qtbot.keyClick(window, "/")
    assert window.search.field.hasFocus()
    qtbot.keyClicks(window.search.field, "green")
    qtbot.waitUntil(lambda: names(window)[0] == "green.jpg")
    qtbot.keyClick(window.search.field, Qt.Key.Key_Return)
    assert window.search.grid.hasFocus()
    qtbot.keyClick(window, "/")
    qtbot.keyClick(window.search.field, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: "newest" in window.search.told.text())


def test_what_cannot_be_understood_is_said_and_the_photos_stay(window: Window, qtbot: QtBot) -> None:
    window.search.field.setText("colour:blue (")
    qtbot.waitUntil(lambda: "newest" not in window.search.told.text())
    assert "\n" not in window.search.told.text() and "Traceback" not in window.search.told.text()
    assert len(names(window)) == 4


def test_a_query_without_an_answer_says_what_to_do(window: Window, qtbot: QtBot) -> None:
    window.search.field.setText("date:1999")
    qtbot.waitUntil(window.search.empty.isVisible)
    assert "date:1999" in window.search.empty.text
    assert not window.search.empty.other.isVisible()


def test_a_window_without_an_index_offers_to_make_one(open_window: Open, library: Library, qtbot: QtBot) -> None:
    window = open_window(library)
    qtbot.waitUntil(window.search.empty.isVisible)
    assert window.search.empty.other.isVisible()


def test_photos_are_chosen_by_keys_marquee_and_all_at_once(window: Window, qtbot: QtBot) -> None:
    grid = window.search.grid
    grid.setFocus()
    window.search.choose(0)
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    assert grid.currentIndex().row() == 1
    qtbot.keyClick(grid, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(grid.selectionModel().selectedIndexes()) == 4
    first, second = (grid.visualRect(window.search.results.index(row)) for row in (0, 1))
    below = QPoint(second.center().x(), second.bottom() + 60)
    qtbot.mousePress(grid.viewport(), Qt.MouseButton.LeftButton, pos=below)
    qtbot.mouseMove(grid.viewport(), first.center())
    qtbot.mouseRelease(grid.viewport(), Qt.MouseButton.LeftButton, pos=first.center())
    assert sorted(index.row() for index in grid.selectionModel().selectedIndexes()) == [0, 1]


def test_chosen_photos_are_copied_as_files(window: Window, qtbot: QtBot) -> None:
    window.search.grid.setFocus()
    window.search.choose(2)
    qtbot.keyClick(window.search.grid, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    held = QGuiApplication.clipboard().mimeData()
    assert [url.toLocalFile() for url in held.urls()] == [str(window.search.results.photo(2).path)]


def test_more_like_this_and_a_dropped_photo_search_by_example(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    row = names(window).index("blue.png")
    window.search.grid.setFocus()
    window.search.choose(row)
    qtbot.keyClick(window.search.grid, "m")
    qtbot.waitUntil(lambda: "found" in window.search.told.text())
    assert names(window)[0] == "blue.png"
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(paint(tmp_path / "a new red.png", "red")))])
    no = Qt.KeyboardModifier.NoModifier
    drop = QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, no)
    window.search.dropEvent(drop)
    qtbot.waitUntil(lambda: names(window)[0] == "red.png")


def test_tiles_grow_and_shrink_and_the_size_is_kept(
    window: Window, qtbot: QtBot, settings: QSettings, open_window: Open, indexed: Library
) -> None:
    before = window.search.grid.tile
    window.search.grid.setFocus()
    qtbot.keyClick(window.search.grid, "+")
    assert window.search.grid.tile > before
    window.search.field.setText("red")
    window.close()
    again = open_window(indexed)
    assert again.search.grid.tile == before + 16
    assert again.search.field.text() == "red"


def test_the_model_keeps_qts_rules_while_answers_come(window: Window, qtbot: QtBot) -> None:
    mode = QAbstractItemModelTester.FailureReportingMode.Fatal
    tester = QAbstractItemModelTester(window.search.results, mode)
    window.search.field.setText("red")
    qtbot.waitUntil(lambda: names(window)[0] == "red.png")
    qtbot.waitUntil(lambda: window.search.results.index(0).data(Role.PICTURE) is not None)
    assert isinstance(tester.model(), QAbstractItemModel)


def test_bands_become_headings(window: Window, photos: Path) -> None:
    bands = (Band.CONFIDENT, Band.LIKELY, Band.LIKELY, Band.REST)
    found = [
        Match(rank, photos / "red.png", 0.3, str(rank), "ab" * 16, band, 1 / rank)
        for rank, band in enumerate(bands, start=1)
    ]
    window.search.results.show(answer_of("red", found))
    sections = window.search.results.sections
    assert [(each.heading, each.count) for each in sections] == [("Confident", 1), ("Likely", 2), ("The rest", 1)]
    assert window.search.results.index(1).data(Role.NUMBER) == "50%"
    assert answer_of("red", found).told == "3 found"
    assert answer_of("red", found[-1:]).told == "Nothing close. These are the nearest."


def test_filters_are_completed(window: Window, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.search.names.answered, timeout=120_000):
        window.search.names.ask()
    field = window.search.field
    field.setFocus()
    qtbot.keyClicks(field, "red form")
    qtbot.waitUntil(lambda: field.offered == ["format:", "format:jpeg", "format:png"])
    qtbot.keyClicks(field, "at:p")
    qtbot.waitUntil(lambda: field.offered == ["format:png"])
    qtbot.keyClick(field, Qt.Key.Key_Tab)
    assert field.text() == "red format:png "
    qtbot.waitUntil(lambda: len(names(window)) == 3)
    assert names(window)[0] == "red.png"
    qtbot.keyClicks(field, "folder:t")
    qtbot.waitUntil(lambda: field.offered == ["folder:trip"])
    qtbot.keyClick(field, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: names(window) == ["orange.png"])

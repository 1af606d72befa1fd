"""Two sources of labels compared in the window: the matrix, its cells, and what is shown and labelled of them."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from lens import Library
from lens_gui.compare.judge import Judge
from lens_gui.compare.judged import Judged
from lens_gui.compare.matrix import Matrix, MatrixView
from lens_gui.compare.screen import CompareScreen
from lens_gui.window import Window
from lens_indexes import Index, RegionRow, RegionState
from tests.labelled import photos_of, rows_for

WAIT = 120_000  # milliseconds: a process starts, on a machine that may be busy
CONTROL = Qt.KeyboardModifier.ControlModifier
Open = Callable[[Library], Window]


def regions(index: Index, source: str, categories: dict[str, str]) -> list[RegionRow]:
    """One region in each of these photos, by name, always at one place."""
    rows = rows_for(index, photos_of(index), source, state=RegionState.ACCEPTED, box=(3.0, 4.0, 20.0, 20.0), mask=None)
    names = {id_: photo["path"].rpartition("/")[2] for id_, photo in photos_of(index).items()}
    found = {}
    for row in rows:
        name = names[row.photo]
        if name in categories and name not in found:
            found[name] = RegionRow(**{**vars(row), "category": categories[name]})
    return list(found.values())


@pytest.fixture
def disputed(indexed: Library) -> Library:
    """Two sources that agree on one photo, and disagree on one; a third says nothing of one of them."""
    index = Index.open(indexed.uri)
    index.regions.add(regions(index, "model", {"green.jpg": "dog", "red.png": "cat"}), {})
    index.regions.add(regions(index, "me", {"green.jpg": "dog", "red.png": "dog"}), {})
    far = [
        RegionRow(**{**vars(row), "box": (24.0, 16.0, 31.0, 23.0)})
        for row in regions(index, "far", {"green.jpg": "dog"})
    ]
    index.regions.add(far, {})
    return indexed


def settled(screen: CompareScreen, qtbot: QtBot) -> None:
    def there() -> None:
        assert screen.judged is not None and not screen.awaits, screen.blank.text

    qtbot.waitUntil(there, timeout=WAIT)


def names(screen: CompareScreen) -> list[str]:
    return [screen.pieces.piece(row).path.name for row in range(screen.pieces.rowCount())]


def test_cells_lead_to_photos_and_these_to_the_search_and_to_labelling(
    open_window: Open, disputed: Library, qtbot: QtBot
) -> None:
    window = open_window(disputed)
    qtbot.keyClick(window, Qt.Key.Key_7, CONTROL)
    screen = window.compare
    settled(screen, qtbot)
    assert [screen.found.itemText(at) for at in range(3)] == ["far", "me", "model"]
    screen.found.setCurrentText("model")
    screen.truth.setCurrentText("me")
    screen.judge()
    qtbot.waitUntil(lambda: screen.judged is not None and screen.judged.found == "model", timeout=WAIT)
    settled(screen, qtbot)
    assert screen.told.text().startswith("2 photos that both have looked at. 1 of 2 found (50%)")
    assert screen.matrix.name(0) == "dog" and names(screen) == ["red.png"]  # the cell with most that is wrong
    assert screen.about.text().startswith("dog, found as cat: 1 photo.")
    cells = screen.cells
    place = cells.visualRect(screen.matrix.index(0, 0)).center()
    qtbot.mouseClick(cells.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: names(screen) == ["green.jpg"], timeout=WAIT)
    qtbot.keyClick(cells, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: names(screen) == ["red.png"], timeout=WAIT)
    settled(screen, qtbot)
    qtbot.keyClick(cells, Qt.Key.Key_M)
    qtbot.waitUntil(lambda: screen.about.text().startswith("Missed: 0 photos"), timeout=WAIT)
    assert 'missed:"model vs me"' in screen.about.text() and not screen.buttons["show-differing"].isEnabled()
    qtbot.keyClick(cells, Qt.Key.Key_C)
    qtbot.waitUntil(lambda: names(screen) == ["red.png"], timeout=WAIT)
    qtbot.keyClick(cells, Qt.Key.Key_O)
    qtbot.waitUntil(lambda: window.search.isVisible() and window.search.results.rowCount() == 1, timeout=WAIT)
    assert window.search.results.photo(0).path.name == "red.png"
    assert window.search.field.text() == 'confused:"model vs me"'  # which can be edited
    qtbot.keyClick(window, Qt.Key.Key_7, CONTROL)
    qtbot.waitUntil(lambda: screen.isVisible() and not screen.awaits and names(screen) == ["red.png"], timeout=WAIT)
    qtbot.keyClick(cells, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: screen.judged is not None and screen.judged.found == "me", timeout=WAIT)
    settled(screen, qtbot)
    qtbot.keyClick(cells, Qt.Key.Key_L)
    qtbot.waitUntil(window.label.isVisible, timeout=WAIT)
    qtbot.waitUntil(lambda: window.label.view is not None and window.label.view.total == 1, timeout=WAIT)


def test_without_two_sources_it_says_what_to_do(open_window: Open, indexed: Library, qtbot: QtBot) -> None:
    window = open_window(indexed)
    qtbot.keyClick(window, Qt.Key.Key_7, CONTROL)
    screen = window.compare
    qtbot.waitUntil(lambda: "Two sources are needed" in screen.blank.text, timeout=WAIT)
    assert not screen.awaits and not screen.buttons["all-missed"].isEnabled()
    assert screen.found.count() == 0


def test_the_desk_tells_of_every_way_in_which_sources_differ(disputed: Library) -> None:
    judge = Judge(disputed)
    assert judge.differing("missed").ids == ()  # nothing is compared yet
    judged = judge.judge("far", "me")
    assert judged.names == ("dog",) and judged.counts == ((0, 1), (1, 0))
    missed, spurious = judge.differing("", "dog", None), judge.differing("", None, "dog")
    assert [piece.path.name for piece in missed.pieces] == ["green.jpg"]
    assert missed.heading == 'missed:"far vs me: dog"' and spurious.heading == 'spurious:"far vs me: dog"'
    for part in (missed, spurious, judge.differing("missed")):
        assert [match.id for match in disputed.browse(part.heading)] == list(part.ids)  # the query says the same
    judge.judge("model", "me")
    assert judge.differing("confused").ids == judge.differing("", "dog", "cat").ids


def test_cells_say_what_they_hold_and_are_coloured_by_their_share(qtbot: QtBot) -> None:
    matrix = Matrix()
    matrix.show(Judged("a", "b", "", ("dog", "cat"), ("", ""), ((3, 0, 1), (0, 2, 0), (5, 0, 0))))
    view = MatrixView(matrix)
    qtbot.addWidget(view)
    told = [[matrix.index(row, column).data() for column in range(3)] for row in range(3)]
    assert told == [["3", "", "1"], ["", "2", ""], ["5", "", ""]]
    assert matrix.index(0, 2).data(Qt.ItemDataRole.ToolTipRole) == "1 × dog, found as nothing"
    assert matrix.headerData(2, Qt.Orientation.Vertical) == "Spurious"
    assert matrix.headerData(2, Qt.Orientation.Horizontal) == "Missed"
    view.resize(500, 300)
    image = view.grab().toImage()

    def green(row: int, column: int) -> int:
        colour = image.pixelColor(
            view.visualRect(matrix.index(row, column)).topLeft() + view.viewport().pos() + QPoint(4, 4)
        )
        return colour.green() - colour.red()

    assert green(1, 1) > green(0, 0) > 0 > green(0, 2) and green(0, 1) == green(2, 2)

"""Putting a collection in order by the keys: duplicates moved aside and back, and photos shown and labelled."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from lens import Library
from lens_gui.curate.beside import differences
from lens_gui.curate.finding import find
from lens_gui.curate.found import Found, Part, Piece, found_in, keep
from lens_gui.curate.pieces import Pieces
from lens_gui.curate.screen import CurateScreen
from lens_gui.pictures import Pictures
from lens_gui.search.results import Role
from lens_gui.tasks import Tasks
from lens_gui.window import Window
from tests.fakes import ColourEncoder

WAIT = 120_000  # milliseconds: a process starts, on a machine that may be busy
LEFT = Qt.MouseButton.LeftButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier

Open = Callable[[Library], Window]


@pytest.fixture
def twice(library: Library, samples: Path, tmp_path: Path, encoder: ColourEncoder) -> Library:
    """An index of five photos: one of them is there three times over, once smaller."""
    folder = tmp_path / "photos"
    folder.mkdir()
    first, *others = sorted(samples.rglob("*.jpg"))[:3]
    shutil.copy(first, folder / "large.jpg")
    shutil.copy(first, folder / "large again.jpg")
    with Image.open(first) as photo:
        photo.resize((photo.width // 3, photo.height // 3)).save(folder / "small.jpg")
    for other in others:
        shutil.copy(other, folder)
    library.index([folder], encoder)
    return library


def curate(window: Window, qtbot: QtBot, kind: str = "") -> CurateScreen:
    """Go to the screen by its key, and to a tab of it by the mouse."""
    qtbot.keyClick(window, Qt.Key.Key_6, CONTROL)
    screen = window.curate
    if kind:
        qtbot.mouseClick(screen.choices.tabs[kind], LEFT)
    settled(screen, qtbot)
    return screen


def settled(screen: CurateScreen, qtbot: QtBot) -> None:
    def there() -> None:
        assert not screen.awaits, f"still looking: {screen.strip.title.text()} {screen.strip.rate.text()}"

    qtbot.waitUntil(there, timeout=WAIT)


def choose(screen: CurateScreen, name: str) -> None:
    rows = [row for row in range(screen.pieces.rowCount()) if screen.pieces.piece(row).path.name == name]
    index = screen.pieces.index(rows[0])
    screen.grid.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)


def marks(screen: CurateScreen) -> dict[str, bool | None]:
    rows = range(screen.pieces.rowCount())
    return {screen.pieces.piece(row).path.name: screen.pieces.index(row).data(Role.SAID) for row in rows}


def test_duplicates_are_compared_marked_moved_after_a_preview_and_moved_back(
    open_window: Open, twice: Library, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(twice)
    screen = curate(window, qtbot)
    assert screen.told.text().startswith("2 photos in 1 group could go")
    [best] = [name for name, kept in marks(screen).items() if kept]
    assert best != "small.jpg" and list(marks(screen).values()).count(False) == 2
    choose(screen, "small.jpg")
    assert screen.beside.rows.rows[0].name == "Pixels"
    assert "format" in screen.beside.same.text()
    qtbot.waitUntil(lambda: not screen.beside.pictures[1].image.isNull(), timeout=WAIT)
    qtbot.keyClick(screen.grid, Qt.Key.Key_X)
    assert marks(screen)["small.jpg"] is None
    qtbot.keyClick(screen.grid, Qt.Key.Key_X)
    assert marks(screen)["small.jpg"] is False
    qtbot.keyClick(screen.grid, Qt.Key.Key_B)
    assert marks(screen) == {
        best: False,
        "small.jpg": True,
        "large again.jpg" if best == "large.jpg" else "large.jpg": False,
    }
    choose(screen, best)
    qtbot.keyClick(screen.grid, Qt.Key.Key_B)
    choose(screen, "large again.jpg" if best == "large.jpg" else "large.jpg")
    qtbot.keyClick(screen.grid, Qt.Key.Key_X)  # this one stays
    photos, aside = tmp_path / "photos", tmp_path / "aside"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(aside))
    qtbot.keyClick(screen.grid, Qt.Key.Key_M, CONTROL)
    qtbot.waitUntil(lambda: screen.moving.sheet is not None, timeout=WAIT)
    assert screen.moving.sheet is not None
    assert [line.path.name for line in screen.moving.sheet.rows.rows] == ["small.jpg"]
    assert (photos / "small.jpg").exists()  # looked at, and nothing done
    qtbot.mouseClick(screen.moving.sheet.go, LEFT)
    qtbot.waitUntil(lambda: window.toast.text.startswith("1 photo moved"), timeout=WAIT)
    assert not (photos / "small.jpg").exists() and len(list(aside.rglob("small.jpg"))) == 1
    qtbot.waitUntil(lambda: window.search.results.rowCount() == 4, timeout=WAIT)
    settled(screen, qtbot)
    assert "small.jpg" not in marks(screen)
    window.activateWindow()  # as a window manager does when a sheet closes
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT)
    qtbot.keyClick(screen.grid, Qt.Key.Key_M, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: window.toast.text == "1 photo moved back.", timeout=WAIT)
    assert (photos / "small.jpg").exists()
    qtbot.waitUntil(lambda: window.search.results.rowCount() == 5, timeout=WAIT)
    settled(screen, qtbot)
    assert "small.jpg" in marks(screen)


def test_what_is_found_is_shown_in_the_search_and_labelled(open_window: Open, twice: Library, qtbot: QtBot) -> None:
    window = open_window(twice)
    screen = curate(window, qtbot, "pick")
    screen.choices.count.setValue(3)
    settled(screen, qtbot)
    picked = [screen.pieces.piece(row).id for row in range(3)]
    assert screen.pieces.rowCount() == 3 and "by chance" in screen.told.text()
    qtbot.keyClick(screen.grid, Qt.Key.Key_O)  # one is chosen: all of its part
    qtbot.waitUntil(lambda: window.search.isVisible() and window.search.results.rowCount() == 3, timeout=WAIT)
    assert window.search.field.text() == "album:gathered"
    assert {window.search.results.photo(row).id for row in range(3)} == set(picked)
    qtbot.keyClick(window, Qt.Key.Key_6, CONTROL)
    choices = QItemSelectionModel.SelectionFlag.Select
    for row in range(2):
        screen.grid.selectionModel().select(screen.pieces.index(row), choices)
    qtbot.keyClick(screen.grid, Qt.Key.Key_L)
    qtbot.waitUntil(window.label.isVisible, timeout=WAIT)
    qtbot.waitUntil(lambda: window.label.view is not None and window.label.view.total == 2, timeout=WAIT)


def test_every_kind_is_found_in_words_and_parts(twice: Library) -> None:
    counts = {"quality": {}, "unusual": {}, "pick": {"count": "4", "way": "typical", "balance": "folder"}}
    for kind, how in (counts | {"clusters": {"count": "2"}}).items():
        found = found_in(find(twice.uri, kind, how, lambda _: None))
        assert found and found.told, kind
        if kind != "quality":
            assert sum(len(part.ids) for part in found.parts) == (4 if kind == "pick" else 5)
            assert all(piece.number for part in found.parts for piece in part.pieces)


def test_what_was_found_is_kept_until_the_index_changes(twice: Library) -> None:
    def look(kind: str, **how: str) -> tuple[Path, int]:
        file = find(twice.uri, kind, how, lambda _: None)
        return file, file.stat().st_mtime_ns

    first = look("clusters", count="2")
    assert look("clusters", count="2") == first
    other = look("clusters", count="3")
    assert other != first and other[0] == first[0]  # one file for each kind
    duplicates = look("duplicates")
    twice.forget([twice.photos()[0]])
    assert look("duplicates") != duplicates


def test_finding_can_be_cancelled_and_begun_again(open_window: Open, twice: Library, qtbot: QtBot) -> None:
    window = open_window(twice)
    qtbot.keyClick(window, Qt.Key.Key_6, CONTROL)
    screen = window.curate
    assert screen.awaits and screen.strip.stop.text() == "Cancel"
    qtbot.mouseClick(screen.strip.stop, LEFT)
    qtbot.waitUntil(lambda: not screen.strip.resume.isHidden(), timeout=WAIT)
    assert not screen.awaits and not screen.pieces.rowCount()
    qtbot.mouseClick(screen.strip.resume, LEFT)
    settled(screen, qtbot)
    assert screen.pieces.rowCount() == 3


def test_an_index_that_is_not_there_is_told(open_window: Open, library: Library, qtbot: QtBot) -> None:
    screen = curate(open_window(library), qtbot)
    assert screen.blank.isVisible() and "Nothing could be found" in screen.blank.text
    assert "lens index" in screen.blank.text


def piece(name: str, **facts: str) -> Piece:
    return Piece(name, Path(f"/{name}"), name, facts=facts)


def test_marks_of_a_group_keep_exactly_one_photo(qtbot: QtBot) -> None:
    groups = [Part(str(at), (), tuple(piece(f"{at}{name}") for name in "abc")) for at in range(2)]
    tasks = Tasks(1)
    pieces = Pieces(Pictures(tasks), lambda _: False)
    pieces.hold(Found("", tuple(groups)), marked=True)
    assert pieces.chosen() == {"0a": ["0b", "0c"], "1a": ["1b", "1c"]}
    pieces.turn([0, 1])  # what is kept stays
    assert pieces.chosen() == {"0a": ["0c"], "1a": ["1b", "1c"]}
    pieces.keep(5)
    assert pieces.chosen() == {"0a": ["0c"], "1c": ["1a", "1b"]}
    pieces.turn([1, 2])  # of several of which one stays, all go
    assert pieces.chosen()["0a"] == ["0b", "0c"]
    tasks.close()


def test_only_what_differs_is_compared() -> None:
    differ, same = differences(piece("a", Pixels="2", Format="JPG"), piece("b", Pixels="3", Format="JPG"))
    assert [(each.name, each.best, each.other) for each in differ] == [("Pixels", "2", "3")] and same == ["Format"]


def test_what_is_kept_is_read_as_it_was_written_and_only_for_what_it_is_about(tmp_path: Path) -> None:
    file, found = tmp_path / "kept.json", Found("two", (Part("one", ("a",), (piece("a", Pixels="2"),)),))
    keep(found, file, {"version": "1"})
    assert found_in(file) == found_in(file, {"version": "1"}) == found
    assert found_in(file, {"version": "2"}) is None
    file.write_text("{")
    assert found_in(file) is None

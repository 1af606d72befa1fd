"""Filters, orders, flags and albums of the search screen, through the keys and the mouse."""

from collections.abc import Callable

from PySide6.QtCore import QMimeData, QSettings, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QInputDialog, QSplitter
from pytestqt.qtbot import QtBot

from lens import Library
from lens.search.sorting import Order
from lens_gui.search.incoming import MOST_PASTED, example_of
from lens_gui.search.names import FLAGGED
from lens_gui.search.results import Role
from lens_gui.window import Window
from tests.gui.conftest import names

Open = Callable[[Library], Window]


def chosen(window: Window, *rows: int) -> None:
    window.search.grid.setFocus()
    window.search.choose(rows[0])
    for row in rows[1:]:
        index = window.search.results.index(row)
        window.search.grid.selectionModel().select(index, window.search.grid.selectionModel().SelectionFlag.Select)


def album(library: Library, name: str, qtbot: QtBot, count: int) -> None:
    qtbot.waitUntil(lambda: len(library.albums.ids(name)) == count, timeout=120_000)


def test_filters_are_chips_that_a_key_or_a_click_takes_out(window: Window, qtbot: QtBot) -> None:
    search = window.search
    search.field.setText("red format:png -folder:trip")
    qtbot.waitUntil(lambda: [chip.text() for chip in search.chips.shown] == ["format:png", "-folder:trip"])
    assert sorted(names(window)) == ["blue.png", "red.png"]
    qtbot.mouseClick(search.chips.shown[1], Qt.MouseButton.LeftButton)
    assert search.field.text() == "red format:png"
    qtbot.waitUntil(lambda: len(names(window)) == 3 and len(search.chips.shown) == 1)
    search.chips.shown[0].setFocus()
    qtbot.keyClick(search.chips.shown[0], Qt.Key.Key_Delete)
    assert search.field.text() == "red" and search.field.hasFocus()
    qtbot.waitUntil(lambda: not search.chips.shown)


def test_a_filter_is_begun_from_the_menu_and_its_values_are_offered(window: Window, qtbot: QtBot) -> None:
    search = window.search
    with qtbot.waitSignal(search.names.answered, timeout=120_000):
        search.names.ask()
    search.field.setText("red")
    folder = next(action for action in search.chips.menu.actions() if action.text() == "Folder")
    folder.trigger()
    assert search.field.text() == "red folder:" and search.field.hasFocus()
    assert "folder:trip" in search.field.offered


def test_the_order_is_chosen_and_its_number_shown(window: Window, qtbot: QtBot) -> None:
    search = window.search
    action = next(each for each in search.sort.menu().actions() if each.data() == Order.PIXELS.value)
    action.trigger()
    qtbot.waitUntil(lambda: "most pixels" in search.told.text())
    assert search.results.index(0).data(Role.NUMBER) == "0.0 MP"
    search.field.setText("red")
    qtbot.waitUntil(lambda: "found, most pixels first" in search.told.text())
    assert not [section.heading for section in search.results.sections if section.heading]


def test_space_flags_photos_and_undo_takes_it_back(window: Window, qtbot: QtBot, indexed: Library) -> None:
    grid = window.search.grid
    chosen(window, 0, 2)
    qtbot.keyClick(grid, Qt.Key.Key_Space)
    flags = [window.search.results.index(row).data(Role.FLAGGED) for row in range(4)]
    assert flags == [True, False, True, False]  # at once
    album(indexed, FLAGGED, qtbot, 2)
    chosen(window, 2)
    qtbot.keyClick(grid, Qt.Key.Key_Space)
    album(indexed, FLAGGED, qtbot, 1)
    qtbot.waitUntil(lambda: not window.search.keeping.is_flagged(window.search.results.photo(2).id))
    with qtbot.waitSignal(window.search.said, timeout=120_000):
        qtbot.keyClick(grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    album(indexed, FLAGGED, qtbot, 2)
    with qtbot.waitSignal(window.search.said, timeout=120_000):
        qtbot.keyClick(grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    album(indexed, FLAGGED, qtbot, 0)
    assert not window.search.results.index(0).data(Role.FLAGGED)


def test_a_flag_that_cannot_be_kept_is_taken_back_and_told(window: Window, qtbot: QtBot, indexed: Library) -> None:
    chosen(window, 1)
    other = Library.open(indexed.uri)
    with other._index().writing(), qtbot.waitSignal(window.search.said, timeout=120_000):
        qtbot.keyClick(window.search.grid, Qt.Key.Key_Space)
        assert window.search.results.index(1).data(Role.FLAGGED)
    assert not window.search.results.index(1).data(Role.FLAGGED)


def test_flags_are_there_again_and_what_was_asked_for_last_is_finished(
    window: Window, open_window: Open, indexed: Library, qtbot: QtBot
) -> None:
    chosen(window, 1)
    photo = window.search.results.photo(1).id
    qtbot.keyClick(window.search.grid, Qt.Key.Key_Space)
    window.close()  # before it can be done
    assert indexed.albums.ids(FLAGGED) == [photo]
    again = open_window(indexed)
    qtbot.waitUntil(lambda: again.search.keeping.is_flagged(photo), timeout=120_000)
    again.search.field.setText(f"album:{FLAGGED}")
    qtbot.waitUntil(lambda: len(names(again)) == 1)


def test_photos_are_put_into_a_new_album_and_found_in_it(window: Window, qtbot: QtBot, indexed: Library) -> None:
    chosen(window, 0, 1)
    wanted = sorted(names(window)[:2])
    qtbot.keyClick(window.search.grid, "a")
    assert window.search.menu.albums.isVisible()
    [new] = window.search.menu.albums.actions()
    new.trigger()
    window.search.menu.albums.close()
    dialog = window.search.grid.findChild(QInputDialog)
    dialog.setTextValue("my best")
    with qtbot.waitSignal(window.search.said, timeout=120_000) as said:
        dialog.accept()
    assert said.args == ["2 photos put into my best.", ""]
    with qtbot.waitSignal(window.search.names.answered, timeout=120_000):
        window.search.names.ask()
    item = next(action for action in window.search.kept.menu().actions() if action.text() == "my best")
    item.trigger()
    assert window.search.field.text() == 'album:"my best"'
    qtbot.waitUntil(lambda: sorted(names(window)) == wanted)


def test_a_search_is_saved_under_a_name(window: Window, qtbot: QtBot, indexed: Library) -> None:
    window.search.field.setText("red format:png")
    with qtbot.waitSignal(window.search.said, timeout=120_000):
        window.search.kept.named.emit("reds")
    assert indexed.saved.all() == {"reds": "red format:png"}


def test_a_picture_that_was_copied_elsewhere_is_sought(window: Window, qtbot: QtBot) -> None:
    picture = QImage(40, 30, QImage.Format.Format_RGB32)
    picture.fill(QColor("blue"))
    QGuiApplication.clipboard().setImage(picture)
    chosen(window, 0)
    qtbot.keyClick(window.search.grid, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: names(window)[0] == "blue.png" and "found" in window.search.told.text())
    QGuiApplication.clipboard().setText("a dog")
    window.search.field.clear()
    window.search.field.setFocus()
    qtbot.keyClick(window.search.field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert window.search.field.text() == "a dog"  # text is only text
    picture.fill(QColor("green"))
    QGuiApplication.clipboard().setImage(picture)
    qtbot.keyClick(window.search.field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: names(window)[0] == "green.jpg" and "found" in window.search.told.text())
    QGuiApplication.clipboard().clear()


def test_pasted_pictures_are_bounded_and_files_come_first(qapp: QApplication) -> None:
    data = QMimeData()
    assert example_of(data) is None
    picture = QImage(4, 4, QImage.Format.Format_RGB32)
    files = set()
    for number in range(MOST_PASTED + 3):
        picture.fill(QColor(number, 0, 0))
        data.setImageData(picture)
        found = example_of(data)
        assert found is not None
        files.add(found.path)
    assert len(files) == MOST_PASTED + 3
    assert sum(1 for file in files if QImage(file).width() == 4) == MOST_PASTED
    data.setUrls([QUrl.fromLocalFile("/photos/one.jpg")])
    found = example_of(data)
    assert found is not None and found.path == "/photos/one.jpg"


def test_order_parts_and_facts_are_as_they_were(
    window: Window, open_window: Open, indexed: Library, settings: QSettings, qtbot: QtBot
) -> None:
    window.search.sort.set_order(Order.SIZE)
    window.open_photo(0)
    qtbot.keyClick(window.photo, "i")
    window.close()
    again = open_window(indexed)
    assert again.search.sort.order == Order.SIZE
    qtbot.waitUntil(lambda: len(names(again)) == 4)
    again.open_photo(0)
    assert not again.photo.facts.isVisible()
    qtbot.keyClick(again.photo, "i")
    assert again.photo.facts.isVisible()
    before = again.photo.facts.width()
    again.photo.findChild(QSplitter).setSizes([500, before + 90])
    wide = again.photo.facts.width()
    assert wide > before
    again.close()
    last = open_window(indexed)
    qtbot.waitUntil(lambda: len(names(last)) == 4)
    last.open_photo(0)
    assert last.photo.facts.width() == wide

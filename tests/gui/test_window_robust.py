"""What goes wrong is said in one line where it matters, and the window lives on."""

import shutil
from collections.abc import Callable
from pathlib import Path

import lancedb
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from lens import Library
from lens_gui.details import DetailsSheet
from lens_gui.window import Window
from lens_indexes.lock import locked
from lens_indexes.schema import SCHEMA_VERSION, VERSION_KEY
from tests.fakes import ColourEncoder, paint

Open = Callable[[Library], Window]


def truncate_versions(index: Path) -> None:
    for file in (index / "photos.lance" / "_versions").iterdir():
        file.write_bytes(file.read_bytes()[:9])


def truncate_data(index: Path) -> None:
    for file in (index / "photos.lance" / "data").iterdir():
        file.write_bytes(file.read_bytes()[:50])


def lose_another_table(index: Path) -> None:
    shutil.rmtree(index / "roots.lance")


def come_from_a_newer_lens(index: Path) -> None:
    table = lancedb.connect(str(index)).open_table("photos")
    table.update_field_metadata({"path": "id", "metadata": {VERSION_KEY: str(SCHEMA_VERSION + 1)}})


def shown_trouble(window: Window, qtbot: QtBot) -> str:
    """What the library says is wrong."""
    window.show_library()
    qtbot.waitUntil(window.library.trouble.isVisible, timeout=120_000)
    return window.library.trouble.text


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (truncate_versions, "is damaged"),
        (truncate_data, "is damaged"),
        (lose_another_table, "is damaged"),
        (come_from_a_newer_lens, "newer Lens"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_an_index_that_cannot_be_read_is_told_of_on_both_screens(
    open_window: Open, indexed: Library, qtbot: QtBot, harm: Callable[[Path], None], said: str
) -> None:
    harm(Path(indexed.uri))
    shutil.rmtree(Path(indexed.uri) / "mirror", ignore_errors=True)
    window = open_window(Library.open(indexed.uri))
    qtbot.waitUntil(lambda: said in window.search.empty.text, timeout=120_000)
    assert not window.search.empty.suggested.isVisible()  # to index into it would help nobody
    text = shown_trouble(window, qtbot)
    assert said in text
    assert "\n" not in text
    window.library.trouble.yes.click()
    [sheet] = window.findChildren(DetailsSheet)
    assert "Traceback" in sheet.text.toPlainText()
    sheet.copied.click()
    assert QGuiApplication.clipboard().text().startswith(text)
    sheet.close()
    window.show_models()
    qtbot.waitUntil(lambda: bool(window.models.rows.rows), timeout=120_000)
    window.show_preferences()
    assert window.preferences.isVisible()


def test_an_index_that_is_put_back_is_shown_again(open_window: Open, indexed: Library, qtbot: QtBot) -> None:
    folder = Path(indexed.uri)
    shutil.copytree(folder, folder.with_name("copy"))
    truncate_versions(folder)
    window = open_window(Library.open(indexed.uri))
    shown_trouble(window, qtbot)
    shutil.rmtree(folder)
    shutil.move(folder.with_name("copy"), folder)
    window.library.refresh()
    qtbot.waitUntil(lambda: "4 photos" in window.library.counts.text(), timeout=120_000)
    assert not window.library.trouble.isVisible()
    assert window.library.upkeep.isVisible()


def test_no_index_is_no_trouble_and_says_what_to_do(open_window: Open, library: Library, qtbot: QtBot) -> None:
    window = open_window(library)
    window.show_library()
    qtbot.waitUntil(lambda: window.library.counts.text() == library.uri, timeout=120_000)
    assert not window.library.trouble.isVisible()
    assert window.library.folders.empty.isVisible()
    assert window.library.folders.add.isEnabled()
    assert not window.library.encoders.isVisible()
    assert not window.library.folders.watch.isVisible()


def test_an_index_that_is_removed_under_the_window(open_window: Open, indexed: Library, qtbot: QtBot) -> None:
    window = open_window(indexed)
    window.show_library()
    qtbot.waitUntil(lambda: "4 photos" in window.library.counts.text(), timeout=120_000)
    shutil.rmtree(indexed.uri)
    shown_trouble(window, qtbot)


def test_a_run_of_somebody_else_is_said_in_place(
    open_window: Open, builtin: Library, photos: Path, qtbot: QtBot
) -> None:
    window = open_window(builtin)
    window.show_library()
    qtbot.waitUntil(lambda: bool(window.library.folders.rows.rows), timeout=120_000)
    with locked(Path(builtin.uri), wait=False):
        with qtbot.waitSignal(window.library.work.ended, timeout=120_000):
            window.library.folders.update_.click()
        assert "Another Lens is writing to the index" in window.library.trouble.text
        assert window.library.trouble.isVisible()
        window.library.trouble.hide()
        with qtbot.waitSignal(window.library.work.ended, timeout=120_000):
            window.library.folders.forgotten.emit(photos)
        assert "Another Lens is writing" in window.library.trouble.text
        assert window.library.trouble.isVisible()
    assert builtin.status().photos == 4
    assert window.library.folders.add.isEnabled()


def test_a_drive_that_is_away_is_said_and_nothing_is_lost(
    open_window: Open, builtin: Library, photos: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    paint(tmp_path / "here" / "pink.png", "pink")
    builtin.index([tmp_path / "here"])
    photos.rename(tmp_path / "unplugged")
    window = open_window(builtin)
    window.show_library()
    qtbot.waitUntil(lambda: len(window.library.folders.rows.rows) == 2, timeout=120_000)
    state = {row.folder: (row.photos, row.there) for row in window.library.folders.rows.rows}
    assert state == {photos: (4, False), tmp_path / "here": (1, True)}
    with qtbot.waitSignal(window.library.work.ended, timeout=120_000):
        window.library.folders.update_.click()  # looks where something is to be seen, and only there
    assert not window.library.trouble.isVisible()
    assert builtin.status().photos == 5
    (tmp_path / "unplugged").rename(photos)
    window.library.refresh()
    qtbot.waitUntil(lambda: all(row.there for row in window.library.folders.rows.rows), timeout=120_000)


def test_an_encoder_that_is_not_installed_any_more(
    open_window: Open, library: Library, photos: Path, qtbot: QtBot
) -> None:
    library.index([photos], ColourEncoder("clip-b32", "of yesterday"))
    window = open_window(Library.open(library.uri))
    qtbot.waitUntil(lambda: window.search.results.rowCount() == 4)  # photos are listed all the same
    window.search.field.setText("red")
    told: Callable[[], str] = lambda: " ".join(label.text() for label in window.search.findChildren(QLabel))  # noqa: E731
    qtbot.waitUntil(lambda: "lens models pull clip-b32" in told(), timeout=120_000)
    window.show_library()
    qtbot.waitUntil(lambda: bool(window.library.encoders.rows.rows), timeout=120_000)
    assert window.library.encoders.rows.rows[0].held.name == "clip-b32"


def test_models_that_cannot_be_listed_are_said(
    open_window: Open, library: Library, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(library)
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    window.show_models()
    qtbot.waitUntil(window.models.trouble.isVisible, timeout=120_000)
    assert "could not be started" in window.models.trouble.text

"""Pictures for tiles."""

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lens.config import thumbnail_folder
from lens.photos import Thumbnails, read_photo
from lens_gui import pictures
from lens_gui.pictures import Pictures, as_qimage
from lens_gui.search.layout import Section
from lens_gui.search.results import Answer
from lens_gui.search.tile import Tile
from lens_gui.tasks import Tasks
from lens_gui.window import Window
from tests.fakes import paint


def got(qtbot: QtBot, pictures: Pictures, path: Path, content_hash: str) -> QImage:
    found = pictures.get(path, content_hash)
    if found is None:
        with qtbot.waitSignal(pictures.ready):
            pass
        found = pictures.get(path, content_hash)
    assert found is not None
    return found


def test_a_photo_without_a_thumbnail_is_read_and_kept(qtbot: QtBot, tmp_path: Path) -> None:
    file = paint(tmp_path / "wide.png", "orange", (600, 300))
    key = read_photo(file).content_hash
    tasks = Tasks(2)
    picture = got(qtbot, Pictures(tasks), file, key)
    tasks.close()
    assert (picture.width(), picture.height()) == (256, 128)
    assert picture.pixelColor(10, 10).name() == "#ffa500"
    assert Thumbnails(thumbnail_folder()).path(key)


def test_what_cannot_be_read_is_told_once_and_not_sought_again(qtbot: QtBot, tmp_path: Path) -> None:
    tasks = Tasks(1)
    pictures = Pictures(tasks)
    assert got(qtbot, pictures, tmp_path / "gone.jpg", "ab" * 16).isNull()
    assert pictures.get(tmp_path / "gone.jpg", "ab" * 16) is not None
    tasks.close()


def test_memory_is_bounded_and_the_least_used_go_first(qtbot: QtBot, tmp_path: Path) -> None:
    tasks = Tasks(1)
    files = [paint(tmp_path / f"{number}.png", "teal", (300, 300 - number)) for number in range(5)]
    keys = [read_photo(file).content_hash for file in files]
    one = 256 * 256 * 4
    pictures = Pictures(tasks, most_bytes=2 * one)
    for file, key in zip(files, keys, strict=True):
        got(qtbot, pictures, file, key)
        assert pictures.bytes <= 2 * one
    assert pictures.get(files[-1], keys[-1]) is not None
    assert pictures.get(files[0], keys[0]) is None
    tasks.close()


@pytest.mark.parametrize("strip", [1, 18, pictures.STRIP])
def test_pixels_survive_the_way_to_qt_in_strips(strip: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "STRIP", strip)
    image = Image.new("RGB", (3, 5))  # rows of 9 bytes, which Qt would pad
    colours = [(10 * number, 0, 255 - number) for number in range(15)]
    image.putdata(colours)
    picture = as_qimage(image)
    assert [picture.pixelColor(x, y).getRgb()[:3] for y in range(5) for x in range(3)] == colours


def test_scrolling_paints_only_what_comes_into_sight(
    window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = window.search
    search.names.close()
    matches = [search.results.photo(row) for row in range(4)] * 100
    search.results.show(Answer(matches, [Section("", len(matches))], ""))
    painted = []
    monkeypatch.setattr(Tile, "paint", lambda self, painter, option, index: painted.append(index.row()))
    search.grid.viewport().update()
    qtbot.waitUntil(lambda: bool(painted), timeout=120_000)
    QApplication.processEvents()
    assert len({search.grid.visualRect(search.results.index(row)).top() for row in painted}) > 1

    bar = search.grid.verticalScrollBar()
    lines = []
    for step in range(1, 60):
        painted.clear()
        bar.setValue(10 * step)
        qtbot.waitUntil(lambda: bool(painted), timeout=120_000)
        lines.append(len({search.grid.visualRect(search.results.index(row)).top() for row in painted}))
    # ten pixels show of one line of tiles; what was due for other reasons (focus, a late layout) may join a step or two
    assert lines.count(1) > 50, lines

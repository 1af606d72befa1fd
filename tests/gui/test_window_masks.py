"""Polygons, brush and eraser with mouse and keys: what is then in the index is what was seen, pixel by pixel."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QPaintEvent
from pytestqt.qtbot import QtBot

from lens import Library
from lens.labeling.masks import decoded
from lens_gui.label.screen import LabelScreen
from lens_gui.window import Window
from lens_indexes import Index, RegionRow, RegionState
from tests.gui.label_screen import opened
from tests.labelled import photos_of

WAIT = 120_000  # milliseconds: a process starts, on a machine that may be busy
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton
SIZE = (480, 320)


@pytest.fixture
def painting(
    open_window: Callable[[Library], Window], library: Library, tmp_path: Path, qtbot: QtBot
) -> tuple[LabelScreen, Index]:
    """The label screen at a photo of which nothing is known."""
    (tmp_path / "photos").mkdir()
    Image.new("RGB", SIZE, "navy").save(tmp_path / "photos" / "a.png")
    label = opened(open_window, library, tmp_path / "photos", qtbot)
    settle(label, qtbot)
    return label, Index.open(library.uri)


def settle(label: LabelScreen, qtbot: QtBot) -> None:
    """Wait until every answer is there and the photo is drawn."""

    def settled() -> None:
        assert label.view is not None and not label.awaits and not label.canvas.brush.under_way, label.told.text()
        assert label.canvas.size_shown.toSize().toTuple() == SIZE, "the photo is not drawn"

    qtbot.waitUntil(settled, timeout=WAIT)


def press(label: LabelScreen, qtbot: QtBot, *keys: str | Qt.Key, how: Qt.KeyboardModifier | None = None) -> None:
    for key in keys:
        qtbot.keyClick(label.canvas, key, how or Qt.KeyboardModifier.NoModifier)
        settle(label, qtbot)


def click(label: LabelScreen, qtbot: QtBot, x: float, y: float) -> None:
    place = label.canvas.mapFromScene(QPointF(x, y))
    qtbot.mouseMove(label.canvas.viewport(), place)
    qtbot.mouseClick(label.canvas.viewport(), LEFT, pos=place)


def stroke(label: LabelScreen, qtbot: QtBot, *places: tuple[float, float]) -> None:
    """Hold the button from the first pixel of the photo to the last; nothing is waited for."""
    viewport, (first, *others) = label.canvas.viewport(), [label.canvas.mapFromScene(QPointF(*each)) for each in places]
    qtbot.mouseMove(viewport, first)
    qtbot.mousePress(viewport, LEFT, pos=first)
    for each in others:
        qtbot.mouseMove(viewport, each)
    qtbot.mouseRelease(viewport, LEFT, pos=others[-1] if others else first)


def held(index: Index) -> list[RegionRow]:
    """The regions of the index that are not rejected, the oldest first."""
    rows = index.regions.of_photos(photos_of(index))
    return [row for row in rows if row.state != RegionState.REJECTED]


def mask_of(index: Index) -> np.ndarray:
    (row,) = held(index)
    assert row.mask is not None
    return decoded(row.mask, *SIZE)


def test_a_polygon_is_drawn_corner_by_corner_and_closed_by_enter_or_on_its_first_corner(
    painting: tuple[LabelScreen, Index], qtbot: QtBot
) -> None:
    label, index = painting
    press(label, qtbot, "p")
    for x, y in ((100, 60), (300, 60), (410, 300), (300, 260)):
        click(label, qtbot, x, y)
    assert len(label.canvas.polygon.corners) == 4
    press(label, qtbot, Qt.Key.Key_Backspace, Qt.Key.Key_Backspace)
    click(label, qtbot, 300, 260)
    assert held(index) == []
    press(label, qtbot, Qt.Key.Key_Return)
    assert label.name.hasFocus()  # there is no class yet
    qtbot.keyClicks(label.name, "dog")
    qtbot.keyClick(label.name, Qt.Key.Key_Return)
    settle(label, qtbot)
    (row,) = held(index)
    assert (row.category, row.source) == ("dog", "me")
    assert row.box == pytest.approx((100, 60, 300, 260), abs=1)
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]] + 0.5
    triangle = (columns > 100) & (columns < 300) & (rows > 60) & (rows - 60 < columns - 100)
    assert np.count_nonzero(mask_of(index) != triangle) < 500  # along the line of 680 pixels
    assert label.tools.current == ""
    press(label, qtbot, Qt.Key.Key_Z, Qt.Key.Key_Z, how=CONTROL)
    assert held(index) == []

    press(label, qtbot, "p")
    for x, y in ((50, 50), (90, 50), (90, 90)):
        click(label, qtbot, x, y)
    press(label, qtbot, Qt.Key.Key_Escape)  # the line, not the tool
    assert label.tools.current == "draw-polygon" and not label.canvas.polygon.corners
    for x, y in ((150, 150), (250, 150), (250, 250), (152, 151)):
        click(label, qtbot, x, y)
    settle(label, qtbot)
    assert held(index)[0].box == pytest.approx((150, 150, 250, 250), abs=1)


def test_strokes_are_seen_at_once_and_are_in_the_index_as_they_are_seen(
    painting: tuple[LabelScreen, Index], qtbot: QtBot
) -> None:
    label, index = painting
    brush = label.canvas.brush
    press(label, qtbot, "m", "]", "]", "]")
    stroke(label, qtbot, (100, 100), (140, 120), (200, 100))
    assert brush.mask[100, 100] and brush.mask[120, 140]  # though nobody has answered
    stroke(label, qtbot, (200, 100), (210, 200))  # meant for the same thing, which is not there yet
    stroke(label, qtbot, (300, 220))
    settle(label, qtbot)
    assert (mask_of(index) == brush.mask).all()
    (painted,) = held(index)
    assert (painted.category, painted.source) == ("object", "me")
    press(label, qtbot, "e")
    assert (mask_of(index) == brush.mask).all()
    stroke(label, qtbot, (150, 80), (150, 160))
    assert not brush.mask[110, 150]
    settle(label, qtbot)
    erased = mask_of(index)
    assert (erased == brush.mask).all() and not erased[110, 150] and erased[100, 100]

    press(label, qtbot, Qt.Key.Key_Z, how=CONTROL)
    assert (mask_of(index) == brush.mask).all() and brush.mask[110, 150]
    press(label, qtbot, Qt.Key.Key_Z, Qt.Key.Key_Z, how=CONTROL)
    assert (mask_of(index) == brush.mask).all() and not brush.mask[200, 210]
    press(label, qtbot, Qt.Key.Key_Z, how=CONTROL)
    assert held(index) == [] and not brush.mask.any()
    for _ in range(4):
        press(label, qtbot, Qt.Key.Key_Z, how=CONTROL | SHIFT)
    assert (mask_of(index) == erased).all() and (brush.mask == erased).all()

    press(label, qtbot, "m", "q")  # something new
    stroke(label, qtbot, (400, 40), (440, 60))
    settle(label, qtbot)
    assert len(held(index)) == 2
    press(label, qtbot, "w")
    assert (brush.mask == erased).all()  # the one before is painted now
    press(label, qtbot, "e")
    stroke(label, qtbot, (110, 110), (240, 100), (210, 200), (300, 230))
    for _ in range(12):
        press(label, qtbot, "]")
    stroke(label, qtbot, (60, 60), (420, 90), (420, 250), (60, 250), (60, 160), (420, 160))
    settle(label, qtbot)
    assert [each.box[0] > 350 for each in held(index)] == [True]  # of the other, nothing was left


class Drawn(QObject):
    """Notes how many pixels are drawn again each time."""

    def __init__(self) -> None:
        super().__init__()
        self.pixels: list[int] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - the name is Qt's
        if isinstance(event, QPaintEvent):
            self.pixels.append(sum(part.width() * part.height() for part in event.region()))
        return False


def test_zoomed_in_a_brush_paints_single_pixels_and_only_what_it_touches_is_drawn_again(
    painting: tuple[LabelScreen, Index], qtbot: QtBot
) -> None:
    label, index = painting
    canvas, viewport = label.canvas, label.canvas.viewport()
    canvas.zoom(16.0)
    canvas.centerOn(QPointF(240, 160))
    press(label, qtbot, "m", "[", "[")
    first, *others = (canvas.mapFromScene(QPointF(x, 160.5)) for x in (230.5, 231.5, 232.5))
    qtbot.mouseMove(viewport, first)
    qtbot.wait(100)
    drawn = Drawn()
    viewport.installEventFilter(drawn)
    qtbot.mousePress(viewport, LEFT, pos=first)  # and until it is let go, nothing else happens
    for each in others:
        qtbot.mouseMove(viewport, each)
    qtbot.waitUntil(lambda: bool(drawn.pixels), timeout=WAIT)
    assert min(drawn.pixels) < viewport.width() * viewport.height() / 10, "all of the photo was drawn again"
    qtbot.mouseRelease(viewport, LEFT, pos=others[-1])
    settle(label, qtbot)
    (row,) = held(index)
    assert row.box == (230, 160, 233, 161)
    assert mask_of(index)[160, 230:233].all()


def test_erasing_begins_with_the_whole_box(painting: tuple[LabelScreen, Index], qtbot: QtBot) -> None:
    label, index = painting
    press(label, qtbot, "b")
    viewport = label.canvas.viewport()
    stroke(label, qtbot, (100, 60), (150, 100), (199, 159))
    settle(label, qtbot)
    assert held(index)[0].box == (100, 60, 200, 160)
    assert label.name.hasFocus()
    label.canvas.setFocus()
    press(label, qtbot, "e")
    assert label.canvas.brush.mask.sum() == 10_000
    stroke(label, qtbot, (150, 110))
    settle(label, qtbot)
    assert held(index)[0].box == (100, 60, 200, 160)
    assert not mask_of(index)[110, 150] and (mask_of(index) == label.canvas.brush.mask).all()
    assert viewport.cursor().shape() == Qt.CursorShape.BlankCursor
    press(label, qtbot, Qt.Key.Key_Escape)
    assert label.tools.current == "" and label.canvas.handles.isVisible()

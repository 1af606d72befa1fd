"""Things cut out by points and boxes: what the segmenter gave is seen, and in the index once it is taken."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from lens import Library
from lens.labeling.masks import decoded
from lens_gui.label.screen import LabelScreen
from lens_gui.orders import Orders
from lens_gui.window import Window
from lens_indexes import Index, RegionRow
from tests.gui.label_screen import opened
from tests.labelled import disc, photos_of

WAIT = 120_000  # milliseconds: a process starts, on a machine that may be busy
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
LEFT, RIGHT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier
SIZE = (480, 320)
THING = disc(SIZE, 200, 150, 60)
"""(height, width), yellow on blue."""


@pytest.fixture
def cutting(
    open_window: Callable[[Library], Window], library: Library, tmp_path: Path, qtbot: QtBot
) -> tuple[LabelScreen, Index]:
    """The label screen at the first of two photos of a disc."""
    (tmp_path / "photos").mkdir()
    for name in ("a.png", "b.png"):
        image = Image.new("RGB", SIZE, (20, 40, 120))
        ImageDraw.Draw(image).ellipse((140, 90, 259, 209), fill=(230, 200, 40))
        image.putpixel((0, 0), (0, 0, 0) if name == "a.png" else (255, 255, 255))
        image.save(tmp_path / "photos" / name)
    label = opened(open_window, library, tmp_path / "photos", qtbot)
    settle(label, qtbot)
    return label, Index.open(library.uri)


def settle(label: LabelScreen, qtbot: QtBot) -> None:
    """Wait until every answer is there and the photo is drawn, and looked at if something is to be cut out."""

    def settled() -> None:
        cutting = label.drawing.cutting
        assert label.view is not None and not label.awaits, label.told.text()
        assert label.canvas.size_shown.toSize().toTuple() == SIZE, "the photo is not drawn"
        assert cutting.isHidden() or (cutting.ready and not cutting.orders.busy), cutting.told.text()

    qtbot.waitUntil(settled, timeout=WAIT)


def point(label: LabelScreen, qtbot: QtBot, place: tuple[int, int], button=LEFT, how=NONE) -> None:
    there = label.canvas.mapFromScene(QPointF(*place))
    qtbot.mouseMove(label.canvas.viewport(), there)
    qtbot.mouseClick(label.canvas.viewport(), button, how, pos=there)
    settle(label, qtbot)


def held(index: Index) -> list[RegionRow]:
    return index.regions.of_photos(photos_of(index))


def likeness(mask: bytes | None, true: np.ndarray) -> float:
    """Intersection over union."""
    assert mask is not None
    seen = decoded(mask, *SIZE)
    return float((seen & true).sum() / (seen | true).sum())


def test_a_point_and_a_box_cut_out_what_they_are_on_and_enter_keeps_it(
    cutting: tuple[LabelScreen, Index], qtbot: QtBot
) -> None:
    label, index = cutting
    pointing = label.canvas.pointing
    qtbot.keyClick(label.canvas, "c")
    settle(label, qtbot)
    assert label.drawing.cutting.models.currentText() == "builtin"
    point(label, qtbot, (30, 30), RIGHT)  # it is not said yet where the thing is
    assert pointing.mask is None and [each.inside for each in pointing.points] == [False]
    point(label, qtbot, (200, 150))
    point(label, qtbot, (440, 300), how=ALT)
    assert [each.inside for each in pointing.points] == [False, True, False]
    assert likeness(pointing.mask, THING) > 0.9
    shown = pointing.mask
    qtbot.keyClick(label.canvas, Qt.Key.Key_Backspace)
    settle(label, qtbot)
    assert len(pointing.points) == 2
    assert held(index) == []
    qtbot.keyClick(label.canvas, Qt.Key.Key_Return)
    settle(label, qtbot)
    (kept,) = held(index)
    assert (kept.source, kept.state, kept.category) == ("me", "accepted", "object")
    assert likeness(kept.mask, THING) > 0.9 and shown
    assert not pointing.prompts and pointing.mask is None and label.tools.current == "cut-out"

    label.canvas.setFocus()
    qtbot.keyClick(label.canvas, Qt.Key.Key_D)
    settle(label, qtbot)
    assert label.view and label.view.path and label.view.path.name == "b.png"
    viewport = label.canvas.viewport()
    start, end = (label.canvas.mapFromScene(QPointF(*each)) for each in ((130, 80), (270, 220)))
    qtbot.mousePress(viewport, LEFT, pos=start)
    qtbot.mouseMove(viewport, end)
    qtbot.mouseRelease(viewport, LEFT, pos=end)
    qtbot.keyClick(label.canvas, Qt.Key.Key_Return)  # before it is there
    settle(label, qtbot)
    qtbot.waitUntil(lambda: len(held(index)) == 2, timeout=WAIT)
    assert likeness(held(index)[1].mask, THING) > 0.9
    settle(label, qtbot)
    label.canvas.setFocus()
    qtbot.keyClick(label.canvas, Qt.Key.Key_Z, CONTROL)
    settle(label, qtbot)
    assert len(held(index)) == 1


def test_looking_at_a_photo_can_be_cancelled_and_begun_again(cutting: tuple[LabelScreen, Index], qtbot: QtBot) -> None:
    label, _ = cutting
    strip, orders = label.drawing.cutting.strip, label.drawing.cutting.orders
    qtbot.keyClick(label.canvas, "c")
    assert strip.isVisible() and orders.runs
    qtbot.mouseClick(strip.stop, LEFT)
    assert not orders.runs and label.tools.current == ""
    assert label.drawing.cutting.isHidden()
    qtbot.keyClick(label.canvas, "c")
    settle(label, qtbot)
    point(label, qtbot, (200, 150))
    assert label.canvas.pointing.mask
    qtbot.keyClick(label.canvas, Qt.Key.Key_Escape)
    settle(label, qtbot)
    assert not label.canvas.pointing.mask and label.tools.current == "cut-out"
    qtbot.keyClick(label.canvas, Qt.Key.Key_Escape)
    assert label.tools.current == ""


def test_a_segmenter_that_is_not_there_is_said(tmp_path: Path, qtbot: QtBot) -> None:
    Image.new("RGB", SIZE).save(tmp_path / "a.png")
    orders, told = Orders("", module="lens_gui.segmenting"), list[str]()
    facts = {"model": "no-such", "path": str(tmp_path / "a.png")}
    orders.give("look", facts, lambda _: told.append("looked"), lambda trouble: told.append(trouble.text))
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT)
    orders.stop()
    assert "no-such" in told[0]

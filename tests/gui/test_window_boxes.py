"""Boxes drawn, moved and resized with the mouse: what is then in the index is what was seen."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from lens import Library
from lens.labeling.masks import shifted
from lens_gui.label.handles import Grip
from lens_gui.label.screen import LabelScreen
from lens_gui.window import Window
from lens_indexes import Index, RegionRow, RegionState
from tests.gui.label_screen import opened
from tests.labelled import photos_of, rows_for

WAIT = 120_000  # milliseconds: a process starts, on a machine that may be busy
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton
SIZE = (480, 320)


@pytest.fixture
def drawing(
    open_window: Callable[[Library], Window], library: Library, tmp_path: Path, qtbot: QtBot
) -> tuple[LabelScreen, Index]:
    """The label screen at the first of two photos, of which nothing is known."""
    for name, colour in (("a.png", "navy"), ("b.png", "olive")):
        (tmp_path / "photos").mkdir(exist_ok=True)
        Image.new("RGB", SIZE, colour).save(tmp_path / "photos" / name)
    label = opened(open_window, library, tmp_path / "photos", qtbot)
    settle(label, qtbot)
    return label, Index.open(library.uri)


def settle(label: LabelScreen, qtbot: QtBot) -> None:
    """Wait until every answer is there and the photo is drawn."""

    def settled() -> None:
        assert label.view is not None and not label.awaits, label.told.text()
        assert label.canvas.size_shown.toSize().toTuple() == SIZE, "the photo is not drawn"

    qtbot.waitUntil(settled, timeout=WAIT)


def drag(label: LabelScreen, qtbot: QtBot, start: QPointF, end: QPointF) -> None:
    """Press at a pixel of the photo, move, and let go at another; a box that is drawn has both in it."""
    viewport = label.canvas.viewport()
    one, other = label.canvas.mapFromScene(start), label.canvas.mapFromScene(end)
    qtbot.mouseMove(viewport, one)
    qtbot.mousePress(viewport, LEFT, pos=one)
    qtbot.mouseMove(viewport, QPoint((one.x() + other.x()) // 2, (one.y() + other.y()) // 2))
    qtbot.mouseMove(viewport, other)
    qtbot.mouseRelease(viewport, LEFT, pos=other)
    settle(label, qtbot)


def drag_grip(label: LabelScreen, qtbot: QtBot, grip: Grip, across: int, down: int) -> None:
    start = label.canvas.handles.place_of(grip)
    drag(label, qtbot, start, start + QPointF(across, down))


def press(label: LabelScreen, qtbot: QtBot, *keys: str | Qt.Key, how: Qt.KeyboardModifier | None = None) -> None:
    for key in keys:
        qtbot.keyClick(label.canvas, key, how or Qt.KeyboardModifier.NoModifier)
        settle(label, qtbot)


def held(index: Index) -> list[RegionRow]:
    """The regions of the index that are not rejected, the oldest first."""
    rows = index.regions.of_photos(photos_of(index))
    return [row for row in rows if row.state != RegionState.REJECTED]


def test_a_box_is_drawn_named_moved_resized_undone_and_done_again(
    drawing: tuple[LabelScreen, Index], qtbot: QtBot
) -> None:
    label, index = drawing
    press(label, qtbot, "b")
    drag(label, qtbot, QPointF(100, 60), QPointF(179, 139))
    assert not label.canvas.cutting  # one box for one press
    assert label.name.hasFocus()  # there is no class yet
    qtbot.keyClicks(label.name, "dog")
    qtbot.keyClick(label.name, Qt.Key.Key_Return)
    settle(label, qtbot)
    (drawn,) = held(index)
    assert (drawn.box, drawn.category, drawn.source) == ((100, 60, 180, 140), "dog", "me")
    assert (drawn.width, drawn.height) == SIZE
    assert drawn.photo == (label.view.photo if label.view else "")

    drag(label, qtbot, QPointF(140, 100), QPointF(160, 90))  # by its inside
    assert held(index)[0].box == (120, 50, 200, 130)
    drag_grip(label, qtbot, (1, 1), 30, 40)
    assert held(index)[0].box == (120, 50, 230, 170)
    drag_grip(label, qtbot, (-1, 0), -20, 55)
    assert held(index)[0].box == (100, 50, 230, 170)
    drag_grip(label, qtbot, (0, -1), 9, 200)  # beyond the side across
    assert held(index)[0].box == (100, 170, 230, 250)
    drag(label, qtbot, QPointF(160, 200), QPointF(-100, 900))  # no further than the photo
    assert held(index)[0].box == (0, 240, 130, 320)
    assert held(index)[0].state == "edited"

    boxes = []
    for _ in range(5):
        press(label, qtbot, Qt.Key.Key_Z, how=CONTROL)
        boxes.append(held(index)[0].box)
    assert boxes == [
        (100, 170, 230, 250),
        (100, 50, 230, 170),
        (120, 50, 230, 170),
        (120, 50, 200, 130),
        (100, 60, 180, 140),
    ]
    press(label, qtbot, Qt.Key.Key_Z, how=CONTROL)
    assert held(index)[0].category == "object"
    press(label, qtbot, Qt.Key.Key_Z, how=CONTROL)
    assert held(index) == []
    assert label.canvas.handles.isVisible() is False
    for _ in range(7):
        press(label, qtbot, Qt.Key.Key_Z, how=CONTROL | SHIFT)
    assert [(each.box, each.category) for each in held(index)] == [((0, 240, 130, 320), "dog")]


def test_what_is_drawn_zoomed_in_is_where_it_was_seen(drawing: tuple[LabelScreen, Index], qtbot: QtBot) -> None:
    label, index = drawing
    press(label, qtbot, "+", "+", "+", "+", "+", "+")
    label.canvas.centerOn(QPointF(300, 200))
    assert label.canvas.scale_now > 3
    press(label, qtbot, "b")
    drag(label, qtbot, QPointF(280, 190), QPointF(310, 214))
    label.canvas.setFocus()
    (x0, y0, x1, y1) = held(index)[0].box
    assert abs(x0 - 280) <= 1 and abs(y0 - 190) <= 1 and abs(x1 - 310) <= 1 and abs(y1 - 214) <= 1
    drag_grip(label, qtbot, (1, 0), 10, 0)
    assert abs(held(index)[0].box[2] - x1 - 10) <= 1
    assert held(index)[0].box[:2] == (x0, y0)
    press(label, qtbot, "f")
    assert label.canvas.scale_now == 1


def test_numbers_name_what_is_chosen_or_drawn_next_and_keys_lead_to_photos_and_regions(
    drawing: tuple[LabelScreen, Index], qtbot: QtBot
) -> None:
    label, index = drawing
    first = photos_of(index)
    press(label, qtbot, "b")
    drag(label, qtbot, QPointF(20, 20), QPointF(419, 299))
    for name in ("dog", "cat"):
        qtbot.keyClick(label.canvas, "n")
        qtbot.keyClicks(label.name, name)
        qtbot.keyClick(label.name, Qt.Key.Key_Return)
        settle(label, qtbot)
    names = list(label.view.classes) if label.view else []
    assert names == ["object", "dog", "cat"]
    assert label.classes.item(2).text() == "3  cat  1"
    press(label, qtbot, "b", "2")
    drag(label, qtbot, QPointF(100, 100), QPointF(199, 179))
    assert [each.category for each in held(index)] == ["cat", "dog"]
    assert label.classes.item(1).text() == "2  dog  1"
    press(label, qtbot, "3")
    assert [each.category for each in held(index)] == ["cat", "cat"]
    small = label.canvas.region
    qtbot.mouseClick(label.canvas.viewport(), LEFT, pos=label.canvas.mapFromScene(QPointF(300, 250)))
    assert label.canvas.region and label.canvas.region.box == (20, 20, 420, 300)
    qtbot.mouseClick(label.canvas.viewport(), LEFT, pos=label.canvas.mapFromScene(QPointF(150, 150)))
    assert label.canvas.region == small  # the smallest that is hit, though a larger one is held
    press(label, qtbot, "w")
    assert label.canvas.region and label.canvas.region.box == (20, 20, 420, 300)
    press(label, qtbot, Qt.Key.Key_Delete)
    assert [each.box for each in held(index)] == [(100, 100, 200, 180)]
    press(label, qtbot, "d")
    assert label.view and label.view.path and label.view.path.name == "b.png"
    assert label.canvas.region is None
    press(label, qtbot, "1", "b")
    drag(label, qtbot, QPointF(10, 10), QPointF(60, 60))
    by_photo = {each.photo: each.category for each in held(index)}
    assert by_photo == {label.view.photo: "object"} | {id_: "cat" for id_ in first if id_ != label.view.photo}
    press(label, qtbot, "a", "s")
    assert label.view.path and label.view.path.name == "a.png"
    assert label.canvas.region and label.canvas.region.box == (100, 100, 200, 180)


def test_a_mask_moves_with_its_box_and_a_stretched_box_drops_it(
    drawing: tuple[LabelScreen, Index], qtbot: QtBot
) -> None:
    label, index = drawing
    rows = rows_for(index, photos_of(index), "machine", state=RegionState.PROPOSED)  # in b.png
    disc = next(row for row in rows if row.mask is not None)
    index.regions.add([disc], {})
    label.refresh("")
    settle(label, qtbot)
    press(label, qtbot, Qt.Key.Key_Return)  # nothing is asked here: on to what waits
    assert label.view and label.view.path and label.view.path.name == "b.png"
    assert label.canvas.region and label.canvas.region.id == disc.id
    press(label, qtbot, "+", "+", "+", "+", "+")
    window = label.window()
    assert isinstance(window, Window)
    drag(label, qtbot, label.canvas.handles.box.center(), label.canvas.handles.box.center() + QPointF(4, 3))
    (moved,) = held(index)
    across, down = (round(moved.box[at] - disc.box[at]) for at in (0, 1))
    assert abs(across - 4) <= 1 and abs(down - 3) <= 1 and "mask" not in window.toast.text
    assert disc.mask and moved.mask == shifted(disc.mask, disc.width, disc.height, across, down)
    press(label, qtbot, Qt.Key.Key_Z, how=CONTROL)
    drag_grip(label, qtbot, (1, 1), 12, 6)
    assert "drops its mask" in window.toast.text
    (corrected,) = held(index)
    assert corrected.box[:2] == disc.box[:2]
    assert abs(corrected.box[2] - disc.box[2] - 12) <= 1 and abs(corrected.box[3] - disc.box[3] - 6) <= 1
    assert (corrected.mask, corrected.state, corrected.source) == (None, "edited", "machine")
    assert label.view.waiting == 0
    press(label, qtbot, Qt.Key.Key_Z, how=CONTROL)
    assert held(index) == [disc]
    assert label.view.waiting == 1


def test_drawing_is_left_by_its_key(drawing: tuple[LabelScreen, Index], qtbot: QtBot) -> None:
    label, index = drawing
    assert "(B)" in label.tools.buttons["draw-box"].toolTip()
    press(label, qtbot, "b")
    assert label.canvas.cutting
    press(label, qtbot, Qt.Key.Key_Escape)
    assert not label.canvas.cutting
    drag(label, qtbot, QPointF(100, 60), QPointF(180, 140))  # moves the photo
    assert held(index) == []


def test_arrows_move_the_box_and_with_shift_stretch_it_and_what_they_do_at_a_time_is_undone_at_once(
    drawing: tuple[LabelScreen, Index], qtbot: QtBot
) -> None:
    label, index = drawing
    press(label, qtbot, "b")
    drag(label, qtbot, QPointF(100, 60), QPointF(179, 139))
    label.canvas.setFocus()
    keys, none = Qt.Key, Qt.KeyboardModifier.NoModifier
    for key, how in (
        *[(keys.Key_Right, none)] * 3,
        (keys.Key_Up, none),
        *[(keys.Key_Left, SHIFT)] * 10,
        *[(keys.Key_Down, SHIFT)] * 4,
    ):
        qtbot.keyClick(label.canvas, key, how)
    assert label.canvas.handles.box.getCoords() == (103, 59, 173, 143)
    press(label, qtbot, "d")  # before it is let go by itself
    settle(label, qtbot)
    assert held(index)[0].box == (103, 59, 173, 143)
    press(label, qtbot, Qt.Key.Key_Z, how=CONTROL)
    qtbot.waitUntil(lambda: held(index)[0].box == (100, 60, 180, 140), timeout=WAIT)
    settle(label, qtbot)
    press(label, qtbot, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: held(index)[0].box == (99, 60, 179, 140), timeout=WAIT)  # by itself
    settle(label, qtbot)
    for key in (Qt.Key.Key_Left, "p"):  # a tool that is taken at once loses nothing
        qtbot.keyClick(label.canvas, key)
    settle(label, qtbot)
    assert held(index)[0].box == (98, 60, 178, 140)


def test_what_arrows_have_moved_is_kept_when_the_screen_is_left_and_when_the_window_closes_at_once(
    drawing: tuple[LabelScreen, Index], qtbot: QtBot
) -> None:
    label, index = drawing
    press(label, qtbot, "b")
    drag(label, qtbot, QPointF(100, 60), QPointF(179, 139))
    label.canvas.setFocus()
    window = label.window()
    label.canvas.handles._settling.setInterval(WAIT)  # by itself it is let go much later
    qtbot.keyClick(label.canvas, Qt.Key.Key_Left)
    qtbot.keyClick(window, Qt.Key.Key_1, CONTROL)
    qtbot.keyClick(window, Qt.Key.Key_4, CONTROL)
    settle(label, qtbot)
    assert held(index)[0].box == (99, 60, 179, 140)

    label._choose_now(held(index)[0].id)
    qtbot.keyClick(label.canvas, Qt.Key.Key_Left)
    qtbot.keyClick(window, Qt.Key.Key_Q, CONTROL)
    assert held(index)[0].box == (98, 60, 178, 140)


def test_what_is_accepted_is_copied_to_the_next_photo_and_taken_back_at_once(
    drawing: tuple[LabelScreen, Index], qtbot: QtBot
) -> None:
    label, index = drawing
    press(label, qtbot, Qt.Key.Key_D, how=SHIFT)
    assert label.view and label.view.note == "Nothing in this photo is accepted yet."
    for start, end in (((100, 60), (179, 139)), ((200, 60), (279, 139))):
        press(label, qtbot, "b")
        drag(label, qtbot, QPointF(*start), QPointF(*end))
        label.canvas.setFocus()
    press(label, qtbot, Qt.Key.Key_D, how=SHIFT)
    assert label.view.path and label.view.path.name == "b.png"
    there = [each for each in held(index) if each.photo == label.view.photo]
    assert sorted(each.box for each in there) == [(100, 60, 180, 140), (200, 60, 280, 140)]
    assert {each.content_hash for each in there} == {photos_of(index)[label.view.photo]["content_hash"]}
    press(label, qtbot, Qt.Key.Key_D, how=SHIFT)
    assert label.view.note == "This is the last photo."
    press(label, qtbot, Qt.Key.Key_Z, how=CONTROL)
    assert len(held(index)) == 2

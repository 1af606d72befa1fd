"""The keys of the label screen: each does what it says, is told on a button, can be changed, and none is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from lens import Library
from lens_gui.label.screen import LabelScreen
from lens_gui.shortcuts import KEYS
from lens_gui.window import Window
from lens_indexes import Index, RegionState
from tests.gui.label_screen import opened
from tests.labelled import photos_of, rows_for

WAIT = 120_000  # milliseconds: a process starts, on a machine that may be busy
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ON_BUTTONS = {
    **{"previous-label": "A", "next-label": "D", "draw-box": "B", "draw-polygon": "P", "erase": "E"},
    **{"accept": "Return", "reject": "Del", "undo-label": "Ctrl+Z", "redo-label": "Ctrl+Shift+Z"},
    **{"find-things": "Ctrl+B"},
}


@pytest.fixture
def looking(
    open_window: Callable[[Library], Window], library: Library, tmp_path: Path, qtbot: QtBot
) -> tuple[LabelScreen, Index]:
    """The label screen at the first of three photos; something waits in all but the last."""
    (tmp_path / "photos").mkdir()
    for name, colour in (("a.png", "navy"), ("b.png", "olive"), ("c.png", "teal")):
        Image.new("RGB", (60, 40), colour).save(tmp_path / "photos" / name)
    label = opened(open_window, library, tmp_path / "photos", qtbot)
    settle(label, qtbot)
    index = Index.open(library.uri)
    index.regions.add(rows_for(index, photos_of(index), "machine", state=RegionState.PROPOSED), {})
    label.refresh("")
    settle(label, qtbot)
    qtbot.keyClick(label.canvas, Qt.Key.Key_Return)  # on to what waits
    settle(label, qtbot)
    assert label.view is not None and (label.view.at, label.view.waiting) == (0, 12)
    return label, index


def settle(label: LabelScreen, qtbot: QtBot) -> None:
    """Wait until every answer is there and the photo is drawn."""

    def settled() -> None:
        assert label.view is not None and not label.awaits, label.told.text()

    qtbot.waitUntil(settled, timeout=WAIT)


def buttons(label: LabelScreen, name: str) -> list[str]:
    """What is told on the buttons that do what a key does."""
    told = [each.toolTip() for each in label.findChildren(QAbstractButton)]
    return [text for text in told if text.startswith(KEYS[name].text)]


def test_each_key_is_told_on_its_button_and_follows_a_change(looking: tuple[LabelScreen, Index], qtbot: QtBot) -> None:
    label, _ = looking
    for name, keys in ON_BUTTONS.items():
        assert buttons(label, name) == [f"{KEYS[name].text} ({keys})"], name
    for number in range(len(label.view.classes) if label.view else 0):
        assert label.classes.item(number).toolTip() == f"It is of class {number + 1} ({number + 1})"

    window = label.window()
    assert isinstance(window, Window)
    for number, name in enumerate([*ON_BUTTONS, "class-1"], 1):
        window._shortcuts.set_keys(name, QKeySequence(f"F{number}"))
    for number, name in enumerate(ON_BUTTONS, 1):
        assert buttons(label, name) == [f"{KEYS[name].text} (F{number})"]
    assert label.classes.item(0).text().startswith("F11  ") and label.classes.item(0).toolTip().endswith("(F11)")
    before = label.view.at if label.view else 0
    qtbot.keyClick(label.canvas, "d")
    settle(label, qtbot)
    assert label.view and label.view.at == before  # it no longer does anything
    qtbot.keyClick(label.canvas, Qt.Key.Key_F2)
    settle(label, qtbot)
    assert label.view.at == before + 1
    qtbot.keyClick(label.canvas, Qt.Key.Key_F3)
    assert label.tools.current == "draw-box"


def test_keys_that_are_pressed_while_an_answer_is_awaited_have_their_turn(
    looking: tuple[LabelScreen, Index], qtbot: QtBot
) -> None:
    label, index = looking
    assert label.view and label.canvas.region
    order = [each.id for each in label.canvas._regions]
    first = label.canvas.region.id
    at = order.index(first)
    keys: list[tuple[str | Qt.Key, Qt.KeyboardModifier]] = [
        *[("s", Qt.KeyboardModifier.NoModifier)] * 2,
        ("1", Qt.KeyboardModifier.NoModifier),
        ("z", CONTROL),
        ("z", CONTROL | SHIFT),
        *[("d", Qt.KeyboardModifier.NoModifier)] * 2,
        ("a", Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier),
    ]
    place, named = label.view.at, next(iter(label.view.classes))
    qtbot.keyClick(label.canvas, Qt.Key.Key_Delete)
    assert label.awaits
    for key, how in keys:
        qtbot.keyClick(label.canvas, key, how)
    settle(label, qtbot)
    changed = {row.id: row for row in index.regions.of_photos(photos_of(index)) if row.changed_at}
    assert changed.pop(first).state == "rejected"
    # What is gone is chosen no longer: the next one is, and from there two keys lead on.
    relabelled = [row for row in changed.values() if row.state == "edited"]
    assert [row.category for row in relabelled] == [named]
    left = [id_ for id_ in order if id_ != first]
    assert relabelled[0].id == left[(at + 2) % len(left)], "both keys led somewhere else"
    others = [row for row in changed.values() if row.state != "edited"]
    assert sorted(row.state for row in others) == ["accepted", "rejected"]
    assert {row.photo for row in others} == {label.view.photo}
    assert label.view.at == min(place + 2, 2) - 1


def test_arrows_that_are_pressed_while_an_answer_is_awaited_move_what_was_meant(
    looking: tuple[LabelScreen, Index], qtbot: QtBot
) -> None:
    label, index = looking
    order = [each.id for each in label.canvas._regions]
    before = {each.id: each.box for each in label.canvas._regions}

    def pressed(*keys: str | Qt.Key) -> dict[str, tuple[str, bool]]:
        """What has changed: the state of each region, and whether its box lies one pixel further to the left."""
        for key in keys:
            qtbot.keyClick(label.canvas, key)
        settle(label, qtbot)
        changed = (row for row in index.regions.of_photos(photos_of(index)) if row.changed_at)
        return {row.id: (str(row.state), row.box[0] == before[row.id][0] - 1) for row in changed}

    assert label.canvas.region
    first = order.index(label.canvas.region.id)
    one, other, third = (order[(first + by) % len(order)] for by in (0, 1, 2))
    changed = pressed(Qt.Key.Key_Delete, Qt.Key.Key_Left, "s", Qt.Key.Key_Delete)
    assert changed == {one: ("rejected", False), other: ("edited", True), third: ("rejected", False)}
    for _ in range(3):
        qtbot.keyClick(label.canvas, "z", CONTROL)
    settle(label, qtbot)
    assert pressed() == {}
    label._choose_now(one)
    changed = pressed(Qt.Key.Key_Delete, Qt.Key.Key_Left, Qt.Key.Key_Return)
    assert changed == {one: ("rejected", False), other: ("edited", True)}

"""`python -m tests.gui.label_walk INDEX FILE`: a person labels at the window that `lens gui` opens, by keys and mouse.

Dogs are found. One box is corrected, one mask painted, one box accepted; all that is exported to FILE as COCO. What was
seen of the three in the end is printed.
"""

import json
import sys

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from lens.labeling.masks import decoded
from lens_gui.app import main
from lens_gui.label.screen import LabelScreen
from lens_gui.window import Window
from lens_indexes import RegionRow
from tests.gui.window_walk import LEFT, drag, until

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


def settle(label: LabelScreen) -> None:
    """Let what was done get into the index, and the photo be drawn."""
    until(lambda: label.view is not None and not label.awaits and not label.canvas.brush.under_way, "an answer")


def press(label: LabelScreen, key: str | Qt.Key, how: Qt.KeyboardModifier = NONE) -> None:
    """Press a key at the photo."""
    QTest.keyClick(label.canvas, key, how)
    settle(label)


def move(label: LabelScreen, *places: QPointF) -> None:
    """Drag the mouse from one place of the photo to others."""
    drag(label.canvas.viewport(), *(label.canvas.mapFromScene(place) for place in places))
    settle(label)


def find_dogs(label: LabelScreen) -> None:
    """By the table of prompts, in the photos that were searched for."""
    QTest.keyClick(label.canvas, Qt.Key.Key_B, CONTROL)
    QTest.keyClicks(QApplication.focusWidget(), "dog")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    until(lambda: not label.running.table.findChildren(QLineEdit), "a prompt")
    QTest.mouseClick(label.running.run, LEFT)
    until(lambda: label.running.work.runs, "a beginning")
    until(lambda: not label.running.work.runs and label.running.run.isEnabled(), "an end")
    until(lambda: label.view is not None and label.view.waiting > 1, "dogs")
    height = label.canvas.height()
    QTest.keyClick(label.window(), Qt.Key.Key_B, CONTROL)
    until(lambda: label.canvas.height() > height, "room for the photo")
    settle(label)
    if label.canvas.region is None:
        press(label, Qt.Key.Key_Return)  # on to the first that waits


def correct(label: LabelScreen) -> RegionRow:
    """Drag a corner of a box inwards."""
    box, corner = label.canvas.handles.box, label.canvas.handles.place_of((-1, -1))
    move(label, corner, corner + QPointF(box.width() / 5, box.height() / 5))
    return chosen(label)


def paint(label: LabelScreen) -> RegionRow:
    """Paint what was not found, and erase a part of it."""
    size = label.canvas.size_shown
    press(label, "m")
    press(label, "q")
    move(label, QPointF(size.width() * 0.2, size.height() * 0.3), QPointF(size.width() * 0.4, size.height() * 0.6))
    press(label, "e")
    move(label, QPointF(size.width() * 0.3, size.height() * 0.2), QPointF(size.width() * 0.3, size.height() * 0.6))
    painted = chosen(label)
    mask = decoded(painted.mask or b"", painted.width, painted.height)
    check((mask == label.canvas.brush.mask).all(), "the index has another mask than was painted")
    press(label, Qt.Key.Key_Escape)
    return painted


def accept(label: LabelScreen) -> RegionRow:
    """Accept what waits next."""
    waited, waiting = chosen(label), label.view.waiting if label.view else 0
    press(label, Qt.Key.Key_Return)
    check(label.view and label.view.waiting == waiting - 1, "nothing was accepted")
    return waited


def chosen(label: LabelScreen) -> RegionRow:
    """The region that is looked at."""
    check(label.canvas.region, "nothing is chosen")
    assert label.canvas.region is not None
    return label.canvas.region


def check(so: object, otherwise: str) -> None:
    """End the walk unless something is so."""
    if not so:
        sys.exit(otherwise)


def export(label: LabelScreen, place: str) -> None:
    """By the sheet, as COCO."""
    QTest.keyClick(label.canvas, Qt.Key.Key_E, CONTROL)
    sheet = label.exporting
    sheet.place.selectAll()
    QTest.keyClicks(sheet.place, place)
    QTest.mouseClick(sheet.go, LEFT)
    until(sheet.show_it.isEnabled, "an export")


def walk() -> int:
    """In the place of the event loop's own beginning."""
    [window] = [each for each in QApplication.topLevelWidgets() if isinstance(each, Window)]
    until(lambda: window.windowHandle().isExposed(), "a window")
    until(window.search.results.rowCount, "photos")
    QTest.keyClick(window, Qt.Key.Key_4, CONTROL)
    label = window.label
    settle(label)
    find_dogs(label)
    corrected = correct(label)
    painted = paint(label)
    press(label, Qt.Key.Key_Return)  # what was painted is accepted already: on to what waits
    accepted = accept(label)
    waiting = label.view.waiting if label.view else 0
    for _ in range(4):  # the box that was accepted, what was erased and painted, the box that was corrected
        press(label, Qt.Key.Key_Z, CONTROL)
    check(label.view and label.view.waiting == waiting + 2, "nothing was undone")
    for _ in range(4):
        press(label, Qt.Key.Key_Z, CONTROL | SHIFT)
    check(label.view and label.view.waiting == waiting, "nothing was done again")
    export(label, sys.argv[2])
    done = {"corrected": corrected, "painted": painted, "accepted": accepted}
    print(json.dumps({name: seen(row) for name, row in done.items()}), flush=True)
    window.close()
    QTest.qWait(0)
    return 0


def seen(region: RegionRow) -> dict[str, object]:
    """A region as JSON can have it."""
    return {"id": region.id, "box": region.box, "mask": region.mask.decode("ascii") if region.mask else None}


if __name__ == "__main__":
    QApplication.exec = staticmethod(walk)  # type: ignore[method-assign]
    sys.exit(main(["--index", sys.argv[1]]))

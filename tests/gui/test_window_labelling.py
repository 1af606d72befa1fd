"""A whole labelling through keys and mouse: what is exported in the end is exactly what was done."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from lens import Library
from lens.labeling.masks import decoded
from lens_gui.label.screen import LabelScreen
from lens_gui.window import Window
from lens_indexes import Box, Index, RegionRow, RegionState

pytestmark = [
    pytest.mark.slow,  # it finds things in photos
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # of pycocotools
]

WAIT = 120_000  # milliseconds: a process starts and loads a detector, on a machine that may be busy
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SAMPLES = Path(__file__).resolve().parent.parent.parent / "samples"


def settle(label: LabelScreen, qtbot: QtBot) -> None:
    def settled() -> None:
        assert label.view is not None and not label.awaits, label.told.text()
        assert not label.canvas.brush.under_way, "a stroke is not in the index"

    qtbot.waitUntil(settled, timeout=WAIT)


def press(label: LabelScreen, qtbot: QtBot, key: str | Qt.Key, how: Qt.KeyboardModifier = NONE) -> None:
    qtbot.keyClick(label.canvas, key, how)
    settle(label, qtbot)


def drag(label: LabelScreen, qtbot: QtBot, *places: QPointF) -> None:
    viewport, (first, *others) = label.canvas.viewport(), [label.canvas.mapFromScene(each) for each in places]
    qtbot.mouseMove(viewport, first)
    qtbot.mousePress(viewport, LEFT, pos=first)
    for each in others:
        qtbot.mouseMove(viewport, each)
    qtbot.mouseRelease(viewport, LEFT, pos=others[-1])
    settle(label, qtbot)


def kept(library: Library) -> dict[str, RegionRow]:
    """What people have said yes to, by id."""
    index = Index.open(library.uri)
    rows = index.regions.get(index.regions.matching()["id"].to_pylist())
    return {row.id: row for row in rows if row.state in {RegionState.ACCEPTED, RegionState.EDITED}}


def test_dogs_are_found_corrected_painted_accepted_and_exported(
    open_window: Callable[[Library], Window], library: Library, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "photos").mkdir()
    shutil.copy(SAMPLES / "home/dog-at-the-laptop.jpg", tmp_path / "photos")
    library.index([tmp_path / "photos"])
    window = open_window(library)
    qtbot.keyClick(window, Qt.Key.Key_4, CONTROL)
    label = window.label
    settle(label, qtbot)
    qtbot.keyClick(label.canvas, Qt.Key.Key_B, CONTROL)
    qtbot.keyClicks(QApplication.focusWidget(), "dog")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not label.running.table.findChildren(QLineEdit), timeout=WAIT)  # the cell is closed
    qtbot.mouseClick(label.running.run, LEFT)
    qtbot.waitUntil(lambda: not label.running.work.runs and label.running.run.isEnabled(), timeout=WAIT)
    qtbot.waitUntil(lambda: label.canvas.region is not None, timeout=WAIT)
    height = label.canvas.height()
    qtbot.keyClick(window, Qt.Key.Key_B, CONTROL)
    qtbot.waitUntil(lambda: label.canvas.height() > height, timeout=WAIT)  # the photo lies elsewhere then
    settle(label, qtbot)
    found = label.canvas.region
    assert found is not None and found.state == RegionState.PROPOSED and found.category == "dog"
    assert label.view and label.view.waiting > 1, "nothing is left to accept"
    corner = label.canvas.handles.place_of((-1, -1))
    drag(label, qtbot, corner, corner + QPointF(30, 24))  # a box is corrected
    corrected = kept(library)[found.id]
    assert corrected.box != found.box and corrected.state == RegionState.EDITED

    press(label, qtbot, "m")  # something that was not found is painted
    press(label, qtbot, "q")
    size = label.canvas.size_shown
    drag(label, qtbot, *(QPointF(size.width() * x, size.height() * y) for x, y in ((0.2, 0.3), (0.4, 0.5), (0.3, 0.7))))
    press(label, qtbot, "e")
    drag(label, qtbot, *(QPointF(size.width() * 0.3, size.height() * y) for y in (0.2, 0.6)))
    (painted,) = (row for row in kept(library).values() if row.source == "me")
    assert painted.mask is not None and painted.state == RegionState.EDITED
    assert (decoded(painted.mask, painted.width, painted.height) == label.canvas.brush.mask).all()
    press(label, qtbot, Qt.Key.Key_Escape)

    press(label, qtbot, Qt.Key.Key_Return)  # what was painted is accepted already: on to what waits
    waited = label.canvas.region
    press(label, qtbot, Qt.Key.Key_Return)
    done = kept(library)
    assert waited is not None and set(done) == {found.id, painted.id, waited.id}
    for _ in range(2):
        press(label, qtbot, Qt.Key.Key_Z, CONTROL)
    assert kept(library) != done
    for _ in range(2):
        press(label, qtbot, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert kept(library) == done

    place = tmp_path / "labels.json"
    export(label, qtbot, place)
    assert read(place) == {
        (rounded(row.box), None if row.mask is None else decoded(row.mask, row.width, row.height).tobytes())
        for row in done.values()
    }


def export(label: LabelScreen, qtbot: QtBot, place: Path) -> None:
    """By the sheet, as COCO."""
    qtbot.keyClick(label.canvas, Qt.Key.Key_E, CONTROL)
    sheet = label.exporting
    sheet.place.selectAll()
    qtbot.keyClicks(sheet.place, str(place))
    qtbot.mouseClick(sheet.go, LEFT)
    qtbot.waitUntil(sheet.show_it.isEnabled, timeout=WAIT)


def rounded(box: Box) -> tuple[float, ...]:
    """A file has three decimals."""
    return tuple(round(edge, 3) for edge in box)


def read(place: Path) -> set[tuple[tuple[float, ...], bytes | None]]:
    """The boxes and masks that pycocotools finds in a file."""
    from pycocotools.coco import COCO

    coco = COCO(str(place))
    found = set()
    for each in coco.loadAnns(coco.getAnnIds()):
        x, y, width, height = each["bbox"]
        mask = np.asarray(coco.annToMask(each), bool).tobytes() if each["segmentation"] else None
        found.add((rounded((x, y, x + width, y + height)), mask))
    return found

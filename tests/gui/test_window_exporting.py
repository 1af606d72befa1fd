"""The sheet that exports labels: what it counts is what is then written."""

import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from lens import Library
from lens_gui.window import Window
from lens_indexes import RegionState
from tests.labelled import labelled, photos_of, rows_for

WAIT = 120_000  # milliseconds: a process starts, on a machine that may be busy
CONTROL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


def test_labels_are_exported_as_they_were_counted(
    open_window: Callable[[Library], Window], library: Library, tmp_path: Path, qtbot: QtBot
) -> None:
    index = labelled(library, tmp_path / "photos", ["a.png", "one/b.png", "two/c.png"])
    proposed = rows_for(index, photos_of(index), "machine", state=RegionState.PROPOSED)
    index.regions.add(proposed, {})
    window = open_window(library)
    window.search.field.setText("folder:two")
    qtbot.keyClick(window, Qt.Key.Key_4, CONTROL)
    label = window.label
    qtbot.waitUntil(lambda: label.view is not None and not label.awaits, timeout=WAIT)
    qtbot.keyClick(label.canvas, Qt.Key.Key_E, CONTROL)
    sheet = label.exporting
    assert sheet.isVisible() and not sheet.isModal()

    def counted(text: str) -> None:
        qtbot.waitUntil(lambda: text in sheet.counts.text(), timeout=WAIT)

    counted("Photos: 1, of them with nothing in them 0. Regions: 6")
    assert "Left out: 6 proposed regions" in sheet.counts.text()
    sheet.with_proposed.click()
    counted("Regions: 12")
    assert "Left out" not in sheet.counts.text()
    assert sheet.formats.currentText() == "coco" and sheet.place.text().endswith("labels-coco.json")
    place = tmp_path / "out.json"
    sheet.place.selectAll()
    qtbot.keyClicks(sheet.place, str(place))
    qtbot.keyClick(sheet.place, Qt.Key.Key_Return)
    assert not sheet.go.isEnabled()
    qtbot.waitUntil(sheet.show_it.isEnabled, timeout=WAIT)
    assert sheet.told.text() == f"Exported to {place}. Regions: 12, photos: 1."
    assert len(json.loads(place.read_text(encoding="utf-8"))["annotations"]) == 12
    qtbot.mouseClick(sheet.go, LEFT)  # it is there already
    qtbot.waitUntil(sheet.go.isEnabled, timeout=WAIT)
    assert str(place) in sheet.told.text() and not sheet.show_it.isEnabled()
    qtbot.keyClick(label.canvas, Qt.Key.Key_D)  # the window can be used beside it
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_sources_are_chosen_and_photos_split(
    open_window: Callable[[Library], Window], library: Library, tmp_path: Path, qtbot: QtBot
) -> None:
    index = labelled(library, tmp_path / "photos", ["a.png", "one/b.png", "two/c.png"])
    index.regions.add(rows_for(index, photos_of(index), "machine"), {})
    index.regions.add(rows_for(index, photos_of(index), "secret"), {})
    index.hidden.set("secret", hidden=True)
    window = open_window(library)
    qtbot.keyClick(window, Qt.Key.Key_4, CONTROL)
    label, sheet = window.label, window.label.exporting
    qtbot.waitUntil(lambda: label.view is not None and not label.awaits, timeout=WAIT)
    qtbot.keyClick(label.canvas, Qt.Key.Key_E, CONTROL)

    def told(label: QLabel, text: str) -> None:
        def said() -> None:
            assert text in label.text(), label.text()

        qtbot.waitUntil(said, timeout=WAIT)

    told(sheet.counts, "Regions: 24")
    assert sheet.sources.checked == ["machine", "me"]  # what is hidden is not offered
    sheet.sources.item(0).setCheckState(Qt.CheckState.Unchecked)
    told(sheet.counts, "Regions: 12")
    sheet.sources.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert not sheet.go.isEnabled() and sheet.counts.text() == "No source is checked."
    sheet.begin()
    assert not sheet.work.runs, "no source stands for all of them"
    sheet.sources.item(1).setCheckState(Qt.CheckState.Checked)
    told(sheet.counts, "Regions: 12")
    sheet.place.setText(str(tmp_path / "out"))
    qtbot.keyClicks(sheet.split, "half")
    qtbot.mouseClick(sheet.go, LEFT)
    sheet.sources.item(1).setCheckState(Qt.CheckState.Unchecked)  # while it is under way
    told(sheet.told, "Shares are numbers")
    assert not sheet.go.isEnabled()
    sheet.sources.item(1).setCheckState(Qt.CheckState.Checked)
    sheet.split.clear()
    qtbot.keyClicks(sheet.split, "0.5, 0.5")
    qtbot.mouseClick(sheet.go, LEFT)
    qtbot.waitUntil(sheet.show_it.isEnabled, timeout=WAIT)
    read = [json.loads(file.read_text(encoding="utf-8")) for file in (tmp_path / "out").rglob("*.json")]
    parts = [each for each in read if "annotations" in each]
    assert len(parts) == 2
    assert sum(len(part["annotations"]) for part in parts) == 12
    assert sum(len(part["images"]) for part in parts) == 3
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    told(sheet.counts, "Regions: 12")
    sheet.open_for("")  # what was chosen stays, and is counted anew
    assert sheet.counts.text() == "Counting…"
    told(sheet.counts, "Regions: 12")
    assert sheet.sources.checked == ["me"]

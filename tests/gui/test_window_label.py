"""Looking through regions, by the keys; what is decided is in the index and in what is exported."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lens import Library
from lens.indexing.report import Progress
from lens_gui.label.running import EVERY
from lens_gui.window import Window
from lens_indexes import Index, RegionState
from tests.labelled import labelled, photos_of, rows_for

WAIT = 120_000  # milliseconds: a process starts, on a machine that may be busy
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def exported(library: Library, file: Path) -> list[str]:
    """The categories of all regions that an export to COCO has."""
    library.exchange.export("coco", file)
    coco = json.loads(file.read_text(encoding="utf-8"))
    names = {each["id"]: each["name"] for each in coco["categories"]}
    return sorted(names[each["category_id"]] for each in coco["annotations"])


class Paints(QObject):
    """Counts how often what it is told of is painted."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        self.count += event.type() == QEvent.Type.Paint
        return super().eventFilter(watched, event)


def test_a_batch_that_goes_on_redraws_no_photo_and_asks_for_news_but_now_and_then(
    open_window: Callable[[Library], Window], library: Library, tmp_path: Path, qtbot: QtBot
) -> None:
    labelled(library, tmp_path / "photos", ["a.png", "b.png"])
    window = open_window(library)
    qtbot.keyClick(window, Qt.Key.Key_4, CONTROL)
    label = window.label
    qtbot.waitUntil(lambda: label.view is not None and label.view.total == 2, timeout=WAIT)
    label.running.turn_over()
    label.running.strip.begin("Finding things", "")
    label.running._looking.start()
    qtbot.wait(200)
    paints, news = Paints(), []
    label.canvas.viewport().installEventFilter(paints)
    label.running.found.connect(lambda: news.append(None))
    begun = monotonic()
    for done in range(500):
        label.running.work.moved.emit(Progress(done, 500, 0, found=f"{done} dogs"))
        QApplication.processEvents()
    assert label.running.counts.text() == "499 dogs"
    assert paints.count <= 1 + len(news)
    assert len(news) <= 1 + 1000 * (monotonic() - begun) / EVERY
    label.canvas.viewport().update()
    qtbot.waitUntil(lambda: paints.count > 0)


def test_what_keys_decide_is_in_the_index_and_exported_undone_and_done_again(
    open_window: Callable[[Library], Window], library: Library, tmp_path: Path, qtbot: QtBot
) -> None:
    index = labelled(library, tmp_path / "photos", ["a.png", "b.png"])
    index.regions.delete(index.regions.matching()["id"].to_pylist())
    rows = rows_for(index, photos_of(index), "machine", state=RegionState.PROPOSED)[:4]
    index.regions.add(rows, {})
    window = open_window(library)
    qtbot.keyClick(window, Qt.Key.Key_4, CONTROL)
    label = window.label

    def held() -> dict[str, tuple[str, str, str]]:
        there = Index.open(library.uri).regions.get([row.id for row in rows])
        return {row.id: (row.state, row.category, row.source) for row in there}

    def settled(waiting: int) -> None:
        def there() -> None:
            assert label.view is not None and not label.awaits, window.toast.text
            assert label.view.waiting == waiting, window.toast.text

        qtbot.waitUntil(there, timeout=WAIT)

    def seen() -> str:
        assert label.canvas.region
        return label.canvas.region.id

    settled(4)
    before, first = held(), seen()
    qtbot.keyClick(label.canvas, Qt.Key.Key_Return)
    settled(3)
    second = seen()
    assert held()[first][0] == "accepted"
    qtbot.keyClick(label.canvas, Qt.Key.Key_Delete)
    settled(2)
    third = seen()
    name = next(name for name in label.view.classes if name != before[third][1])  # type: ignore[union-attr]
    qtbot.keyClick(label.canvas, str(list(label.view.classes).index(name) + 1))  # type: ignore[union-attr]
    settled(1)
    fourth = seen()
    qtbot.keyClick(label.canvas, "n")
    qtbot.keyClicks(label.name, "unicorn")
    qtbot.keyClick(label.name, Qt.Key.Key_Return)
    settled(0)
    done = held()
    assert done == {
        first: ("accepted", *before[first][1:]),
        second: ("rejected", *before[second][1:]),
        third: ("edited", name, "machine"),
        fourth: ("edited", "unicorn", "machine"),
    }
    assert label.view and label.view.classes["unicorn"] == 1

    for waiting, id_ in enumerate((fourth, third, second, first), 1):
        qtbot.keyClick(label.canvas, Qt.Key.Key_Z, CONTROL)
        settled(waiting)
        assert seen() == id_
    assert held() == before  # in their own source
    window.close()  # the next one can still do it again
    again = open_window(library)
    qtbot.keyClick(again, Qt.Key.Key_4, CONTROL)
    window, label = again, again.label
    settled(4)
    for waiting in (3, 2, 1, 0):
        qtbot.keyClick(label.canvas, Qt.Key.Key_Z, CONTROL | SHIFT)
        settled(waiting)
    assert held() == done
    assert exported(library, tmp_path / "out.json") == sorted([before[first][1], name, "unicorn"])


def test_an_index_without_proposals_says_so(window: Window, qtbot: QtBot) -> None:
    window.show_label()
    qtbot.waitUntil(lambda: "nothing waits" in window.label.told.text(), timeout=WAIT)
    qtbot.waitUntil(lambda: not window.label.awaits, timeout=WAIT)
    qtbot.keyClick(window.label, Qt.Key.Key_Delete)
    assert not window.label.awaits  # nothing is chosen


def test_only_photos_that_were_searched_for_are_looked_through_and_a_process_that_ended_is_started_again(
    open_window: Callable[[Library], Window], library: Library, tmp_path: Path, qtbot: QtBot
) -> None:
    index = labelled(library, tmp_path / "photos", ["a.png", "one/b.png", "two/c.png"])
    rows = rows_for(index, photos_of(index), "machine", state=RegionState.PROPOSED)
    index.regions.add(rows, {})
    window = open_window(library)
    window.search.field.setText("folder:two")
    window.show_label()
    label = window.label
    qtbot.waitUntil(lambda: label.view is not None, timeout=WAIT)
    assert label.view and label.view.path and label.view.path.name == "c.png"
    assert (label.view.total, label.view.waiting) == (1, len(rows) / 2)

    qtbot.waitUntil(lambda: not label.awaits, timeout=WAIT)
    decided = label.view.region
    qtbot.keyClick(label.canvas, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not label.awaits, timeout=WAIT)
    os.kill(label.orders.process, signal.SIGKILL)
    qtbot.waitUntil(lambda: not label.orders.runs, timeout=WAIT)
    assert "ended" in label.told.text()
    label.accept()  # nobody is there to be told
    window.show_search()
    window.show_label()
    qtbot.waitUntil(lambda: label.view is not None and label.view.waiting == len(rows) / 2 - 1, timeout=WAIT)
    assert decided
    [kept] = [each for each in library.about(decided.photo).regions if each.id == decided.id]
    assert kept.state == "accepted"  # the window's own library sees it too


def test_keys_that_come_faster_than_answers_are_not_lost_and_the_place_is_kept(
    open_window: Callable[[Library], Window], library: Library, tmp_path: Path, qtbot: QtBot
) -> None:
    index = labelled(library, tmp_path / "photos", ["a.png", "one/b.png", "two/c.png"])
    index.regions.delete(index.regions.matching()["id"].to_pylist())
    rows = rows_for(index, photos_of(index), "machine", state=RegionState.PROPOSED)
    index.regions.add(rows, {})
    window = open_window(library)
    window.show_label()
    label = window.label
    qtbot.waitUntil(lambda: label.view is not None, timeout=WAIT)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Delete, Qt.Key.Key_Return, Qt.Key.Key_D):
        qtbot.keyClick(label.canvas, key)
    qtbot.waitUntil(lambda: not label.awaits, timeout=WAIT)
    assert label.view and (label.view.at, label.view.waiting) == (1, len(rows) - 3)
    states = [row.state for row in Index.open(library.uri).regions.get([row.id for row in rows])]
    assert (states.count("accepted"), states.count("rejected")) == (2, 1)

    place = label.view.photo
    window.show_search()
    window.show_label()
    qtbot.waitUntil(lambda: not label.awaits, timeout=WAIT)
    assert (label.view.photo, label.view.waiting) == (place, len(rows) - 3)

    window.search.field.setText("date:never")
    window.show_label()
    qtbot.waitUntil(lambda: not label.awaits, timeout=WAIT)
    assert "date" in label.told.text() and label.view.total == 0 and not label.canvas.isVisible()
    qtbot.keyClick(label, Qt.Key.Key_Delete)
    window.search.field.clear()
    window.show_label()
    qtbot.waitUntil(lambda: not label.awaits, timeout=WAIT)
    assert label.view.waiting == len(rows) - 3

"""The overlay of regions: what is drawn of a photo never stands over another, and without a photo there is nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QSettings, QSize, QSizeF
from PySide6.QtGui import QHelpEvent, QImage
from pytestqt.qtbot import QtBot

from lens_gui.colours import Colours
from lens_gui.photo.canvas import Canvas
from lens_gui.tasks import Task, Tasks
from lens_indexes import RegionRow, RegionState

SIZE = QSize(60, 40)
ROW = RegionRow("a", "p", "c", "dog", (5, 5, 30, 30), 60, 40, "me", RegionState.ACCEPTED, datetime.now(UTC))


class Held(Tasks):
    """Nothing is done before the test does it."""

    def __init__(self) -> None:
        super().__init__(1)
        self.waiting: list[Task] = []

    def run(self, work: Callable[[], Any], then: Callable[[Any], object], failed: Callable[..., object]) -> Task:
        self.waiting.append(Task(work, then, failed))
        return self.waiting[-1]

    def do_next(self) -> None:
        task = self.waiting.pop(0)
        task.then(task.work())


@pytest.fixture
def tasks() -> Iterator[Held]:
    held = Held()
    yield held
    held.close()


@pytest.fixture
def canvas(tasks: Held, settings: QSettings, qtbot: QtBot) -> Canvas:
    made = Canvas(tasks, Colours(settings, "none"))
    qtbot.addWidget(made)
    made.resize(200, 150)
    return made


def test_a_picture_of_the_regions_of_another_photo_is_dropped(tasks: Held, canvas: Canvas) -> None:
    overlay = canvas.overlay
    canvas.show_picture(QImage(SIZE, QImage.Format.Format_RGB32), SIZE)
    overlay.show_regions([ROW], QSizeF(SIZE))
    canvas.grab()  # paints
    assert len(tasks.waiting) == 1
    overlay.show_regions((), QSizeF(SIZE))  # on to the next photo
    overlay.show_regions([replace(ROW, id="b", photo="q", box=(40, 10, 50, 20))], QSizeF(SIZE))
    tasks.do_next()
    assert overlay._sketch is None, "the regions of the photo before are drawn over this one"
    canvas.grab()
    tasks.do_next()
    assert overlay.settled and overlay._sketch is not None


def test_where_there_is_no_photo_the_mouse_rests_on_nothing(canvas: Canvas) -> None:
    for size in (QSize(), QSize(0, 0)):
        canvas.show_picture(QImage(), size)
        canvas.overlay.show_regions([ROW], QSizeF(size))
        at = QPoint(20, 20)
        canvas.viewportEvent(QHelpEvent(QHelpEvent.Type.ToolTip, at, canvas.mapToGlobal(at)))
        assert canvas.overlay.at(canvas.mapToScene(at)) is None

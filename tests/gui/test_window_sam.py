"""A network that cuts things out in the window: it looks at a photo in the background, and then answers at once."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from lens import Library
from lens.labeling.masks import decoded
from lens.models.imported import import_model
from lens.models.segmenters.base import Points
from lens.models.segmenters.loading import load_segmenter
from lens_gui.label.screen import LabelScreen
from lens_gui.window import Window
from tests import region_checkpoints
from tests.gui.label_screen import opened

WAIT = 120_000  # milliseconds: a process starts and loads a network, on a machine that may be busy
LEFT = Qt.MouseButton.LeftButton
SIZE = (480, 320)


@pytest.fixture
def label(
    open_window: Callable[[Library], Window], library: Library, tmp_path: Path, qtbot: QtBot
) -> tuple[LabelScreen, Image.Image]:
    """The label screen at a photo of a disc, on a machine with a tiny SAM of random weights; and the photo."""
    import_model(region_checkpoints.sam_checkpoint(tmp_path / "sam_tiny.pth", side=96), "tiny-sam")
    (tmp_path / "photos").mkdir()
    image = Image.new("RGB", SIZE, (20, 40, 120))
    ImageDraw.Draw(image).ellipse((140, 90, 259, 209), fill=(230, 200, 40))
    image.save(tmp_path / "photos" / "a.png")
    screen = opened(open_window, library, tmp_path / "photos", qtbot)
    qtbot.waitUntil(lambda: screen.view is not None and not screen.awaits, timeout=WAIT)
    return screen, image


def looked(label: LabelScreen, qtbot: QtBot) -> None:
    """Wait until the segmenter has looked at the photo, and has answered."""

    def ready() -> None:
        cutting = label.drawing.cutting
        assert cutting.ready and not cutting.orders.busy, f"{cutting.models.currentText()}: {cutting.told.text()}"

    qtbot.waitUntil(ready, timeout=WAIT)


def at(label: LabelScreen, x: float, y: float) -> QPoint:
    return label.canvas.mapFromScene(QPointF(x, y))


def shown(label: LabelScreen) -> np.ndarray:
    mask = label.canvas.pointing.mask
    return decoded(mask, *SIZE) if mask else np.zeros(SIZE[::-1], bool)


def test_a_network_looks_at_the_photo_with_progress_and_cancel_then_answers_points_and_boxes(
    label: tuple[LabelScreen, Image.Image], qtbot: QtBot
) -> None:
    screen, image = label
    cutting, viewport = screen.drawing.cutting, screen.canvas.viewport()
    qtbot.keyClick(screen.canvas, "c")
    assert cutting.strip.isVisible() and cutting.orders.runs
    qtbot.mouseClick(cutting.strip.stop, LEFT)
    assert not cutting.orders.runs and cutting.isHidden() and screen.tools.current == ""

    qtbot.keyClick(screen.canvas, "c")
    looked(screen, qtbot)
    assert cutting.models.currentText() == "tiny-sam"  # rather than what comes with Lens
    assert [cutting.models.itemText(row) for row in range(cutting.models.count())] == ["builtin", "tiny-sam"]
    assert not cutting.strip.isVisible()
    reference = load_segmenter("tiny-sam")
    reference.set_image(image)
    qtbot.mouseClick(viewport, LEFT, pos=at(screen, 200, 150))
    looked(screen, qtbot)
    (prompt,) = screen.canvas.pointing.points
    places = np.array([prompt.place.toTuple()], np.float32)
    wanted = reference.segment(points=[Points(places, np.array([True]))]).masks[0]
    assert wanted.any(), "nothing is said by a network that finds nothing"
    np.testing.assert_array_equal(shown(screen), wanted)

    qtbot.keyClick(screen.canvas, Qt.Key.Key_Escape)
    qtbot.mousePress(viewport, LEFT, pos=at(screen, 130, 80))
    qtbot.mouseMove(viewport, at(screen, 270, 220))
    qtbot.mouseRelease(viewport, LEFT, pos=at(screen, 270, 220))
    looked(screen, qtbot)
    box = screen.canvas.pointing.box
    assert box is not None
    np.testing.assert_array_equal(shown(screen), reference.segment(boxes=np.array([box], np.float32)).masks[0])

    cutting.models.setCurrentText("builtin")
    cutting.models.activated.emit(0)
    looked(screen, qtbot)  # the same is asked of the other
    true = np.asarray(image)[..., 0] > 128
    assert (shown(screen) & true).sum() / (shown(screen) | true).sum() > 0.9

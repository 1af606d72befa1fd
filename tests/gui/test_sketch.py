"""The picture of regions that is drawn over a photo, pixel by pixel."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from lens.labeling.masks import box_of, encoded
from lens_gui.colours import PALETTE
from lens_gui.photo import outline
from lens_gui.photo import sketch as drawing
from lens_gui.photo.sketch import TINT, Outlines, Sight, Sketch, legible_on, outline_of, sketch
from lens_indexes import RegionRow, RegionState
from tests.gui.test_theme import contrast
from tests.labelled import disc

SIZE = (400, 300)
BOX = RegionRow("a", "p", "c", "dog", (100, 50, 300, 250), *SIZE, "me", RegionState.ACCEPTED, datetime.now(UTC))
RING = disc(SIZE, 200, 150, 90) & ~disc(SIZE, 200, 150, 40)
COLOUR = QColor(0, 114, 178)
WHOLE = Sight(QRectF(0, 0, *SIZE), 1.0, 1.0)


@pytest.fixture(autouse=True)
def application(qtbot: QtBot) -> None:
    """Text is drawn by one."""


def masked(mask: np.ndarray, **changes: object) -> RegionRow:
    return replace(BOX, mask=encoded(mask), box=box_of(mask), **changes)


def drawn(*regions: RegionRow, sight: Sight = WHOLE, known: Outlines | None = None) -> Sketch:
    return sketch(regions, QSizeF(*SIZE), sight, {} if known is None else known, {"dog": COLOUR})


def opaque(made: Sketch) -> np.ndarray:
    """How much each pixel of a picture covers, (height, width), 0 to 255."""
    width, height = made.picture.width(), made.picture.height()
    return np.frombuffer(made.picture.constBits(), np.uint8).reshape(height, width, 4)[..., 3]


def test_a_box_is_a_line_of_its_colour_wherever_the_photo_is_and_named() -> None:
    made = drawn(BOX)
    assert made.complete and made.picture.pixelColor(100, 150) == COLOUR
    assert not opaque(made)[120:240, 110:290].any() and not opaque(made)[:48].any()
    assert opaque(made)[51:60, 103:115].all()  # its name
    near = drawn(BOX, sight=Sight(QRectF(90, 40, 100, 75), 4.0, 1.0))
    assert near.picture.size().toTuple() == (400, 300)
    assert opaque(near)[100:, 38:42].any(axis=1).all() and not opaque(near)[100:, 44:].any()
    assert not drawn(BOX, sight=Sight(QRectF(310, 0, 90, 300), 1.0, 1.0)).picture.pixelColor(50, 150).alpha()
    assert drawn(BOX, sight=Sight(QRectF(0, 0, *SIZE), 1.0, 2.0)).picture.size().toTuple() == (800, 600)


@pytest.mark.parametrize("scale", [1.0, 0.5, 0.25])
def test_a_mask_is_tinted_where_it_is_however_far_away(scale: float) -> None:
    made = drawn(masked(RING), sight=Sight(QRectF(0, 0, *SIZE), scale, 1.0))
    tinted = opaque(made)[int(70 * scale) :] == TINT  # below its name
    step = round(1 / scale)
    wanted = RING[step // 2 :: step, step // 2 :: step][int(70 * scale) :]
    assert made.complete and tinted.any()
    assert not (tinted & ~wanted).any(), "beside the mask something is tinted"
    assert (tinted | (opaque(made)[int(70 * scale) :] == 255))[wanted].mean() > 0.99


def test_masks_that_take_too_long_are_boxes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    known: Outlines = {}
    monkeypatch.setattr(drawing, "TRACING", -1.0)
    first = drawn(masked(RING), known=known)
    assert not first.complete and opaque(first)[150, 110] == 255 and not opaque(first)[150, 130]
    monkeypatch.undo()
    second = drawn(masked(RING), known=known)
    assert second.complete and opaque(second)[150, 130] == TINT
    monkeypatch.setattr(drawing, "TRACING", -1.0)
    assert drawn(masked(RING), known=known).complete  # traced once
    thin = np.zeros_like(RING)
    thin[100, 100:300] = True
    monkeypatch.undo()
    far = drawn(masked(thin), sight=Sight(QRectF(0, 0, *SIZE), 0.1, 1.0))
    assert far.complete and opaque(far).any()  # its box at least


def test_a_mask_looks_the_same_however_short_the_stretches_are_that_its_line_is_drawn_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    square = np.zeros_like(RING)
    square[100:200, 100:300] = True  # whose sides are lines without width
    for mask in (RING, square):
        for place in (QRectF(0, 0, *SIZE), QRectF(90, 90, 100, 75), QRectF(150, 190, 100, 75)):
            sight = Sight(place, 400 / place.width(), 1.0)
            whole = opaque(drawn(masked(mask), sight=sight))
            with monkeypatch.context() as patch:
                patch.setattr(outline, "STRETCH", 3)
                pieces = opaque(drawn(masked(mask), sight=sight))
            assert (whole == 255).any() and (whole != pieces).mean() < 0.002  # but for ends of the stretches


def test_only_what_is_in_sight_of_an_outline_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outline, "STRETCH", 10)
    found = outline_of(masked(RING), 1, {})
    assert found is not None and found.inside.elementCount() > 400
    left = found.in_sight(QRectF(100, 100, 50, 100))
    assert 0 < len(left) < len(found.lines) / 2
    assert found.in_sight(QRectF(0, 0, 20, 20)) == []


def test_of_many_regions_only_the_wide_ones_are_named_and_no_more_than_can_be_read() -> None:
    lines = np.random.default_rng(0).integers(0, 250, (2000, 2))
    small = [replace(BOX, box=(x, y, x + 6.0, y + 6.0)) for x, y in lines.astype(float).tolist()]
    boxes = np.array([each.box for each in small], float)
    named = drawing._named(boxes, list(range(len(small))), 1.0)
    assert named == []
    assert len(drawing._named(boxes, list(range(len(small))), 100.0)) == drawing.NAMED
    assert len(drawing._named(boxes, list(range(100)), 1.0)) == 100
    assert opaque(drawn(*small)).any()


@pytest.mark.parametrize("colour", PALETTE)
def test_names_are_legible_on_every_colour(colour: tuple[int, int, int]) -> None:
    ground = QColor(*colour)
    assert contrast(legible_on(ground).name(), ground.name()) >= 4.5

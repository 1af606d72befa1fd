"""A picture of the regions in a part of a photo: boxes, masks and what they are called. Any thread may make it."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from lens.export.polygons import parts_of
from lens_gui.photo.outline import Outline, outline_along
from lens_indexes import RegionRow

__all__ = ["Outlines", "Sight", "Sketch", "legible_on", "outline_of", "sketch"]

LINE = 2.0  # screen pixels, however near the photo is
MANY = 1000  # regions in sight, from which on lines are half as wide and the small ones have no names
NAMED = 200  # regions in sight that are named at the most, the largest
WIDE = 48.0  # screen pixels that a region has across to be named where there are many
TINT = 70  # of 255, how much a mask covers
LETTERS = 9  # points
PADDING = 4  # screen pixels beside what a region is called
TRACING = 0.3  # seconds, after which masks that are not traced yet have to wait for the next picture

Outlines = dict[tuple[bytes, int], Outline]
"""Of masks, in pixels of the photo that they were made on, by the steps that they were traced in; added to."""


@dataclass(frozen=True)
class Sight:
    """A part of a photo on the screen."""

    place: QRectF
    """Pixels of the photo as it is drawn."""
    scale: float
    """Screen pixels for one of the photo's."""
    ratio: float
    """Device pixels for one of the screen."""


@dataclass(frozen=True)
class Sketch:
    """A picture of what is seen in a part of a photo, transparent where there is nothing."""

    sight: Sight
    picture: QImage
    complete: bool
    """Whether it has all masks; those that it lacks are drawn as boxes."""


def sketch(
    regions: Sequence[RegionRow], size: QSizeF, sight: Sight, outlines: Outlines, colours: Mapping[str, QColor]
) -> Sketch:
    """Draw regions.

    Args:
        regions: later ones lie over earlier ones.
        size: of the photo as it is drawn, to which those made on a photo of another size are stretched.
        sight: what is to be drawn.
        outlines: those that are known already; what is traced is added.
        colours: of their categories.
    """
    pixels = sight.place.size() * sight.scale * sight.ratio
    picture = QImage(pixels.toSize(), QImage.Format.Format_ARGB32_Premultiplied)
    picture.setDevicePixelRatio(sight.ratio)
    picture.fill(0)
    painter = QPainter(picture)
    painter.scale(sight.scale, sight.scale)
    painter.translate(-sight.place.topLeft())
    boxes = _boxes(regions, size)
    seen = _in_sight(boxes, sight.place)
    complete, unmasked = True, defaultdict[str, list[QRectF]](list)
    ends = time.monotonic() + TRACING
    for at in seen:
        x0, y0, x1, y1 = boxes[at].tolist()
        region, box = regions[at], QRectF(QPointF(x0, y0), QPointF(x1, y1))
        outline = None
        if region.mask is not None:
            outline = outline_of(region, _step(region, size, sight), outlines, trace=time.monotonic() < ends)
            complete &= outline is not None
        if outline is None or not outline.lines:
            unmasked[region.category].append(box)
        else:
            _draw_mask(painter, outline, region, size, colours[region.category])
    for category, some in unmasked.items():
        painter.setPen(_pen(colours[category], LINE if len(seen) < MANY else LINE / 2))
        painter.drawRects(some)
    for at in _named(boxes, seen, sight.scale):
        _draw_name(painter, regions[at], QPointF(*boxes[at, :2].tolist()), sight.scale, colours[regions[at].category])
    painter.end()
    return Sketch(sight, picture, complete)


def outline_of(region: RegionRow, step: int, outlines: Outlines, *, trace: bool = True) -> Outline | None:
    """The outline of a mask; None if it is not known and not to be traced, empty if steps are larger than it is."""
    key = (region.mask or b"", step)
    if key not in outlines and trace:
        parts = parts_of(key[0], region.width, region.height, step=step)
        outlines[key] = outline_along([ring for part in parts for ring in (part.outline, *part.holes)])
    return outlines.get(key)


def legible_on(colour: QColor) -> QColor:
    """Black or white, whichever stands out more: a contrast of 4.5 at least (WCAG 2.2, relative luminance)."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return QColor("black" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "white")


def _boxes(regions: Sequence[RegionRow], size: QSizeF) -> NDArray[np.float64]:
    """(n, 4) in pixels of the photo as it is drawn."""
    boxes = np.array([each.box for each in regions], np.float64).reshape(-1, 4)
    made_on = np.array([(each.width, each.height) * 2 for each in regions], np.float64).reshape(-1, 4)
    stretched: NDArray[np.float64] = boxes * np.array([size.width(), size.height()] * 2) / made_on
    return stretched


def _in_sight(boxes: NDArray[np.float64], place: QRectF) -> list[int]:
    x0, y0, x1, y1 = boxes.T
    across = (x1 >= place.left()) & (x0 <= place.right())
    return np.flatnonzero(across & (y1 >= place.top()) & (y0 <= place.bottom())).tolist()


def _named(boxes: NDArray[np.float64], seen: list[int], scale: float) -> list[int]:
    """Which regions have their names beside them."""
    wide, high = (boxes[seen, 2:] - boxes[seen, :2]).T
    large = [at for at, side in zip(seen, wide.tolist(), strict=True) if len(seen) < NAMED or side * scale >= WIDE]
    if len(large) <= NAMED:
        return large
    areas = dict(zip(seen, (wide * high).tolist(), strict=True))
    return sorted(sorted(large, key=lambda at: -areas[at])[:NAMED])


def _step(region: RegionRow, size: QSizeF, sight: Sight) -> int:
    """Pixels of a mask for one of the device, rounded down to a power of two, so that few different ones are traced."""
    pixels = region.width / (size.width() * sight.scale * sight.ratio)
    return 1 << max(int(pixels).bit_length() - 1, 0)


def _pen(colour: QColor, wide: float) -> QPen:
    pen = QPen(colour, wide)
    pen.setCosmetic(True)
    return pen


def _draw_mask(painter: QPainter, outline: Outline, region: RegionRow, size: QSizeF, colour: QColor) -> None:
    painter.save()
    painter.scale(size.width() / region.width, size.height() / region.height)
    painter.fillPath(outline.inside, QColor(colour.red(), colour.green(), colour.blue(), TINT))
    painter.setPen(_pen(colour, LINE))
    there, _ = painter.worldTransform().inverted()
    picture = QRectF(painter.window()).adjusted(-LINE, -LINE, LINE, LINE)
    for line in outline.in_sight(there.mapRect(picture)):
        painter.drawPath(line)
    painter.restore()


def _draw_name(painter: QPainter, region: RegionRow, place: QPointF, scale: float, colour: QColor) -> None:
    """What a region is called, of one size however near the photo is, and legible on any photo."""
    score = f" {region.score:.0%}" if region.score is not None else ""
    text = f"{region.category}{score}"
    font = QFont()
    font.setPointSize(LETTERS)
    letters = QFontMetricsF(font)
    painter.save()
    painter.translate(place)
    painter.scale(1 / scale, 1 / scale)
    painter.setFont(font)
    chip = QRectF(0, 0, letters.horizontalAdvance(text) + 2 * PADDING, letters.height())
    painter.fillRect(chip, colour)
    painter.setPen(legible_on(colour))
    painter.drawText(QPointF(PADDING, letters.ascent()), text)
    painter.restore()

"""A round brush that paints masks and erases them, pixel by pixel of the photo."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from lens.reviewing.strokes import Stroke, extent_of_stroke, mask_within, stamp
from lens_gui.label.tinting import tint
from lens_gui.label.tool import Tool
from lens_indexes import RegionRow

__all__ = ["Brush"]

SIZES = (2.0, 400.0)  # screen pixels across, the least and the most
FACTOR = 1.25  # of one step


class Brush(Tool):
    """Shows a mask while it is changed; only what a stroke touches is drawn again, however large the photo is.

    A stroke is seen at once, and carried out again, in the same way, where the index is. Until all of them are, what is
    seen here is newer than what the index has.
    """

    stroked = Signal(Stroke)
    """One was drawn."""
    refused = Signal(str)
    """Why what is chosen cannot be painted."""
    shape_of_cursor = Qt.CursorShape.BlankCursor  # a ring is drawn

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)  # what is to be drawn again is told
        self.across = 24.0
        """Screen pixels: nearer to the photo it paints more finely."""
        self.adds = True
        """Whether it paints, or else erases."""
        self.mask: NDArray[np.uint8] = np.zeros((0, 0), np.uint8)
        """(height, width) of the photo, 0 or 1."""
        self.under_way = 0
        """Strokes that the index does not have yet."""
        self.id = ""
        """Of the region that is painted; empty while there is none."""
        self._as_of: tuple[str, datetime | None, bool] | None = None
        self._region: RegionRow | None = None
        self._missed = False
        self._places: list[tuple[float, float]] | None = None
        self._at: QPointF | None = None

    @property
    def radius(self) -> float:
        """Pixels of the photo."""
        return self.across / 2 / self.scale_now

    def boundingRect(self) -> QRectF:
        """All of the photo, and the ring beside it."""
        around = SIZES[1] / self.scale_now
        return QRectF(QPointF(0, 0), self.room).adjusted(-around, -around, around, around)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """The part of the mask that is to be drawn again, and the ring."""
        tint(painter, self.mask, option.exposedRect.toAlignedRect(), self.scale_now, self.colour)
        if self._at is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for colour, wide in ((QColor(0, 0, 0, 170), 3.0), (QColor("white"), 1.5)):
                pen = QPen(colour, wide, Qt.PenStyle.SolidLine if self.adds else Qt.PenStyle.DashLine)
                pen.setCosmetic(True)
                painter.setPen(pen)
                painter.drawEllipse(self._at, self.radius, self.radius)

    def follow(self, region: RegionRow | None, room: QSizeF) -> None:
        """Show the mask of this region as the index has it, or none, unless it is shown or there is a newer one here.

        Args:
            region: that is chosen.
            room: the size of the photo.
        """
        self._region = region
        size = (int(room.height()), int(room.width()))
        now = (region.id, region.changed_at, self.adds or region.mask is not None) if region else None
        fresh = now == self._as_of and size == self.mask.shape
        if fresh or self.under_way or self._places is not None:
            self._missed |= not fresh
            return
        self.set_room(room)
        self._missed = False
        self._as_of, self.id = now, region.id if region else ""
        self.mask = np.zeros(size, np.uint8)
        if region and self.fits(region):
            x0, y0, x1, y1 = region.box
            extent = (int(x0), int(y0), int(np.ceil(x1)), int(np.ceil(y1)))
            self.mask[extent[1] : extent[3], extent[0] : extent[2]] = mask_within(region, extent, adds=self.adds)
        self.update()

    def stored(self, region: RegionRow | None) -> None:
        """The oldest stroke that was under way is in the index now: the region as it is there, None if it is gone."""
        self.under_way = max(self.under_way - 1, 0)
        kept = region if region and self.id in ("", region.id) else None
        self.id = kept.id if kept else ""
        self._as_of = (kept.id, kept.changed_at, True) if kept and not (self._missed and not self.under_way) else None

    def forget(self) -> None:
        """What is under way is lost: what the index has is to be shown again."""
        self.under_way, self._places = 0, None
        self.mask = self.mask[:0]

    def fits(self, region: RegionRow) -> bool:
        """Whether a region was made on a photo of this size."""
        return (region.width, region.height) == (self.room.width(), self.room.height())

    def resize(self, by: int) -> None:
        """Make it larger, or smaller."""
        self._show_ring(None)
        self.across = min(max(self.across * FACTOR**by, SIZES[0]), SIZES[1])
        self.update()

    def pressed(self, place: QPointF) -> None:
        """A stroke begins."""
        if self._region and not self.fits(self._region):
            self.refused.emit("The photo has another size since this was found, so that it cannot be painted.")
        else:
            self._places = []
            self.moved(place)

    def moved(self, place: QPointF) -> None:
        """The ring follows, and the stroke goes on."""
        self._show_ring(place)
        if self._places is not None:
            here = (place.x(), place.y())
            step = Stroke([*self._places[-1:], here], self.radius, self.adds)
            self._places.append(here)
            extent = extent_of_stroke(step, self.mask.shape[1], self.mask.shape[0])
            if extent:
                stamp(self.mask, (0, 0), step)
                x0, y0, x1, y1 = extent
                self.update(QRectF(x0, y0, x1 - x0, y1 - y0))

    def released(self, place: QPointF) -> None:
        """The stroke is done."""
        places, self._places = self._places, None
        if places:
            self.under_way += 1
            self.stroked.emit(Stroke(places, self.radius, self.adds))

    def away(self) -> None:
        """No ring is seen."""
        self._show_ring(None)

    def _show_ring(self, at: QPointF | None) -> None:
        around = self.radius + 3 / self.scale_now
        for place in (self._at, at):
            if place is not None:
                self.update(QRectF(place.x() - around, place.y() - around, 2 * around, 2 * around))
        self._at = at

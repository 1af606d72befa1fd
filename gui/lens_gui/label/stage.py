"""A photo with its regions, one of which is chosen: it can be held, and others drawn."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from lens.labeling.drawing import colour_of
from lens_gui.label.handles import Handles
from lens_gui.photo.canvas import FACTOR, Canvas
from lens_indexes import Box, RegionRow, RegionState

__all__ = ["Stage"]

SHADE = QColor(0, 0, 0, 110)


class Stage(Canvas):
    """Zoomed and panned as on the photo's own screen; a click chooses what it hits, the smallest first."""

    drawn = Signal(tuple)
    """The box that a person has drawn, as a `Box`."""
    reshaped = Signal(RegionRow, tuple)
    """What has another box, and the box."""
    chosen = Signal(object)
    """A `RegionRow`, or None where there is nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._regions: Sequence[RegionRow] = ()
        self.region: RegionRow | None = None
        """What is chosen."""
        self._shade = QGraphicsPathItem()
        self._shade.setBrush(QBrush(SHADE))
        self._shade.setPen(QPen(Qt.PenStyle.NoPen))
        self._shade.setZValue(0.5)  # over what is drawn of the other regions
        self._shade.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.handles = Handles()
        for item in (self._shade, self.handles):
            self.scene().addItem(item)
        self.zoomed.connect(self.handles.set_scale)
        self.clicked.connect(self._choose_at)
        self.cut.connect(self._on_drawn)
        self.handles.moved.connect(self._shade_around)
        self.handles.changed.connect(self._on_changed)

    def show_regions(self, regions: Sequence[RegionRow], chosen: RegionRow | None) -> None:
        """Draw these regions, and choose one of them."""
        self._regions = [each for each in regions if each.state != RegionState.REJECTED]
        self.overlay.show_regions(regions, self.size_shown)
        self.choose(chosen)

    def choose(self, region: RegionRow | None) -> None:
        """Hold another region; while that waits, all else is shaded."""
        self.region = region
        self._shade.setVisible(region is not None and region.state == RegionState.PROPOSED)
        if region is None:
            self.handles.hide()
        else:
            box = self._place_of(region)
            self.handles.hold(box, self.size_shown, QColor(*colour_of(region.category)))
            self._shade_around(box)

    def keys(self) -> dict[str, Callable[[], object]]:
        """What keys do to what is in sight, and to what is chosen."""
        return {
            "next-region": partial(self.choose_next, 1),
            "previous-region": partial(self.choose_next, -1),
            "fit-label": self.fit,
            "closer-label": partial(self.zoom, FACTOR),
            "farther-label": partial(self.zoom, 1 / FACTOR),
            "left-label": partial(self.pan, -1, 0),
            "right-label": partial(self.pan, 1, 0),
            "up-label": partial(self.pan, 0, -1),
            "down-label": partial(self.pan, 0, 1),
        }

    def choose_next(self, by: int) -> None:
        """Choose the next region, or the one before, in a circle."""
        ids = [each.id for each in self._regions]
        if ids:
            now = self.region.id if self.region else ""
            at = ids.index(now) + by if now in ids else (0 if by > 0 else -1)
            self.chosen.emit(self._regions[at % len(ids)])

    def set_cutting(self, on: bool) -> None:
        """Let dragging draw a box, or hold what is chosen and move the photo."""
        super().set_cutting(on)
        self.handles.setAcceptHoverEvents(not on)

    def _place_of(self, region: RegionRow) -> QRectF:
        """Its box in the photo as it is drawn."""
        across, down = self.size_shown.width() / region.width, self.size_shown.height() / region.height
        x0, y0, x1, y1 = region.box
        return QRectF(QPointF(x0 * across, y0 * down), QPointF(x1 * across, y1 * down))

    def _choose_at(self, place: QPointF) -> None:
        boxes = [(each, self._place_of(each)) for each in self._regions]
        under = [(each, box) for each, box in boxes if box.contains(place)]
        smallest = min(under, key=lambda each: each[1].width() * each[1].height(), default=None)
        self.chosen.emit(smallest[0] if smallest else None)

    def _on_drawn(self, part: QRect) -> None:
        x, y = part.x(), part.y()
        self.drawn.emit((float(x), float(y), float(x + part.width()), float(y + part.height())))

    def _on_changed(self, box: QRectF) -> None:
        if self.region is not None:
            self.reshaped.emit(self.region, _within(box, self.region, self.size_shown.width()))

    def _shade_around(self, box: QRectF) -> None:
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.OddEvenFill)
        path.addRect(QRectF(QPointF(0, 0), self.size_shown))
        path.addRect(box)
        self._shade.setPath(path)


def _within(box: QRectF, region: RegionRow, width: float) -> Box:
    """A box of the photo as it is drawn, in the pixels that a region was made in."""
    by = region.width / width
    return (
        max(box.left() * by, 0.0),
        max(box.top() * by, 0.0),
        min(box.right() * by, float(region.width)),
        min(box.bottom() * by, float(region.height)),
    )

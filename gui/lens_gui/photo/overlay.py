"""Regions over their photo: boxes, masks, and what they are called."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsPathItem,
    QGraphicsRectItem,
    QGraphicsScene,
    QGraphicsSimpleTextItem,
)

from lens.export.polygons import parts_of
from lens.labeling.drawing import colour_of
from lens_indexes import RegionRow, RegionState

__all__ = ["Overlay"]

LINE = 2.0  # screen pixels, however near the photo is
TINT = 70  # of 255, how much a mask covers
LETTERS = 9  # points
PADDING = 4  # screen pixels beside what a region is called


class Overlay:
    """The regions of one photo in a scene, those of each source shown or hidden together."""

    def __init__(self, scene: QGraphicsScene) -> None:
        self._scene = scene
        self._items: dict[str, list[QGraphicsItem]] = {}  # by source
        self._hidden: set[str] = set()
        self._off = False

    @property
    def shown(self) -> int:
        """How many regions can be seen."""
        seen = (items for source, items in self._items.items() if source not in self._hidden and not self._off)
        return sum(len(items) // 2 for items in seen)

    def toggle(self) -> None:
        """Hide all regions, or show those again whose sources are shown."""
        self._off = not self._off
        self.hide(self._hidden)

    def show_regions(self, regions: Sequence[RegionRow], size: QSizeF) -> None:
        """Draw these instead; those that were rejected are left out.

        Args:
            size: of the photo as it is drawn, to which regions made on a photo of another size are stretched.
        """
        for items in self._items.values():
            for item in items:
                self._scene.removeItem(item)
        self._items = {}
        for region in regions:
            if region.state != RegionState.REJECTED:
                drawn = self._items.setdefault(region.source, [])
                drawn += _items(region, size)
        for items in self._items.values():
            for item in items:
                self._scene.addItem(item)
        self.hide(self._hidden)

    def hide(self, sources: Collection[str]) -> None:
        """Show all sources but these, now and for other photos."""
        self._hidden = set(sources)
        for source, items in self._items.items():
            for item in items:
                item.setVisible(source not in self._hidden and not self._off)


def _items(region: RegionRow, size: QSizeF) -> list[QGraphicsItem]:
    across, down = size.width() / region.width, size.height() / region.height
    colour = QColor(*colour_of(region.category))
    path = QPainterPath()
    x0, y0, x1, y1 = region.box
    if region.mask is None:
        path.addRect(QRectF(QPointF(x0 * across, y0 * down), QPointF(x1 * across, y1 * down)))
    else:
        path.setFillRule(Qt.FillRule.OddEvenFill)
        for part in parts_of(region.mask, region.width, region.height):
            for ring in (part.outline, *part.holes):
                path.addPolygon(QPolygonF([QPointF(x * across, y * down) for x, y in ring.tolist()]))
                path.closeSubpath()
    shape = QGraphicsPathItem(path)
    pen = QPen(colour, LINE)
    pen.setCosmetic(True)
    shape.setPen(pen)
    if region.mask is not None:
        shape.setBrush(QBrush(QColor(colour.red(), colour.green(), colour.blue(), TINT)))
    tag = _tag(region, colour)
    tag.setPos(x0 * across, y0 * down)
    for item in (shape, tag):
        item.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        item.setToolTip(region.source)
    return [shape, tag]


def _tag(region: RegionRow, colour: QColor) -> QGraphicsItem:
    """What a region is called, of one size however near the photo is, and legible on any photo."""
    score = f" {region.score:.0%}" if region.score is not None else ""
    text = QGraphicsSimpleTextItem(f"{region.category}{score}")
    font = QFont()
    font.setPointSize(LETTERS)
    text.setFont(font)
    text.setBrush(QBrush(_legible_on(colour)))
    text.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
    tag = QGraphicsRectItem(text.boundingRect().adjusted(-PADDING, 0, PADDING, 0))
    tag.setBrush(QBrush(colour))
    tag.setPen(QPen(Qt.PenStyle.NoPen))
    tag.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
    text.setParentItem(tag)
    return tag


def _legible_on(colour: QColor) -> QColor:
    """Black or white, whichever stands out more: a contrast of 4.5 at least (WCAG 2.2, relative luminance)."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return QColor("black" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "white")

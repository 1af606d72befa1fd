"""A photo with its regions, one of which is chosen: it can be held and painted, and others drawn."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QImage, QMouseEvent, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem

from lens_gui.colours import Colours
from lens_gui.label.brush import Brush
from lens_gui.label.handles import Handles
from lens_gui.label.pointing import Pointing
from lens_gui.label.polygon import Polygon
from lens_gui.label.tool import Tool
from lens_gui.label.tools import BOX, CUT, ERASER, PAINT, POLYGON
from lens_gui.photo.canvas import FACTOR, Canvas
from lens_gui.tasks import Tasks
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

    def __init__(self, tasks: Tasks, colours: Colours) -> None:
        super().__init__(tasks, colours)
        self._colours = colours
        self._regions: Sequence[RegionRow] = ()
        self.region: RegionRow | None = None
        """What is chosen."""
        self.photo = ""
        """The id of the photo that is drawn; empty if there is none yet."""
        self.polygon, self.brush, self.pointing = Polygon(), Brush(), Pointing()
        self._drawn = (self.polygon, self.brush, self.pointing)
        self._tools: dict[str, Tool] = {
            **{POLYGON: self.polygon, CUT: self.pointing},
            **{PAINT: self.brush, ERASER: self.brush},
        }
        self.tool: Tool | None = None
        """What the mouse does on the photo instead of holding boxes and moving it."""
        self._held: QPoint | None = None
        self._shade = QGraphicsPathItem()
        self._shade.setBrush(QBrush(SHADE))
        self._shade.setPen(QPen(Qt.PenStyle.NoPen))
        self._shade.setZValue(0.5)  # over what is drawn of the other regions
        self._shade.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.handles = Handles()
        for item in (self._shade, self.handles, *self._drawn):
            self.scene().addItem(item)
        for each in (self.handles, *self._drawn):
            self.zoomed.connect(each.set_scale)
        self.viewport().setMouseTracking(True)
        self.clicked.connect(self._choose_at)
        self.cut.connect(self._on_drawn)
        self.handles.moved.connect(self._shade_around)
        self.handles.changed.connect(self._on_changed)

    def show_picture(self, picture: QImage, size: QSize) -> None:
        """Show a photo; see `Canvas`."""
        super().show_picture(picture, size)
        for tool in (self.polygon, self.pointing):
            tool.set_room(self.size_shown)
            tool.drop()

    def show_regions(self, regions: Sequence[RegionRow], chosen: RegionRow | None) -> None:
        """Draw these regions, and choose one of them."""
        self._regions = [each for each in regions if each.state != RegionState.REJECTED]
        self.choose(chosen)
        self._draw_regions()

    def choose(self, region: RegionRow | None) -> None:
        """Hold another region, or paint it; while that waits, all else is shaded."""
        before, self.region = self.region, region
        painting = self.tool is self.brush
        waits = region is not None and region.state == RegionState.PROPOSED
        self._shade.setVisible(waits and not painting)
        if region is None or self.tool:
            self.handles.hide()
        if region is not None:
            self._take_colour(region.category)
            box = self._place_of(region)
            self._shade_around(box)
            if not self.tool:
                self.handles.hold(box, self.size_shown, self._colours.of(region.category))
        if painting:
            self.brush.follow(region, self.size_shown)
            if before != region:
                self._draw_regions()

    def use(self, name: str) -> None:
        """Let the mouse do something else, by the name of its key; empty for holding boxes and moving the photo."""
        self.handles.settle()
        self.drop()
        if self.tool:
            self.tool.hide()
        self.tool = self._tools.get(name)
        self.set_cutting(name == BOX)
        if self.tool:
            self.brush.adds = name == PAINT
            self.viewport().setCursor(self.tool.shape_of_cursor)
            self.tool.show()
        self.choose(self.region)
        self._draw_regions()

    def finish(self) -> bool:
        """Finish what is being drawn: whether there was anything."""
        return self.tool is not None and self.tool.finish()

    def drop(self) -> bool:
        """Give up what is being drawn: whether there was anything."""
        return self.tool is not None and self.tool.drop()

    def back(self) -> None:
        """Take back the last step of what is being drawn."""
        if self.tool:
            self.tool.back()

    def set_next(self, category: str) -> None:
        """What is drawn next is this."""
        if self.region is None or self.tool is not self.brush:
            self._take_colour(category)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The tool's, if there is one; with the middle button the photo is moved."""
        if event.button() == Qt.MouseButton.MiddleButton:
            self._held = event.position().toPoint()
        elif self.tool is None:
            super().mousePressEvent(event)
        elif self.photo:
            place, alt = (
                self.mapToScene(event.position().toPoint()),
                event.modifiers() & Qt.KeyboardModifier.AltModifier,
            )
            if event.button() == Qt.MouseButton.RightButton or alt:
                self.tool.pressed_otherwise(place)
            elif event.button() == Qt.MouseButton.LeftButton:
                self.tool.pressed(place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Likewise."""
        here = event.position().toPoint()
        if self._held is not None:
            for bar, by in (
                (self.horizontalScrollBar(), here.x() - self._held.x()),
                (self.verticalScrollBar(), here.y() - self._held.y()),
            ):
                bar.setValue(bar.value() - by)
            self._held = here
        elif self.tool is None:
            super().mouseMoveEvent(event)
        else:
            self.tool.moved(self.mapToScene(here))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Likewise."""
        if event.button() == Qt.MouseButton.MiddleButton:
            self._held = None
        elif self.tool is None:
            super().mouseReleaseEvent(event)
        elif event.button() == Qt.MouseButton.LeftButton:
            self.tool.released(self.mapToScene(event.position().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second press of two that are quick is a press like others."""
        self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the mouse."""
        super().leaveEvent(event)
        if self.tool:
            self.tool.away()

    def keys(self) -> dict[str, Callable[[], object]]:
        """What keys do to what is in sight, and to what is chosen."""
        return {
            "fit-label": self.fit,
            "closer-label": partial(self.zoom, FACTOR),
            "farther-label": partial(self.zoom, 1 / FACTOR),
            "left-label": partial(self.pan, -1, 0),
            "right-label": partial(self.pan, 1, 0),
            "up-label": partial(self.pan, 0, -1),
            "down-label": partial(self.pan, 0, 1),
        }

    def nudges(self) -> dict[str, Callable[[], object]]:
        """What keys do to the box that is held, while the photo has the focus."""
        keys: dict[str, Callable[[], object]] = {}
        for name, across, down in (("left", -1, 0), ("right", 1, 0), ("up", 0, -1), ("down", 0, 1)):
            keys[f"move-box-{name}"] = partial(self.handles.nudge, (0, 0), across, down)
            keys[f"stretch-box-{name}"] = partial(self.handles.nudge, (abs(across), abs(down)), across, down)
        return keys

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

    def _draw_regions(self) -> None:
        """All but the one whose mask the brush shows."""
        painted = self.region.id if self.region and self.tool is self.brush else ""
        self.overlay.show_regions([each for each in self._regions if each.id != painted], self.size_shown)

    def _take_colour(self, category: str) -> None:
        for tool in self._drawn:
            tool.set_colour(self._colours.of(category))

    def _place_of(self, region: RegionRow) -> QRectF:
        """Its box in the photo as it is drawn."""
        across, down = self.size_shown.width() / region.width, self.size_shown.height() / region.height
        x0, y0, x1, y1 = region.box
        return QRectF(QPointF(x0 * across, y0 * down), QPointF(x1 * across, y1 * down))

    def _choose_at(self, place: QPointF) -> None:
        self.chosen.emit(self.overlay.at(place))

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

"""Regions over their photo: which are seen, and the picture of them, which is made in a thread."""

from collections.abc import Collection, Sequence
from functools import partial

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from lens_gui.colours import Colours
from lens_gui.photo.sketch import Outlines, Sight, Sketch, sketch
from lens_gui.tasks import Tasks
from lens_indexes import RegionRow, RegionState

__all__ = ["Overlay"]


class Overlay(QGraphicsItem):
    """The regions of one photo, those of each source shown or hidden together.

    However many they are, the window only ever draws one picture of those in sight. While a new one is made, because
    the photo was moved or a region has changed, the last one is seen.
    """

    def __init__(self, tasks: Tasks, colours: Colours) -> None:
        super().__init__()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self._tasks, self._colours = tasks, colours
        self._all: Sequence[RegionRow] = ()
        self._size = QSizeF()
        self._hidden: set[str] = set()
        self._off = False
        self._seen: list[RegionRow] = []
        self._outlines: Outlines = {}
        self._sketch: Sketch | None = None
        self._under_way = False
        self._current = False  # whether the picture has the regions that are seen

    @property
    def shown(self) -> int:
        """How many regions can be seen."""
        return len(self._seen)

    @property
    def settled(self) -> bool:
        """Whether all that can be seen has been drawn."""
        return self._current and not self._under_way

    def toggle(self) -> None:
        """Hide all regions, or show those again whose sources are shown."""
        self._off = not self._off
        self._choose()

    def show_regions(self, regions: Sequence[RegionRow], size: QSizeF) -> None:
        """Draw these instead; those that were rejected are left out.

        Args:
            size: of the photo as it is drawn, to which regions made on a photo of another size are stretched.
        """
        if size != self._size:
            self.prepareGeometryChange()
        if not regions:
            self._sketch, self._outlines = None, {}
        self._all, self._size = regions, size
        self._choose()

    def hide_sources(self, sources: Collection[str]) -> None:
        """Show all sources but these, now and for other photos."""
        self._hidden = set(sources)
        self._choose()

    def at(self, place: QPointF) -> RegionRow | None:
        """The smallest region that is seen at a place of the photo."""
        if self._size.isEmpty():  # it cannot be read, or is not there yet
            return None
        share = place.x() / self._size.width(), place.y() / self._size.height()
        under = (each for each in self._seen if _contains(each, *share))
        return min(under, key=_share_of_photo, default=None)

    def boundingRect(self) -> QRectF:
        """All of the photo."""
        return QRectF(QPointF(0, 0), self._size)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """The last picture; a new one is asked for if that is of other regions or of another part of the photo."""
        if not self._seen or widget is None:
            return
        there, _ = painter.worldTransform().inverted()
        sight = Sight(there.mapRect(QRectF(widget.rect())), 1 / there.m11(), widget.devicePixelRatioF())
        fits = self._sketch is not None and self._sketch.sight == sight
        if not (fits and self._current) and not self._under_way:
            self._ask(sight)
        if self._sketch is None:
            return
        if fits:
            painter.save()
            painter.resetTransform()
            painter.drawImage(QPointF(0, 0), self._sketch.picture)
            painter.restore()
        else:
            painter.drawImage(self._sketch.sight.place, self._sketch.picture)

    def _choose(self) -> None:
        """Find out which regions are seen."""
        self._seen = [
            each
            for each in ([] if self._off else self._all)
            if each.state != RegionState.REJECTED and each.source not in self._hidden
        ]
        self._current = not self._seen
        self.update()

    def _ask(self, sight: Sight) -> None:
        self._under_way = self._current = True
        colours = {name: self._colours.of(name) for name in {each.category for each in self._seen}}
        work = partial(sketch, tuple(self._seen), self._size, sight, self._outlines, colours)
        self._tasks.run(work, partial(self._came, self._outlines), self._failed)

    def _came(self, outlines: Outlines, made: Sketch) -> None:
        """Of another photo than this one, whose outlines are others, it is dropped."""
        self._under_way = False
        if self._seen and outlines is self._outlines:
            self._sketch = made
            self._current &= made.complete
        self.update()

    def _failed(self, error: Exception) -> None:
        self._under_way = False
        raise error


def _contains(region: RegionRow, across: float, down: float) -> bool:
    x, y = across * region.width, down * region.height
    x0, y0, x1, y1 = region.box
    return x0 <= x < x1 and y0 <= y < y1


def _share_of_photo(region: RegionRow) -> float:
    x0, y0, x1, y1 = region.box
    return (x1 - x0) * (y1 - y0) / (region.width * region.height)

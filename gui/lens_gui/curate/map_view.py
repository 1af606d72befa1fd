"""The map of a collection: one looks around on it, and chooses photos by drawing around them."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from lens_gui.curate.chart import Chart, Colouring
from lens_gui.curate.points import Sight, colours_of, inside, paint_points, radius_of
from lens_gui.pictures import Pictures
from lens_gui.theme import STEP
from lens_indexes.remote import path_of

__all__ = ["FACTOR", "MapView"]

FACTOR = 1.4
"""By which one key zooms."""
CLOSEST = 400
"""Times that the map can be drawn larger than it fits."""
EDGE = 4 * STEP
NEAR = 10  # pixels within which the mouse is at a point
PICTURE = 20 * STEP


class MapView(QWidget):
    """The left button draws a lasso, or chooses a point; others move the map; the wheel zooms."""

    picked = Signal(int)
    """How many photos are chosen now."""

    def __init__(self, pictures: Pictures) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Map of the collection")
        self.setMinimumSize(30 * STEP, 30 * STEP)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._pictures = pictures
        self._chart: Chart | None = None
        self._colouring: Colouring | None = None
        self._image: QImage | None = None  # what is painted already
        self._pixels = np.zeros((0, 2), np.float32)
        self._lasso: list[QPointF] = []
        self._held: QPointF | None = None  # where the map was last held
        self.sight = Sight(0.5, 0.5, 1.0, 1, 1)
        self.chosen = np.zeros(0, np.bool_)
        """(n,) which photos are."""
        self.hovered: int | None = None
        """The photo at the mouse."""
        pictures.ready.connect(lambda _: self.update())

    @property
    def ids(self) -> list[str]:
        """The photos that are chosen."""
        return [self._chart.ids[row] for row in np.flatnonzero(self.chosen)] if self._chart else []

    def place_of(self, row: int) -> QPointF:
        """Where a photo is, in pixels of the view."""
        x, y = self.sight.pixels(self._points[row : row + 1])[0].tolist()
        return QPointF(x, y)

    def show_chart(self, chart: Chart, colouring: Colouring) -> None:
        """Show the whole of another map."""
        self._chart, self.hovered = chart, None
        self.chosen = np.zeros(len(chart.ids), np.bool_)
        self.colour(colouring)
        self.fit()

    def colour(self, colouring: Colouring) -> None:
        """Have other colours."""
        self._colouring = colouring
        self._anew()

    def choose(self, chosen: NDArray[np.bool_], *, more: bool = False) -> None:
        """Choose photos, beside those that are chosen if there are to be more."""
        self.chosen = self.chosen | chosen if more else chosen
        self._anew()
        self.picked.emit(int(self.chosen.sum()))

    def choose_in_sight(self) -> None:
        """Choose all that is in sight."""
        pixels = self.sight.pixels(self._points)
        seen = (pixels >= 0) & (pixels < np.array([self.width(), self.height()], np.float32))
        self.choose(np.asarray(seen.all(axis=1)))

    def choose_none(self) -> None:
        """Choose nothing."""
        self.choose(np.zeros(len(self._points), np.bool_))

    def fit(self) -> None:
        """Bring the whole map into sight."""
        self._see(Sight(0.5, 0.5, self._fitting(), self.width(), self.height()))

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Go closer, or farther away; the place at a point stays where it is."""
        point = at or QPointF(self.width() / 2, self.height() / 2)
        least = self._fitting()
        scale = min(max(self.sight.scale * factor, least), least * CLOSEST)
        way = 1 / self.sight.scale - 1 / scale
        x = self.sight.x + (point.x() - self.width() / 2) * way
        y = self.sight.y + (point.y() - self.height() / 2) * way
        self._see(replace(self.sight, x=x, y=y, scale=scale))

    def pan(self, right: float, down: float) -> None:
        """Look at what is so many pixels beside this."""
        scale = self.sight.scale
        self._see(replace(self.sight, x=self.sight.x + right / scale, y=self.sight.y + down / scale))

    @property
    def _points(self) -> NDArray[np.float32]:
        return self._chart.points if self._chart else np.zeros((0, 2), np.float32)

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The whole map stays in sight if it was."""
        whole = self.sight.width == 1 or self.sight.scale <= self._fitting(self.sight.width, self.sight.height)
        self._see(replace(self.sight, width=self.width(), height=self.height()))
        if whole:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the mouse."""
        self.zoom(FACTOR ** (event.angleDelta().y() / 120), event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A lasso begins, or the map is held."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._lasso = [event.position()]
        else:
            self._held = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the lasso, move the map, or show the photo that is here."""
        here = event.position()
        if self._lasso:
            self._lasso.append(here)
            self.update()
        elif self._held is not None:
            moved = self._held - here
            self._held = here
            self.pan(moved.x(), moved.y())
        elif (near := self._near(here)) != self.hovered:
            self.hovered = near
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """What is in the lasso is chosen; with Shift, beside the others."""
        lasso, self._lasso, self._held = self._lasso, [], None
        if not lasso:
            return
        more = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if QPolygonF(lasso).boundingRect().width() + QPolygonF(lasso).boundingRect().height() < NEAR:
            near, chosen = self._near(event.position()), np.zeros(len(self._points), np.bool_)
            if near is not None:
                chosen[near] = True
        else:
            chosen = inside(self.sight.pixels(self._points), lasso, (self.width(), self.height()))
        self.choose(chosen, more=more)

    def leaveEvent(self, event: object) -> None:
        """No photo is at the mouse."""
        self.hovered = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the points, unless they are painted already, and what lies above them."""
        if self._image is None or self._image.devicePixelRatioF() != self.devicePixelRatioF():
            self._image = self._painted()
        painter = QPainter(self)
        painter.drawImage(0, 0, self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        strong = self.palette().color(QPalette.ColorRole.Highlight)
        if self.hasFocus():
            painter.setPen(QPen(strong, 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        if len(self._lasso) > 1:
            painter.setPen(QPen(strong, 1.5))
            painter.drawPolygon(QPolygonF(self._lasso))
        if self.hovered is not None and self._chart:
            self._paint_photo(painter, self._chart, self.hovered)

    def _paint_photo(self, painter: QPainter, chart: Chart, row: int) -> None:
        """Paint a thumbnail beside its point, with the name below it."""
        point, path = self.place_of(row), path_of(chart.paths[row])
        picture = self._pictures.get(path, chart.hashes[row])
        palette, line = self.palette(), painter.fontMetrics().height()
        box = QRect(0, 0, PICTURE + STEP, PICTURE + 2 * STEP + line)
        box.moveTopLeft(point.toPoint())
        box.translate(2 * STEP, 2 * STEP)
        box.moveRight(min(box.right(), self.width() - STEP))
        box.moveBottom(min(box.bottom(), self.height() - STEP))
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Mid), 1))
        painter.setBrush(palette.color(QPalette.ColorRole.AlternateBase))
        painter.drawRoundedRect(QRectF(box), STEP, STEP)
        painter.drawEllipse(point, NEAR / 2, NEAR / 2)
        if picture and not picture.isNull():
            size = picture.size().scaled(QSize(PICTURE, PICTURE), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(0, 0, size.width(), size.height())
            place.moveCenter(QRect(box.left(), box.top() + STEP // 2, box.width(), PICTURE).center())
            painter.drawImage(place, picture)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        name = painter.fontMetrics().elidedText(path.name, Qt.TextElideMode.ElideMiddle, box.width() - 2 * STEP)
        below = QRect(box.left() + STEP, box.bottom() - line - STEP // 2, box.width() - 2 * STEP, line)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, name)

    def _painted(self) -> QImage:
        ratio = self.devicePixelRatioF()
        palette = self.palette()
        background, other = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.PlaceholderText)
        colouring = self._colouring
        image = paint_points(
            self.sight.pixels(self._points) * np.float32(ratio),
            colouring.numbers if colouring else np.zeros(0, np.uint8),
            self.chosen,
            colours=colours_of(
                len(colouring.meaning) if colouring else 0, ordered=bool(colouring and colouring.ordered), other=other
            ),
            background=background,
            size=(round(self.width() * ratio), round(self.height() * ratio)),
            radius=round(radius_of(len(self._points)) * ratio),
        )
        image.setDevicePixelRatio(ratio)
        return image

    def _near(self, point: QPointF) -> int | None:
        """The photo at a point."""
        if not len(self._points):
            return None
        apart = ((self.sight.pixels(self._points) - [point.x(), point.y()]) ** 2).sum(axis=1)
        nearest = int(apart.argmin())
        return nearest if apart[nearest] <= NEAR * NEAR else None

    def _fitting(self, width: int = 0, height: int = 0) -> float:
        return float(max(min(width or self.width(), height or self.height()) - 2 * EDGE, EDGE))

    def _see(self, sight: Sight) -> None:
        self.sight = sight
        self._anew()

    def _anew(self) -> None:
        self._image = None
        self.update()

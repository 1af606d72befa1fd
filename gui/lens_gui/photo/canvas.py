"""One photo, to look at closely and to cut a part out of."""

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPixmap,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QGraphicsPixmapItem,
    QGraphicsScene,
    QGraphicsView,
    QRubberBand,
    QToolTip,
    QWidget,
)

from lens_gui.colours import Colours
from lens_gui.photo.overlay import Overlay
from lens_gui.tasks import Tasks

__all__ = ["FACTOR", "Canvas"]

FACTOR = 1.25  # of one step of wheel or key
MOST = 16.0  # screen pixels a photo's pixel takes at the most
LEAST_CUT = 8  # screen pixels; less is a click


class Canvas(QGraphicsView):
    """Zoom by wheel, pan by dragging, and with Shift or the crop tool a rectangle instead.

    Args:
        tasks: draw the regions.
        colours: of their classes.
        parent: of this.
    """

    cut = Signal(QRect)
    """Pixels of the upright photo."""
    clicked = Signal(QPointF)
    """Where in the photo."""
    zoomed = Signal(float)
    """Screen pixels for one of the photo's."""

    def __init__(self, tasks: Tasks, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = QGraphicsScene(self)
        self._item = QGraphicsPixmapItem()
        self._item.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        self._scene.addItem(self._item)
        self.setScene(self._scene)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setAccessibleName("Photo")
        self.overlay = Overlay(tasks, colours)
        self._scene.addItem(self.overlay)
        self._size = QSize()
        self._fitted = True
        self.cutting = False
        """Whether dragging cuts, without Shift."""
        self._band: QRubberBand | None = None
        self._pressed = QPoint()

    def set_cutting(self, on: bool) -> None:
        """Let dragging cut, or move the photo."""
        self.cutting = on
        self.viewport().setCursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.OpenHandCursor)

    def show_picture(self, picture: QImage, size: QSize) -> None:
        """Show a photo, perhaps reduced.

        Args:
            size: that it is stretched to, which is more than its own while only a reduced one is there.
        """
        self._size = size
        self._item.setPixmap(QPixmap.fromImage(picture))
        if not picture.isNull():
            self._item.setTransform(
                QTransform.fromScale(size.width() / picture.width(), size.height() / picture.height())
            )
        self._scene.setSceneRect(QRectF(0, 0, size.width(), size.height()))
        self.fit()

    @property
    def size_shown(self) -> QSizeF:
        """Pixels of the photo."""
        return QSizeF(self._size)

    @property
    def scale_now(self) -> float:
        """Screen pixels for one of the photo's."""
        return self.transform().m11()

    def fit(self) -> None:
        """Show the whole photo, but not larger than it is."""
        self._fitted = True
        if not self._size.isEmpty():
            room = self.viewport().size()
            scale = min(room.width() / self._size.width(), room.height() / self._size.height(), 1.0)
            self.setTransform(QTransform.fromScale(scale, scale))
            self.zoomed.emit(scale)

    def one_to_one(self) -> None:
        """A pixel of the photo for a pixel of the screen."""
        self.zoom(1.0 / self.scale_now)

    def zoom(self, factor: float, *, at: QPoint | None = None) -> None:
        """Make it larger, or smaller; a point of the view, by default its middle, stays where it is."""
        self._fitted = False
        middle = self.viewport().rect().center()
        at = middle if at is None else at
        held = self.mapToScene(at)
        wanted = min(self.scale_now * factor, MOST)
        self.scale(wanted / self.scale_now, wanted / self.scale_now)
        self.centerOn(held - (self.mapToScene(at) - self.mapToScene(middle)))
        self.zoomed.emit(self.scale_now)

    def pan(self, across: int, down: int) -> None:
        """Look at a part beside this one: steps to the right and down."""
        for bar, steps in ((self.horizontalScrollBar(), across), (self.verticalScrollBar(), down)):
            bar.setValue(bar.value() + steps * bar.pageStep() // 5)

    def in_sight(self) -> QRect:
        """The part of the photo that is in sight, in its pixels."""
        whole = QRect(QPoint(0, 0), self._size)
        return self.mapToScene(self.viewport().rect()).boundingRect().toAlignedRect() & whole

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom where the mouse is."""
        factor = FACTOR if event.angleDelta().y() > 0 else 1 / FACTOR
        self.zoom(factor, at=event.position().toPoint())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A fitted photo stays fitted."""
        super().resizeEvent(event)
        if self._fitted:
            self.fit()

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell which source the region under the mouse is from."""
        if isinstance(event, QHelpEvent):
            region = self.overlay.at(self.mapToScene(event.pos()))
            QToolTip.showText(event.globalPos(), region.source if region else "", self.viewport())
            return True
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tab leads on; arrows belong to the screen: they lead to the next photo."""
        if event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Tab)
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A rectangle begins, or the photo is held."""
        self._pressed = event.position().toPoint()
        cuts = self.cutting or event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if cuts and event.button() == Qt.MouseButton.LeftButton:
            self._band = QRubberBand(QRubberBand.Shape.Rectangle, self.viewport())
            self._band.setGeometry(QRect(self._pressed, QSize()))
            self._band.show()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The rectangle grows."""
        if self._band is not None:
            self._band.setGeometry(QRect(self._pressed, event.position().toPoint()).normalized())
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The rectangle is done."""
        if self._band is None:
            super().mouseReleaseEvent(event)
            way = (event.position().toPoint() - self._pressed).manhattanLength()
            if event.button() == Qt.MouseButton.LeftButton and way < QApplication.startDragDistance():
                self.clicked.emit(self.mapToScene(self._pressed))
            return
        rect = self._band.geometry()
        self._band.deleteLater()
        self._band = None
        whole = QRect(QPoint(0, 0), self._size)
        part = self.mapToScene(rect).boundingRect().toAlignedRect() & whole
        if rect.width() >= LEAST_CUT and rect.height() >= LEAST_CUT and not part.isEmpty():
            self.cut.emit(part)

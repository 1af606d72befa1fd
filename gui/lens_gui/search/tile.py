"""A photo in a grid."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from lens_gui.icons import paint_icon
from lens_gui.search.results import Role

__all__ = ["Tile"]

RADIUS = 6
PADDING = 6
FLAG = 24  # pixels
SMALLER = 0.85  # than other text
RING = 3  # pixels of the frame around a chosen tile
DARK, YES, NO = QColor(0, 0, 0, 190), QColor("#1f7a3d"), QColor("#b3261e")


class Tile(QStyledItemDelegate):
    """Paints a photo as large as it fits, with its number if it has one, and whether it is flagged or was answered."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one photo."""
        palette: QPalette = option.palette
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(rect), RADIUS, RADIUS)
        painter.fillPath(outline, palette.color(QPalette.ColorRole.AlternateBase))
        picture = index.data(Role.PICTURE)
        if isinstance(picture, QImage):
            self._picture(painter, rect, picture, palette)
        if chosen:
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), RING))
            painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        elif state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Text), 1.5, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        if number := index.data(Role.NUMBER):
            self._badge(painter, rect, str(number))
        if index.data(Role.FLAGGED):
            self._mark(painter, rect, "flag", DARK)
        elif (said := index.data(Role.SAID)) is not None:
            self._mark(painter, rect, "check-bold" if said else "close-thick", YES if said else NO)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """The grid decides."""
        return option.rect.size()

    def _picture(self, painter: QPainter, rect: QRect, picture: QImage, palette: QPalette) -> None:
        if picture.isNull():
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, "Cannot be read")
            return
        room = rect.adjusted(PADDING, PADDING, -PADDING, -PADDING)
        size = picture.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(room.topLeft(), size)
        place.moveCenter(rect.center())
        painter.drawImage(place, picture)

    def _badge(self, painter: QPainter, rect: QRect, text: str) -> None:
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * SMALLER)
        painter.setFont(font)
        metrics = painter.fontMetrics()
        width, height = metrics.horizontalAdvance(text) + 12, metrics.height() + 2
        badge = QRect(rect.right() - width - PADDING, rect.bottom() - height - PADDING, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(DARK)
        painter.drawRoundedRect(badge, height / 2, height / 2)
        painter.setPen(QColor("white"))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)

    def _mark(self, painter: QPainter, rect: QRect, symbol: str, colour: QColor) -> None:
        place = QRect(rect.left() + PADDING, rect.top() + PADDING, FLAG, FLAG)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(place)
        paint_icon(painter, place.adjusted(4, 4, -4, -4), symbol, QColor("white"))

"""A switch: on or off, and seen to be so in light and dark."""

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QCheckBox

from lens_gui.theme import STEP

__all__ = ["Switch"]

TRACK = QSize(4 * STEP, 18)
INSET = 3


class Switch(QCheckBox):
    """A check box that is drawn as a switch."""

    def sizeHint(self) -> QSize:
        """Room for the track, the text, and the line around them that shows the focus."""
        text = self.fontMetrics().size(Qt.TextFlag.TextSingleLine, self.text())
        return QSize(TRACK.width() + 3 * STEP + text.width(), max(TRACK.height(), text.height()) + STEP)

    def minimumSizeHint(self) -> QSize:
        """As wide as the text."""
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        """All of it can be clicked."""
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it as the palette has it now."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, on, role = self.palette(), self.isChecked(), QPalette.ColorRole
        group = QPalette.ColorGroup.Normal if self.isEnabled() else QPalette.ColorGroup.Disabled
        strong, plain = palette.color(role.Highlight), palette.color(group, role.PlaceholderText)
        track = QRectF(STEP / 2, (self.height() - TRACK.height()) / 2, TRACK.width(), TRACK.height())
        painter.setPen(QPen(strong if on else plain, 1.5))
        painter.setBrush(strong if on else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        side = track.height() - 2 * INSET
        left = track.right() - INSET - side if on else track.left() + INSET
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(role.HighlightedText) if on else plain)
        painter.drawEllipse(QRectF(left, track.top() + INSET, side, side))
        painter.setPen(palette.color(group, role.WindowText))
        words = QRect(int(track.right()) + STEP, 0, self.width(), self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.hasFocus():
            painter.setPen(QPen(strong, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), STEP / 2, STEP / 2)

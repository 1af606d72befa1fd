"""How much better an encoder is than the one before, by each measure, with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from lens.evaluation.intervals import Difference
from lens.tuning.runs import Judged
from lens_gui.theme import STEP

__all__ = ["Gain", "GainChart", "gains_of"]

BETTER, WORSE = "#2f9e44", "#d6336c"
ROOM = 1.15
"""How much wider the scale is than the longest interval."""
LEAST = 0.01


@dataclass(frozen=True)
class Gain:
    """One row."""

    measure: str
    shares: str
    """Before and after, in words."""
    gain: Difference


def gains_of(judged: Judged) -> list[Gain]:
    """A row for each measure that both encoders were judged by."""
    rows = []
    for measure, gain in judged.gains:
        shares = {encoder: share for named, encoder, share in judged.shares if named == measure}
        before = shares.pop(judged.against)
        [after] = shares.values()
        words = f"{before.value:.1%} → {after.value:.1%} of {after.photos:,} photos"
        rows.append(Gain(measure[:1].upper() + measure[1:], words, gain))
    return rows


class GainChart(QWidget):
    """Rows of intervals on one scale, around nought."""

    def __init__(self) -> None:
        super().__init__()
        self._gains: list[Gain] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_gains(self, gains: Sequence[Gain]) -> None:
        """Draw other rows."""
        self._gains = list(gains)
        told = "\n".join(f"{each.measure}: {each.shares}, {each.gain}" for each in gains)
        self.setAccessibleName(told or "Not judged yet")
        self.setToolTip(told)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its rows, and wide enough for their words."""
        return QSize(self._words() + 40 * STEP, self._row() * len(self._gains))

    def minimumSizeHint(self) -> QSize:
        """The intervals may be short."""
        return QSize(self._words() + 12 * STEP, self._row() * len(self._gains))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw them in the colours of the palette."""
        if not self._gains:
            return
        painter, role = QPainter(self), QPalette.ColorRole
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, words, row = self.palette(), self._words(), self._row()
        text, faint = palette.color(role.Text), palette.color(role.PlaceholderText)
        most = ROOM * max(LEAST, *(max(abs(each.gain.low), abs(each.gain.high)) for each in self._gains))
        middle, half = (words + self.width()) / 2, (self.width() - words) / 2
        for number, each in enumerate(self._gains):
            top, line = number * row, self.fontMetrics().height()
            painter.setPen(text)
            painter.drawText(QRectF(0, top, words, line), Qt.AlignmentFlag.AlignLeft, each.measure)
            painter.setPen(faint)
            painter.drawText(QRectF(0, top + line, words, line), Qt.AlignmentFlag.AlignLeft, each.shares)
            told = QRectF(words, top, self.width() - words, line)
            painter.drawText(told, Qt.AlignmentFlag.AlignHCenter, str(each.gain))
            painter.setPen(QPen(palette.color(role.Mid), 1))
            painter.drawLine(QPointF(middle, top + line), QPointF(middle, top + 2 * line))
            colour = faint if not each.gain.shown else QColor(BETTER if each.gain.value > 0 else WORSE)
            low, value, high = (
                QPointF(middle + part / most * half, top + 1.5 * line)
                for part in (each.gain.low, each.gain.value, each.gain.high)
            )
            painter.setPen(QPen(colour, 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(low, high)
            painter.setBrush(painter.pen().color())
            painter.drawEllipse(value, 3, 3)

    def _row(self) -> int:
        return 2 * self.fontMetrics().height() + STEP

    def _words(self) -> int:
        """Pixels of the longest line."""
        lines = [line for each in self._gains for line in (each.measure, each.shares)]
        return max((self.fontMetrics().horizontalAdvance(line) for line in lines), default=0) + 2 * STEP

"""A figure of a training over its length, as a line."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from lens_gui.theme import STEP

__all__ = ["LineChart", "marks"]

LIMIT = "#d6336c"
LINES = 3
"""Values that are marked, about."""
ABOVE = 3 * STEP
LEAST = QSize(26 * STEP, 19 * STEP)


class LineChart(QWidget):
    """A line through points, on a scale that leaves room for those still to come.

    Args:
        title: what the figure is.
        along: what its points are of, such as a step.
    """

    def __init__(self, title: str, along: str) -> None:
        super().__init__()
        self.title, self._along = title, along
        self.points: list[tuple[float, float]] = []
        self._end, self._limit = 1.0, math.nan
        self.setMinimumSize(LEAST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.show_points([], 1.0)

    def show_points(self, points: Sequence[tuple[float, float]], end: float, limit: float = math.nan) -> None:
        """Draw other points.

        Args:
            points: where along the run, and the value there, in that order.
            end: where the run will have ended.
            limit: a value that must not be fallen below, if there is one.
        """
        self.points, self._end, self._limit = list(points), end, limit
        self.setAccessibleName(self._said())
        self.setToolTip(self._said())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it in the colours of the palette."""
        painter, role = QPainter(self), QPalette.ColorRole
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, metrics = self.palette(), self.fontMetrics()
        text, faint = palette.color(role.Text), palette.color(role.PlaceholderText)
        painter.setPen(text)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, self.title)
        values = [value for _, value in self.points]
        if not values:
            painter.setPen(faint)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Not measured yet")
            return
        at = marks(*(pick([*values, *self._limits()]) for pick in (min, max)))
        left = max(metrics.horizontalAdvance(_figure(mark)) for mark in at) + STEP
        plot = QRectF(self.rect()).adjusted(left, ABOVE + metrics.height() / 2, -STEP, -metrics.height() - STEP)

        def place(along: float, value: float) -> QPointF:
            share = (value - at[0]) / (at[-1] - at[0])
            return QPointF(plot.left() + along / self._end * plot.width(), plot.bottom() - share * plot.height())

        for mark in at:
            y = place(0, mark).y()
            painter.setPen(QPen(palette.color(role.Mid), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(faint)
            beside = QRectF(0, y - metrics.height() / 2, left - STEP, metrics.height())
            painter.drawText(beside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, _figure(mark))
        below = QRectF(plot.left(), plot.bottom() + STEP / 2, plot.width(), metrics.height())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"{self._along} {self._end:,g}")
        for limit in self._limits():
            painter.setPen(QPen(QColor(LIMIT), 1, Qt.PenStyle.DashLine))
            painter.drawLine(place(0, limit), place(self._end, limit))
        way = [place(*point) for point in self.points]
        painter.setPen(QPen(palette.color(role.Highlight), 2))
        painter.drawPolyline(QPolygonF(way))
        painter.setBrush(palette.color(role.Highlight))
        for point in way if len(way) <= plot.width() / (3 * STEP) else way[-1:]:
            painter.drawEllipse(point, 2.5, 2.5)

    def _limits(self) -> list[float]:
        return [] if math.isnan(self._limit) else [self._limit]

    def _said(self) -> str:
        if not self.points:
            return f"{self.title}: not measured yet"
        (first, at_first), (last, at_last) = self.points[0], self.points[-1]
        told = f"{self.title}: {at_first:.3g} at {self._along} {first:,g}, {at_last:.3g} at {self._along} {last:,g}"
        return told + "".join(f"; below {limit:.3g} the training would be stopped" for limit in self._limits())


def marks(low: float, high: float) -> list[float]:
    """Round values from below the lowest to above the highest, about `LINES` of them."""
    span = high - low or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span / LINES))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= span / LINES)
    first, last = math.floor(low / step), max(math.ceil(high / step), math.floor(low / step) + 1)
    return [number * step for number in range(first, last + 1)]


def _figure(value: float) -> str:
    return f"{value:.4g}"

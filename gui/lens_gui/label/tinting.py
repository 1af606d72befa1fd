"""A mask drawn over its photo, as it is while one works on it."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, qRgba

__all__ = ["tint"]

TINT = 130  # of 255


def tint(painter: QPainter, mask: NDArray[np.uint8], seen: QRect, scale: float, colour: QColor) -> None:
    """Draw a part of a mask, no finer than the screen is, so that it takes no longer for a large one.

    Args:
        painter: in pixels of the mask.
        mask: (height, width), 0 or 1.
        seen: the part.
        scale: screen pixels for one of the mask's.
        colour: of what is in it.
    """
    height, width = mask.shape
    step = max(int(1 / scale), 1)
    x0, y0 = max(seen.left() // step * step, 0), max(seen.top() // step * step, 0)
    x1, y1 = min(seen.right() + 1, width), min(seen.bottom() + 1, height)
    if x0 >= x1 or y0 >= y1:
        return
    part = np.ascontiguousarray(mask[y0:y1:step, x0:x1:step])
    rows, columns = part.shape
    image = QImage(part.data, columns, rows, columns, QImage.Format.Format_Indexed8)
    image.setColorTable([0, qRgba(colour.red(), colour.green(), colour.blue(), TINT)])
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
    painter.drawImage(QRectF(x0, y0, columns * step, rows * step), image)

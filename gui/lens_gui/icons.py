"""Icons of the Material Design set, in the colours of the window as they are when an icon is painted."""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

__all__ = ["icon", "paint_icon"]

SET = "materialdesignicons6-webfont"


def icon(name: str) -> QIcon:
    """An icon by its name in the set, such as `magnify`."""
    return QIcon(_Glyph(chr(_glyphs()[name])))


def paint_icon(painter: QPainter, rect: QRect, name: str, colour: QColor) -> None:
    """Draw an icon in a colour of its own."""
    _draw(painter, rect, chr(_glyphs()[name]), colour)


def _draw(painter: QPainter, rect: QRect, letter: str, colour: QColor) -> None:
    font = QFont(_family())
    font.setPixelSize(max(1, min(rect.width(), rect.height())))
    painter.save()
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, letter)
    painter.restore()


class _Glyph(QIconEngine):
    """One letter of the font."""

    def __init__(self, letter: str) -> None:
        super().__init__()
        self._letter = letter

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw it as large as it fits."""
        role = QPalette.ColorRole.Highlight if state == QIcon.State.On else QPalette.ColorRole.Text
        disabled = mode == QIcon.Mode.Disabled
        group = QPalette.ColorGroup.Disabled if disabled else QPalette.ColorGroup.Active
        _draw(painter, rect, self._letter, QApplication.palette().color(group, role))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Draw it on nothing."""
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return pixmap


def _fonts() -> Path:
    """Where qtawesome keeps its fonts; importing it would load all of them and most of Qt, in a quarter of a second."""
    spec = find_spec("qtawesome")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("The window needs qtawesome: pip install 'lens-photos[gui]'", name="qtawesome")
    return Path(spec.origin).parent / "fonts"


@cache
def _glyphs() -> dict[str, int]:
    """Letters by the names of icons."""
    (file,) = _fonts().glob(f"{SET}-charmap-*.json")
    return {name: int(letter, 16) for name, letter in json.loads(file.read_text(encoding="utf-8")).items()}


@cache
def _family() -> str:
    """The font, once it has been given to Qt."""
    (file,) = _fonts().glob(f"{SET}-[0-9]*.ttf")
    return QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(file)))[0]

"""Icons of the Material Design set, in the colours of the window."""

from typing import cast

from PySide6.QtGui import QIcon, QPalette
from PySide6.QtWidgets import QApplication

__all__ = ["icon"]


def icon(name: str) -> QIcon:
    """An icon by its name in the set, such as `magnify`."""
    import qtawesome

    palette = QApplication.palette()
    colour, accent = (palette.color(role) for role in (QPalette.ColorRole.Text, QPalette.ColorRole.Highlight))
    return cast(QIcon, qtawesome.icon(f"mdi6.{name}", color=colour, color_on=accent))

"""The buttons that choose what the mouse does on the photo: one of them, or none."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QPushButton

from lens_gui.label.side import button
from lens_gui.shortcuts import Shortcuts

__all__ = ["BOX", "CUT", "ERASER", "PAINT", "POLYGON", "Tools"]

BOX, POLYGON, PAINT, ERASER, CUT = "draw-box", "draw-polygon", "paint", "erase", "cut-out"
"""Names of their keys."""


class Tools(QObject):
    """A tool is chosen by its button or its key, and left by the same."""

    chosen = Signal(str)
    """One of the names; empty for none: boxes are held, and the photo moved."""

    def __init__(self, shortcuts: Shortcuts) -> None:
        super().__init__()
        self.current = ""
        """Which is chosen."""
        self.buttons: dict[str, QPushButton] = {}
        for name in (BOX, POLYGON, PAINT, ERASER, CUT):
            self.buttons[name] = button(shortcuts, name, partial(self._turn_over, name))
            self.buttons[name].setCheckable(True)
        self.rows = [[self.buttons[name] for name in row] for row in ((BOX, POLYGON), (PAINT, ERASER), (CUT,))]
        """How they stand."""

    def choose(self, name: str) -> None:
        """Choose one instead, or none."""
        for other, each in self.buttons.items():
            each.setChecked(other == name)
        if self.current != name:
            self.current = name
            self.chosen.emit(name)

    def keys(self) -> dict[str, Callable[[], object]]:
        """What their keys do."""
        return {name: partial(self._turn_over, name) for name in self.buttons}

    def _turn_over(self, name: str) -> None:
        self.choose("" if self.current == name else name)

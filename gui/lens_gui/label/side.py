"""What stands beside the photo: what is known of the region that is chosen, what can be done, and the classes."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from lens_gui.colours import Colours
from lens_gui.label.caption import Caption
from lens_gui.label.classes import ClassList
from lens_gui.shortcuts import Shortcuts
from lens_gui.theme import STEP

__all__ = ["STEPS", "TURNS", "Side", "button"]

WIDTH = 280  # pixels
TURNS = ("undo-label", "redo-label")
STEPS = {"previous-label": -1, "next-label": 1}
"""Photos that a key goes on by."""
SAID = {
    "accept": "Accept",
    "reject": "Reject",
    "previous-label": "Previous",
    "next-label": "Next",
    "undo-label": "Undo",
    "redo-label": "Redo",
    "draw-box": "Box",
    "draw-polygon": "Polygon",
    "paint": "Brush",
    "erase": "Eraser",
    "cut-out": "Cut out",
    "find-things": "Find things",
    "export": "Export…",
}


def button(shortcuts: Shortcuts, key: str, what: Callable[[], object]) -> QPushButton:
    """A button that does what a key does."""
    made = QPushButton(SAID[key])
    shortcuts.explain(made, key)
    made.clicked.connect(lambda: what())  # noqa: PLW0108 - as in `Shortcuts.bind`
    return made


class Side(QWidget):
    """Buttons are the screen's; what they do it knows."""

    named = Signal(str)
    """What the region that is chosen is called now."""

    def __init__(self, shortcuts: Shortcuts, colours: Colours, buttons: Sequence[Sequence[QPushButton]]) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self.caption, self.classes, self.name = Caption(), ClassList(shortcuts, colours), QLineEdit()
        self.name.setPlaceholderText("Another class…")
        self.name.setAccessibleName("Another class")
        self.classes.named.connect(self.named)
        self.name.returnPressed.connect(self._typed)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * STEP, 0, 0, 0)
        column.setSpacing(STEP)
        column.addWidget(self.caption)
        for some in buttons:
            row = QHBoxLayout()
            for button in some:
                row.addWidget(button)
            column.addLayout(row)
        column.addWidget(self.classes, 1)
        column.addWidget(self.name)

    def _typed(self) -> None:
        name = self.name.text()
        self.name.clear()
        self.named.emit(name)

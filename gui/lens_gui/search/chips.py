"""The filters of a query, each to be taken out, and a way to add one."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from lens.search.parts import FilterPart
from lens_gui.icons import icon
from lens_gui.theme import STEP

__all__ = ["ADDED", "Chips"]

LONGEST = 32  # letters of a chip
ADDED = {
    "date": "Date",
    "folder": "Folder",
    "tag": "Tag",
    "rating": "Rating",
    "album": "Album",
    "has": "Thing in it",
    "camera": "Camera",
    "place": "Place",
    "format": "Format",
    "orientation": "Orientation",
}
"""The filters that are offered, and what people call them."""


class Chips(QWidget):
    """A row of filters."""

    changed = Signal(str)
    """The query without a filter."""
    wanted = Signal(str)
    """A filter is to be added: its name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._chips: list[_Chip] = []
        add = QToolButton(self)
        add.setIcon(icon("filter-plus-outline"))
        add.setToolTip("Add a filter")
        add.setAccessibleName("Add a filter")
        add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(add)
        for name, text in ADDED.items():
            self.menu.addAction(text, partial(self.wanted.emit, name))
        add.setMenu(self.menu)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(STEP)
        self._row.addWidget(add)
        self._row.addStretch(1)

    @property
    def shown(self) -> Sequence[QToolButton]:
        """The chips, in their order."""
        return list(self._chips)

    def show_parts(self, parts: Sequence[FilterPart]) -> None:
        """Show the filters of another query."""
        if [chip.part for chip in self._chips] == list(parts):
            return
        for old in self._chips:
            old.hide()
            old.deleteLater()
        self._chips = []
        for at, part in enumerate(parts):
            chip = _Chip(part, self)
            chip.taken_out.connect(self.changed)
            self._row.insertWidget(at, chip)
            self._chips.append(chip)


class _Chip(QToolButton):
    """One filter; a click, Enter, Space, Delete or Backspace takes it out."""

    taken_out = Signal(str)

    def __init__(self, part: FilterPart, parent: QWidget) -> None:
        super().__init__(parent)
        self.part = part
        self.clicked.connect(lambda: self.taken_out.emit(part.rest))
        self.setObjectName("chip")
        self.setIcon(icon("close"))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the cross behind the text
        self.setText(part.text if len(part.text) <= LONGEST else part.text[: LONGEST - 1] + "…")
        self.setToolTip(f"{part.text}: take this filter out")
        self.setAccessibleName(f"Filter {part.text}: take it out")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that take away do."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
        if event.key() in keys:
            self.click()
        else:
            super().keyPressEvent(event)

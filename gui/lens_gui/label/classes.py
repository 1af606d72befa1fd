"""The classes that regions have: their colours, how many of each there are, and which is given next."""

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from lens_gui.colours import Colours
from lens_gui.shortcuts import Shortcuts
from lens_gui.theme import STEP

__all__ = ["ClassList"]

SIDE = STEP + 4  # pixels of a square of colour
BY_KEY = 9  # the first classes have keys


class ClassList(QListWidget):
    """Always in one order, so that a number means the same class."""

    named = Signal(str)
    """A class was chosen, by Enter or by a double click."""

    def __init__(self, shortcuts: Shortcuts, colours: Colours) -> None:
        super().__init__()
        self._shortcuts, self._colours = shortcuts, colours
        self._names: list[str] = []
        self.setAccessibleName("Classes")
        self.setIconSize(QSize(SIDE, SIDE))
        self._counts: Mapping[str, int] = {}
        shortcuts.changed.connect(lambda _: self._tell())
        self.itemActivated.connect(lambda item: self.named.emit(item.data(Qt.ItemDataRole.UserRole)))

    @property
    def current(self) -> str:
        """What is given to the next box; empty if there is no class yet."""
        item = self.currentItem()
        return str(item.data(Qt.ItemDataRole.UserRole)) if item else ""

    def numbered(self, number: int) -> str | None:
        """The class of a key, from 1 on; None if there are not as many."""
        return self._names[number - 1] if number <= len(self._names) else None

    def make_current(self, name: str) -> None:
        """Give this one to the next box."""
        if name in self._names:
            self.setCurrentRow(self._names.index(name))

    def show_classes(self, classes: Mapping[str, int]) -> None:
        """Show these, by their names, and how many there are of each; what is current stays so."""
        current = self.current
        if list(classes) != self._names:
            self._names = list(classes)
            self.clear()
            for name in self._names:
                square = QPixmap(SIDE, SIDE)
                square.fill(self._colours.of(name))
                colour = QIcon(square)
                colour.addPixmap(square, QIcon.Mode.Selected)  # else it is tinted
                item = QListWidgetItem(colour, "")
                item.setData(Qt.ItemDataRole.UserRole, name)
                self.addItem(item)
        self._counts = classes
        self._tell()
        self.make_current(current or next(iter(classes), ""))

    def _tell(self) -> None:
        """Say what each is called, how many there are, and its key."""
        for number, (name, count) in enumerate(self._counts.items(), 1):
            item, has_key = self.item(number - 1), number <= BY_KEY
            keys = self._shortcuts.keys(f"class-{number}").toString() if has_key else ""
            item.setText(f"{keys}  {name}  {count:,}".strip())
            item.setToolTip(self._shortcuts.tip(f"class-{number}") if has_key else name)

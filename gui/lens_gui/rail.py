"""The buttons that lead to the screens, at the edge of the window."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QButtonGroup, QToolButton, QVBoxLayout, QWidget

from lens_gui.icons import icon
from lens_gui.shortcuts import Shortcuts
from lens_gui.theme import STEP

__all__ = ["Rail"]


class Rail(QWidget):
    """One button for each screen, the last one at the foot.

    Args:
        screens: the key that leads to each, its icon, and what shows it.
        shortcuts: of the window.
    """

    def __init__(self, screens: Sequence[tuple[str, str, Callable[[], object]]], shortcuts: Shortcuts) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._buttons = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(STEP, 2 * STEP, STEP, 2 * STEP)
        column.setSpacing(STEP)
        for number, (name, symbol, what) in enumerate(screens):
            button = QToolButton()
            button.setIcon(icon(symbol))
            button.setIconSize(QSize(22, 22))
            button.setCheckable(True)
            shortcuts.explain(button, name)
            button.clicked.connect(what)
            self._buttons.addButton(button, number)
            if number == len(screens) - 1:
                column.addStretch(1)
            column.addWidget(button)
        self.mark(0)

    def mark(self, number: int) -> None:
        """Show which screen is up."""
        self._buttons.button(number).setChecked(True)

"""By what the photos found are sorted."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from lens.search.match import Match
from lens.search.sorting import Order, SortedMatch
from lens_gui.icons import icon

__all__ = ["SortButton", "number_of"]

SAID = {
    Order.RELEVANCE: "Best match first",
    Order.DATE: "Newest first",
    Order.RATING: "Best rated first",
    Order.SIZE: "Largest file first",
    Order.PIXELS: "Most pixels first",
    Order.SHARPNESS: "Sharpest first",
}
READ: dict[Order, Callable[[Any], str]] = {
    Order.DATE: lambda moment: f"{moment:%Y-%m-%d}",
    Order.RATING: lambda stars: "★" * int(stars) or "no stars",
    Order.SIZE: lambda count: f"{count / 1e6:.1f} MB",
    Order.PIXELS: lambda count: f"{count / 1e6:.1f} MP",
    Order.SHARPNESS: lambda share: f"{share:.2f}",
}
"""How what photos are sorted by is read."""


class SortButton(QToolButton):
    """A menu of orders."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setIcon(icon("sort"))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu, self._group = QMenu(self), QActionGroup(self)
        for order, text in SAID.items():
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setData(order.value)
            self._group.addAction(action)
        self.setMenu(menu)
        self._group.triggered.connect(self._chosen)
        self.set_order(Order.RELEVANCE)

    @property
    def order(self) -> Order:
        """What comes first."""
        checked = self._group.checkedAction()
        return Order(checked.data())

    def set_order(self, order: Order) -> None:
        """Sort by something, without anybody being told."""
        for action in self._group.actions():
            action.setChecked(action.data() == order.value)
        self.say(order)

    def say(self, order: Order) -> None:
        """Say what comes first: where nothing is ranked that is not the best match, whatever was chosen."""
        self.setText(SAID[order])
        self.setAccessibleName(f"Sorted: {SAID[order]}")
        self.setToolTip("What comes first")

    def _chosen(self, _: QAction) -> None:
        self.say(self.order)
        self.changed.emit()


def number_of(match: Match) -> str:
    """What a photo is sorted by, as people read it; of ranked ones a probability if there is one."""
    if not isinstance(match, SortedMatch):
        return f"{match.probability:.0%}" if match.probability is not None else f"{match.score:.3f}"
    return "–" if match.value is None else READ[match.order](match.value)

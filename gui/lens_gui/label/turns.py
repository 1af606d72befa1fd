"""Orders about what is shown, one at a time: what is pressed meanwhile waits for the answer."""

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from lens_gui.label.view import View
from lens_gui.orders import Order, Orders
from lens_gui.trouble import Trouble

__all__ = ["QUEUE", "Turns"]

QUEUE = "queue"
"""The order that asks what is looked through."""


class Turns(QObject):
    """An order is only given when what it is about can be seen.

    Args:
        orders: carries them out.
        drawn: whether what was answered last can be seen already.
    """

    answered = Signal(str, View)
    """The name of an order, and what is to be seen then."""
    failed = Signal(str, Trouble)

    def __init__(self, orders: Orders, drawn: Callable[[], bool]) -> None:
        super().__init__()
        self.orders, self._drawn = orders, drawn
        self._awaited: Order | None = None
        self._pressed: deque[Callable[[], object]] = deque()

    @property
    def awaited(self) -> str:
        """The name of the order that is under way; empty if there is none."""
        return self._awaited.name if self._awaited else ""

    @property
    def awaits(self) -> bool:
        """Whether what is shown is about to change."""
        return self._awaited is not None or not self._drawn()

    def later(self, what: Callable[[], object]) -> None:
        """Do something as soon as it can be seen what it is about."""
        if self.awaits:
            self._pressed.append(what)
        else:
            what()

    def give(self, name: str, facts: Mapping[str, Any]) -> None:
        """Give an order now."""
        self._awaited = self.orders.give(name, facts, partial(self._answer, name), partial(self._fail, name))

    def carry_on(self) -> None:
        """Do what was pressed meanwhile."""
        while self._pressed and not self.awaits:
            self._pressed.popleft()()

    def forget(self) -> None:
        """What was pressed was about something that is no longer there."""
        self._pressed.clear()

    def cancel(self) -> None:
        """Want no answer to the order that is under way."""
        if self._awaited:
            self._awaited.cancel()
            self._awaited = None

    def _answer(self, name: str, view: View) -> None:
        self._awaited = None
        self.answered.emit(name, view)
        self.carry_on()

    def _fail(self, name: str, trouble: Trouble) -> None:
        """What was pressed after it may have been meant for another region."""
        self._awaited = None
        self.forget()
        self.failed.emit(name, trouble)

"""Flags and albums of the photos found: put on the screen at once, then into the index, and taken back by undo."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from lens_gui.orders import Orders
from lens_gui.search.names import FLAGGED, Names
from lens_gui.trouble import Trouble

__all__ = ["Keeping"]


@dataclass(frozen=True, eq=False)
class _Step:
    """Photos that are put into an album, or taken out."""

    album: str
    ids: list[str]
    """Narrowed down, when it is done, to those it made a difference to; the step that takes it back has the same."""
    put: bool

    def back(self) -> "_Step":
        """The step that takes it back."""
        return replace(self, put=not self.put)


class Keeping(QObject):
    """Which photos are flagged, which albums there are, and what was last done to them."""

    changed = Signal()
    """Other photos are flagged now, or there is another album."""
    said = Signal(str, str)

    def __init__(self, orders: Orders, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._orders = orders
        self.albums: list[str] = []
        self._flagged: set[str] = set()
        self._done: list[_Step] = []
        self._pending = 0

    def is_flagged(self, id_: str) -> bool:
        """Whether a photo is."""
        return id_ in self._flagged

    def know(self, names: Names) -> None:
        """Take over what the index has, unless something is on its way there."""
        if not self._pending:
            self.albums, self._flagged = list(names.albums), set(names.flagged)
            self.changed.emit()

    def flag(self, ids: Sequence[str]) -> None:
        """Flag photos; if all of them are, take their flags away."""
        put = not all(map(self.is_flagged, ids))
        self._carry_out(_Step(FLAGGED, [id_ for id_ in ids if self.is_flagged(id_) != put], put))

    def add(self, album: str, ids: Sequence[str]) -> None:
        """Put photos into an album, which is made if there is none."""
        self._carry_out(_Step(album, list(ids), put=True))

    def undo(self) -> None:
        """Take the last step back."""
        if self._done:
            self._carry_out(self._done.pop().back(), undoes=True)
        else:
            self.said.emit("There is nothing to undo.", "")

    def _carry_out(self, step: _Step, *, undoes: bool = False) -> None:
        tells = undoes or step.album != FLAGGED
        self._pending += 1
        self._show(step)
        if not undoes:
            self._done.append(step)
        self._orders.give(
            "put" if step.put else "take",
            {"name": step.album, "ids": step.ids},
            partial(self._carried_out, step, tells=tells),
            partial(self._failed, step),
        )

    def _carried_out(self, step: _Step, changed: list[str], *, tells: bool) -> None:
        self._pending -= 1
        step.ids[:] = changed
        if tells:
            photos = f"{len(step.ids):,} {'photo' if len(step.ids) == 1 else 'photos'}"
            self.said.emit(f"{photos} {'put into' if step.put else 'taken out of'} {step.album}.", "")

    def _failed(self, step: _Step, trouble: Trouble) -> None:
        self._pending -= 1
        self._show(step.back())
        if step in self._done:
            self._done.remove(step)
        self.said.emit(trouble.text, trouble.details)

    def _show(self, step: _Step) -> None:
        if step.album == FLAGGED:
            self._flagged = self._flagged | set(step.ids) if step.put else self._flagged - set(step.ids)
        if step.put and step.album not in self.albums:
            self.albums = sorted([*self.albums, step.album])
        self.changed.emit()

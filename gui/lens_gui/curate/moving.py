"""Moving photos aside after a preview, and back."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from lens.curation import Moved
from lens_gui.curate.aside import AsideSheet
from lens_gui.orders import Orders
from lens_gui.trouble import Trouble

__all__ = ["Moving"]

FOLDER = "curate/aside"


class Moving(QObject):
    """Asks where to, shows what would be moved, and has it moved."""

    said = Signal(str, str)
    moved = Signal()
    """Photos are elsewhere now."""

    def __init__(self, orders: Orders, settings: QSettings, screen: QWidget) -> None:
        super().__init__(screen)
        self._orders, self._settings, self._screen = orders, settings, screen
        self._done: list[Path] = []  # folders that photos were moved to, the last one last
        self.sheet: AsideSheet | None = None
        """What would be moved, while it is looked through."""

    def ask(self, groups: Mapping[str, Sequence[str]]) -> None:
        """Ask for a folder, and show what would be moved there: of each photo that is kept, those that go, by ids."""
        if not groups:
            self.said.emit("No photo is marked to go.", "")
        elif folder := self._folder("Where to move them"):
            self._settings.setValue(FOLDER, str(folder))
            facts = {"groups": groups, "folder": str(folder)}
            self._orders.give("plan_aside", facts, partial(self._planned, groups, folder), self._failed)

    def ask_back(self) -> None:
        """Move back what was last moved; before anything was, ask from which folder."""
        if folder := self._done.pop() if self._done else self._folder("Where they were moved to"):
            self._orders.give("move_back", {"folder": str(folder)}, self._moved_back, self._failed)

    def _folder(self, title: str) -> Path | None:
        last = str(self._settings.value(FOLDER, str(Path.home())))
        named = QFileDialog.getExistingDirectory(self._screen, title, last)
        return Path(named) if named else None

    def _planned(self, groups: Mapping[str, Sequence[str]], folder: Path, planned: Moved) -> None:
        self.sheet = AsideSheet(planned, folder, self._screen.window())
        self.sheet.agreed.connect(partial(self._move, groups, folder))
        self.sheet.open()

    def _move(self, groups: Mapping[str, Sequence[str]], folder: Path, take_over: bool) -> None:
        facts = {"groups": groups, "folder": str(folder), "take_over": take_over}
        self._orders.give("move_aside", facts, partial(self._moved, folder), self._failed)

    def _moved(self, folder: Path, moved: Moved) -> None:
        self._done.append(folder)
        self._tell("moved. Move back undoes it.", moved)

    def _moved_back(self, moved: Moved) -> None:
        self._tell("moved back.", moved)

    def _tell(self, what: str, moved: Moved) -> None:
        count, stay = len(moved.moves), [f"{path} stays: {reason}" for path, reason in moved.refused]
        self.said.emit(f"{'1 photo' if count == 1 else f'{count:,} photos'} {what}", "\n".join(stay))
        self.moved.emit()

    def _failed(self, trouble: Trouble) -> None:
        self.said.emit(trouble.text, trouble.details)

"""What would be moved aside, and what would stay: looked through before anything is moved."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialogButtonBox, QWidget

from lens.curation import Moved
from lens_gui.list_sheet import ListSheet
from lens_gui.switch import Switch
from lens_gui.table import Column

__all__ = ["AsideSheet"]


@dataclass(frozen=True)
class _Line:
    path: Path
    what: str


class AsideSheet(ListSheet[_Line]):
    """A table of moves, and a button that has them made."""

    agreed = Signal(bool)
    """Move them; whether the best shots take over what the index knows of the others."""

    def __init__(self, planned: Moved, folder: Path, parent: QWidget) -> None:
        moves = [_Line(move.source, f"→ {move.target}") for move in planned.moves]
        stay = [_Line(path, f"stays: {reason}") for path, reason in planned.refused]
        count = len(moves)
        super().__init__(
            f"Move {'1 photo' if count == 1 else f'{count:,} photos'} to {folder}",
            name="What is moved, and what stays",
            columns=[
                Column[_Line]("Photo", lambda line: str(line.path), wide=True),
                Column[_Line]("", lambda line: line.what, wide=True),
            ],
            rows=[*stay, *moves],
            line=lambda line: f"{line.path} {line.what}",
            parent=parent,
        )
        self.takes_over = Switch("The best shot takes over tags, rating and place")
        self.go = self.buttons.addButton("Move them", QDialogButtonBox.ButtonRole.AcceptRole)
        self.go.setEnabled(bool(moves))
        self.go.setDefault(True)
        self.buttons.accepted.connect(self._agree)
        if (layout := self.layout()) is not None:
            layout.removeWidget(self.buttons)
            layout.addWidget(self.takes_over)
            layout.addWidget(self.buttons)

    def _agree(self) -> None:
        self.accept()
        self.agreed.emit(self.takes_over.isChecked())

"""Room on the disk, a copy of the index, and whether all is in order."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QLabel

from lens.status import DiskUse
from lens_gui.section import Section, muted
from lens_gui.theme import STEP
from lens_gui.words import size

__all__ = ["Upkeep"]

COPY = "lens-copy"


class Upkeep(Section):
    """What the index takes, and what keeps it well."""

    backed_up = Signal(Path)
    """To this folder, which is not there yet."""
    verified = Signal()
    optimized = Signal()

    def __init__(self) -> None:
        super().__init__("Disk use")
        self.optimize = self.add_button("Optimize", "Join small files and remove old versions")
        self.verify = self.add_button("Verify", "Check every row of the index and look at every file")
        self.back_up = self.add_button("Back up…", "Copy the index to another place, and check the copy")
        self.index, self.vectors, self.thumbnails = QLabel(), QLabel(), QLabel()
        grid = QGridLayout()
        grid.setHorizontalSpacing(4 * STEP)
        grid.setVerticalSpacing(STEP)
        grid.setColumnStretch(2, 1)
        about = {
            "Index": (self.index, "everything that is known of the photos"),
            "Vectors": (self.vectors, "of the index, what searches go by"),
            "Thumbnails": (self.thumbnails, "in the cache; made again when they are needed"),
        }
        for row, (name, (label, text)) in enumerate(about.items()):
            label.setAccessibleName(name)
            grid.addWidget(QLabel(name), row, 0)
            grid.addWidget(label, row, 1)
            grid.addWidget(muted(text), row, 2)
        self.body.addLayout(grid)
        self.backup_note = muted()
        self.backup_note.hide()
        self.body.addWidget(self.backup_note)
        self.back_up.clicked.connect(self._choose)
        self.verify.clicked.connect(self.verified)
        self.optimize.clicked.connect(self.optimized)

    def show_use(self, use: DiskUse) -> None:
        """Show these figures."""
        self.index.setText("on an object store" if use.index is None else size(use.index))
        self.vectors.setText(size(use.vectors))
        self.thumbnails.setText(size(use.thumbnails))

    def show_outcome(self, text: str) -> None:
        """Say here how it went."""
        self.backup_note.setText(text)
        self.backup_note.show()

    def set_busy(self, busy: bool) -> None:
        """Whether other work is under way."""
        for button in (self.back_up, self.verify, self.optimize):
            button.setDisabled(busy)

    def _choose(self) -> None:
        named = QFileDialog.getExistingDirectory(self, "Where to put the copy", str(Path.home()))
        if named:
            self.backed_up.emit(free_place(Path(named)))


def free_place(folder: Path) -> Path:
    """A folder below this one that is not there yet."""
    names = (COPY if number == 1 else f"{COPY}-{number}" for number in range(1, 10_000))
    return next(folder / name for name in names if not (folder / name).exists())

"""The folders of an index."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel

from lens.status import FolderStatus
from lens_gui.icons import icon
from lens_gui.notice import Notice
from lens_gui.section import Section, muted
from lens_gui.switch import Switch
from lens_gui.table import Column, Rows, Table
from lens_gui.theme import STEP

__all__ = ["Folders"]

MOST = 8  # rows seen at once
MISSING = 2  # the column of it


class Folders(Section):
    """Which folders there are, which of them are away, and what can be done with them."""

    wanted = Signal(Path)
    """This folder is to be indexed."""
    refreshed = Signal()
    """All are to be looked through for changes."""
    forgotten = Signal(Path)
    """This one is to be taken out of the index; it was asked."""
    watched = Signal(bool)

    def __init__(self) -> None:
        super().__init__("Folders")
        self.rows = Rows[FolderStatus](
            [
                Column("Folder", lambda row: str(row.folder), icon=_symbol, wide=True),
                Column("", lambda row: "" if row.there else "Not there now: nothing is lost"),
                Column("Missing", lambda row: f"{row.missing:,}" if row.missing else "", right=True),
                Column("Photos", lambda row: f"{row.photos:,}", right=True),
            ],
            self,
        )
        self.table = Table(self.rows, "Folders of the index", most=MOST)
        self.question = Notice()
        self.empty = muted("No folder yet. Add one, and Lens looks at each photo once. Nothing leaves this machine.")
        self.remove = self.add_button("Remove…", "Take the chosen folder out of the index")
        self.update_ = self.add_button("Look for changes", "Read what is new or has changed in all folders")
        self.add = self.add_button("Add a folder…")
        self.watch = Switch("Keep up with changes while this window is open")
        self.watching = QLabel()
        self.watching.setObjectName("muted")
        below = QHBoxLayout()
        below.setSpacing(2 * STEP)
        below.addWidget(self.watch)
        below.addWidget(self.watching, 1)
        for widget in (self.empty, self.table, self.question):
            self.body.addWidget(widget)
        self.body.addLayout(below)
        self.add.clicked.connect(self._choose)
        self.update_.clicked.connect(self.refreshed)
        self.remove.clicked.connect(self._ask)
        self.watch.toggled.connect(self.watched)
        self.table.selectionModel().currentChanged.connect(lambda *_: self._enable())
        self._busy = False
        self.show_folders([])

    def show_folders(self, folders: Sequence[FolderStatus]) -> None:
        """Show these folders."""
        self.rows.show(folders)
        self.table.setVisible(bool(folders))
        self.table.setColumnHidden(MISSING, not any(row.missing for row in folders))
        self.empty.setVisible(not folders)
        for widget in (self.remove, self.update_, self.watch):
            widget.setVisible(bool(folders))
        self._enable()

    def set_busy(self, busy: bool) -> None:
        """Whether the index is being written by this window."""
        self._busy = busy
        self._enable()

    def _enable(self) -> None:
        there = any(row.there for row in self.rows.rows)
        self.add.setDisabled(self._busy)
        self.update_.setEnabled(there and not self._busy)
        self.remove.setEnabled(self.table.chosen is not None and not self._busy)
        self.watch.setEnabled(there or self.watch.isChecked())

    def _ask(self) -> None:
        chosen = self.table.chosen
        if chosen:
            count = chosen.photos + chosen.missing
            question = (
                f"Take {chosen.folder} out of the index, with all that is known of its {count:,} photos? "
                "The files are not touched."
            )
            self.question.ask(question, "Remove", lambda: self.forgotten.emit(chosen.folder))

    def _choose(self) -> None:
        named = QFileDialog.getExistingDirectory(self, "Folder of photos", str(Path.home()))
        if named:
            self.wanted.emit(Path(named))


def _symbol(row: FolderStatus) -> QIcon:
    return icon("folder-outline" if row.there else "folder-off-outline")

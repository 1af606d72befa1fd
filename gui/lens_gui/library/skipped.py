"""The files that could not be read, and why."""

from collections.abc import Sequence

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from lens.status import SkippedPhoto
from lens_gui.clipboard import copy
from lens_gui.section import Section, muted
from lens_gui.table import Column, Rows, Table
from lens_gui.theme import STEP

__all__ = ["Skipped", "SkippedSheet"]


class Skipped(Section):
    """How many there are, and the list on demand; not seen if there are none."""

    def __init__(self) -> None:
        super().__init__("Could not be read")
        self.count = muted()
        self.open = self.add_button("Show them…")
        self.body.addWidget(self.count)
        self._files: list[SkippedPhoto] = []
        self.open.clicked.connect(self._open)
        self.hide()

    def show_files(self, files: Sequence[SkippedPhoto]) -> None:
        """Count these."""
        self._files = list(files)
        self.setVisible(bool(files))
        reasons = sorted({each.reason for each in files})
        more = ", and others" if len(reasons) > 1 else ""
        told = f"{len(files):,} {'file' if len(files) == 1 else 'files'}: {reasons[0]}{more}. " if files else ""
        self.count.setText(f"{told}Each is tried again only when it changes.")

    def _open(self) -> None:
        SkippedSheet(self._files, self.window()).show()


class SkippedSheet(QDialog):
    """The list, which can be copied; the window can be used meanwhile."""

    def __init__(self, files: Sequence[SkippedPhoto], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Could not be read")
        self.resize(110 * STEP, 60 * STEP)
        self.rows = Rows[SkippedPhoto](
            [
                Column("File", lambda row: str(row.path), wide=True),
                Column("Reason", lambda row: row.reason, wide=True),
            ],
            self,
        )
        self.rows.show(files)
        self.table = Table(self.rows, "Files that could not be read")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = buttons.addButton("Copy all", QDialogButtonBox.ButtonRole.ActionRole)
        self.folder = buttons.addButton("Show in folder", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.clicked.connect(lambda: copy("\n".join(f"{each.path}: {each.reason}" for each in files)))
        self.folder.clicked.connect(self._show_in_folder)
        self.folder.setEnabled(False)
        self.table.selectionModel().currentChanged.connect(lambda *_: self.folder.setEnabled(True))
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * STEP, 2 * STEP, 2 * STEP, 2 * STEP)
        column.setSpacing(2 * STEP)
        column.addWidget(self.table, 1)
        column.addWidget(buttons)

    def _show_in_folder(self) -> None:
        if chosen := self.table.chosen:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(chosen.path.parent)))

"""The files that could not be read, and why."""

from collections.abc import Sequence

from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialogButtonBox, QWidget

from lens.status import SkippedPhoto
from lens_gui.links import link_to
from lens_gui.list_sheet import ListSheet
from lens_gui.section import Section, muted
from lens_gui.table import Column

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


class SkippedSheet(ListSheet[SkippedPhoto]):
    """The list, and where each file lies."""

    def __init__(self, files: Sequence[SkippedPhoto], parent: QWidget) -> None:
        columns = [
            Column[SkippedPhoto]("File", lambda row: str(row.path), wide=True),
            Column[SkippedPhoto]("Reason", lambda row: row.reason, wide=True),
        ]
        super().__init__(
            "Could not be read",
            name="Files that could not be read",
            columns=columns,
            rows=files,
            line=lambda row: f"{row.path}: {row.reason}",
            parent=parent,
        )
        self.folder = self.buttons.addButton("Show in folder", QDialogButtonBox.ButtonRole.ActionRole)
        self.folder.clicked.connect(self._show_in_folder)
        self.folder.setEnabled(False)
        self.table.selectionModel().currentChanged.connect(lambda *_: self.folder.setEnabled(True))

    def _show_in_folder(self) -> None:
        if chosen := self.table.chosen:
            QDesktopServices.openUrl(link_to(chosen.path.parent))

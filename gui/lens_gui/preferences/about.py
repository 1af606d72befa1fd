"""What Lens is, and what it is made of."""

import platform

import PySide6
from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from lens import __version__
from lens.config import cache_folder
from lens.licences import UsedPackage, used_packages
from lens_gui.clipboard import copy
from lens_gui.section import Section, muted
from lens_gui.table import Column, Rows, Table
from lens_gui.theme import STEP

__all__ = ["About", "LicencesSheet"]


class About(Section):
    """Versions and places; the licences on demand."""

    def __init__(self, uri: str) -> None:
        super().__init__("About")
        lines = [
            f"Lens {__version__}, under the licence Apache-2.0. Your photos stay on this machine.",
            f"Python {platform.python_version()}, PySide {PySide6.__version__}, Qt {qVersion()}, {platform.platform()}",
            f"Index: {uri}",
            f"Cache: {cache_folder()}",
        ]
        self.told = muted("\n".join(lines))
        self.body.addWidget(self.told)
        self.licences = self.add_button("Licences…", "The packages in use, with version and licence")
        self.licences.clicked.connect(lambda: LicencesSheet(used_packages(), self.window()).show())


class LicencesSheet(QDialog):
    """Every package, as it says of itself."""

    def __init__(self, packages: list[UsedPackage], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Licences")
        self.resize(90 * STEP, 70 * STEP)
        self.rows = Rows[UsedPackage](
            [
                Column("Package", lambda row: row.name),
                Column("Version", lambda row: row.version),
                Column("Licence", lambda row: row.licence or "Not told by the package", wide=True),
            ],
            self,
        )
        self.rows.show(packages)
        self.table = Table(self.rows, "Packages and their licences")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = buttons.addButton("Copy all", QDialogButtonBox.ButtonRole.ActionRole)
        lines = [f"{each.name} {each.version}: {each.licence or 'not told'}" for each in packages]
        self.copy.clicked.connect(lambda: copy("\n".join(lines)))
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * STEP, 2 * STEP, 2 * STEP, 2 * STEP)
        column.setSpacing(2 * STEP)
        column.addWidget(self.table, 1)
        column.addWidget(buttons)

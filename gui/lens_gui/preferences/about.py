"""What Lens is, and what it is made of."""

import platform

import PySide6
from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QWidget

from lens import __version__
from lens.config import cache_folder
from lens.licences import UsedPackage, used_packages
from lens_gui.list_sheet import ListSheet
from lens_gui.section import Section, muted
from lens_gui.table import Column

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


class LicencesSheet(ListSheet[UsedPackage]):
    """Every package, as it says of itself."""

    def __init__(self, packages: list[UsedPackage], parent: QWidget) -> None:
        columns = [
            Column[UsedPackage]("Package", lambda row: row.name),
            Column[UsedPackage]("Version", lambda row: row.version),
            Column[UsedPackage]("Licence", lambda row: row.licence or "Not told by the package", wide=True),
        ]
        super().__init__(
            "Licences",
            name="Packages and their licences",
            columns=columns,
            rows=packages,
            line=lambda row: f"{row.name} {row.version}: {row.licence or 'not told'}",
            parent=parent,
        )

"""What the search shows where there is nothing to show: what to do next."""

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget

from lens_gui.blank import Blank

__all__ = ["Empty", "pictures_folder"]


def pictures_folder() -> Path | None:
    """Where this platform keeps pictures, if the folder is there."""
    named = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    return Path(named) if named and Path(named).is_dir() else None


class Empty(Blank):
    """A sentence, and a button where something can be done."""

    wanted = Signal(Path)
    """A folder is to be indexed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.suggested, self.other = QPushButton(self), QPushButton("Choose a folder…", self)
        self.suggested.setDefault(True)
        self._folder: Path | None = None
        self.suggested.clicked.connect(self._take)
        self.other.clicked.connect(self._choose)
        for button in (self.suggested, self.other):
            self.offer(button)

    def nothing_indexed(self) -> None:
        """There is no index yet, or nothing in it."""
        self._folder = pictures_folder()
        self.say("Find your photos by what is in them", "Lens looks at each photo once. Nothing leaves this machine.")
        self.suggested.setVisible(self._folder is not None)
        self.suggested.setText(f"Look through {self._folder}")
        self.other.show()

    def nothing_found(self, query: str) -> None:
        """A query has no answer."""
        self.say("No photo answers this", f"Try fewer words, or take a filter out of:\n{query}")
        self.suggested.hide()
        self.other.hide()

    def cannot(self, why: str) -> None:
        """The photos of the index cannot be shown."""
        self.say("Your photos cannot be searched now", why)
        self.suggested.hide()
        self.other.hide()

    def _take(self) -> None:
        if self._folder:
            self.wanted.emit(self._folder)

    def _choose(self) -> None:
        named = QFileDialog.getExistingDirectory(self, "Folder of photos", str(self._folder or Path.home()))
        if named:
            self.wanted.emit(Path(named))

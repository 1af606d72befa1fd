"""What the search shows where there is nothing to show: what to do next."""

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from lens_gui.theme import STEP

__all__ = ["Empty", "pictures_folder"]


def pictures_folder() -> Path | None:
    """Where this platform keeps pictures, if the folder is there."""
    named = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    return Path(named) if named and Path(named).is_dir() else None


class Empty(QWidget):
    """A sentence, and a button where something can be done."""

    wanted = Signal(Path)
    """A folder is to be indexed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._text = QLabel(self), QLabel(self)
        self._title.setObjectName("title")
        self._text.setObjectName("muted")
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setWordWrap(True)
        self.suggested, self.other = QPushButton(self), QPushButton("Choose a folder…", self)
        self.suggested.setDefault(True)
        self._folder: Path | None = None
        self.suggested.clicked.connect(self._take)
        self.other.clicked.connect(self._choose)
        column = QVBoxLayout(self)
        column.setSpacing(2 * STEP)
        column.addStretch(2)
        for widget in (self._title, self._text):
            column.addWidget(widget)
        for button in (self.suggested, self.other):
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    @property
    def text(self) -> str:
        """What it says."""
        return f"{self._title.text()}\n{self._text.text()}"

    def nothing_indexed(self) -> None:
        """There is no index yet, or nothing in it."""
        self._folder = pictures_folder()
        self._say("Find your photos by what is in them", "Lens looks at each photo once. Nothing leaves this machine.")
        self.suggested.setVisible(self._folder is not None)
        self.suggested.setText(f"Look through {self._folder}")
        self.other.show()

    def nothing_found(self, query: str) -> None:
        """A query has no answer."""
        self._say("No photo answers this", f"Try fewer words, or take a filter out of:\n{query}")
        self.suggested.hide()
        self.other.hide()

    def cannot(self, why: str) -> None:
        """The photos of the index cannot be shown."""
        self._say("Your photos cannot be searched now", why)
        self.suggested.hide()
        self.other.hide()

    def _say(self, title: str, text: str) -> None:
        self._title.setText(title)
        self._text.setText(text)

    def _take(self) -> None:
        if self._folder:
            self.wanted.emit(self._folder)

    def _choose(self) -> None:
        named = QFileDialog.getExistingDirectory(self, "Folder of photos", str(self._folder or Path.home()))
        if named:
            self.wanted.emit(Path(named))

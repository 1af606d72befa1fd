"""What stands in the place of photos where there are none: what to do next."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QVBoxLayout, QWidget

from lens_gui.theme import STEP

__all__ = ["Blank"]


class Blank(QWidget):
    """A title and a few lines below it, in the middle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._text = QLabel(self), QLabel(self)
        self._title.setObjectName("title")
        self._text.setObjectName("muted")
        self._column = QVBoxLayout(self)
        self._column.setSpacing(2 * STEP)
        self._column.addStretch(2)
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            self._column.addWidget(label)
        self._column.addStretch(3)

    @property
    def text(self) -> str:
        """What it says."""
        return f"{self._title.text()}\n{self._text.text()}"

    def offer(self, button: QAbstractButton) -> None:
        """Put a button below the others."""
        self._column.insertWidget(self._column.count() - 1, button, 0, Qt.AlignmentFlag.AlignHCenter)

    def say(self, title: str, text: str) -> None:
        """Show other words."""
        self._title.setText(title)
        self._text.setText(text)

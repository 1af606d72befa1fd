"""A sheet of text to read, select and copy, beside the window and not in its way."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from lens_gui.clipboard import copy
from lens_gui.theme import STEP

__all__ = ["DetailsSheet"]


class DetailsSheet(QDialog):
    """Goes away with Esc; the window can be used meanwhile."""

    def __init__(self, line: str, details: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Details")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(90 * STEP, 50 * STEP)
        said = QLabel(line)
        said.setWordWrap(True)
        self.text = QPlainTextEdit(details)
        self.text.setReadOnly(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName("Details")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copied = buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        self.copied.clicked.connect(lambda: copy(f"{line}\n\n{details}"))
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, 2 * STEP, 3 * STEP, 2 * STEP)
        column.setSpacing(2 * STEP)
        column.addWidget(said)
        column.addWidget(self.text, 1)
        column.addWidget(buttons)

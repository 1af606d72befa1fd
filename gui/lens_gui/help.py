"""All keys, on one sheet."""

from itertools import groupby

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from lens_gui.shortcuts import KEYS, Shortcuts
from lens_gui.theme import STEP

__all__ = ["KeysSheet"]


class KeysSheet(QDialog):
    """Goes away with Esc."""

    def __init__(self, shortcuts: Shortcuts, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        grid = QGridLayout()
        grid.setHorizontalSpacing(4 * STEP)
        grid.setVerticalSpacing(STEP)
        for where, named in groupby(KEYS.items(), key=lambda each: each[1].where):
            heading = QLabel(f"<b>{where}</b>")
            heading.setContentsMargins(0, STEP, 0, 0)
            grid.addWidget(heading, grid.rowCount(), 0, 1, 2)
            for name, key in named:
                row = grid.rowCount()
                keys = QLabel(shortcuts.keys(name).toString(QKeySequence.SequenceFormat.NativeText))
                keys.setObjectName("muted")
                grid.addWidget(QLabel(key.text), row, 0)
                grid.addWidget(keys, row, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, 2 * STEP, 3 * STEP, 2 * STEP)
        column.addLayout(grid)
        column.addWidget(buttons)

"""A list in a window of its own, beside which the other one can be used."""

from collections.abc import Callable, Sequence
from typing import Generic

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from lens_gui.clipboard import copy
from lens_gui.table import Column, Row, Rows, Table
from lens_gui.theme import STEP

__all__ = ["ListSheet"]


class ListSheet(QDialog, Generic[Row]):
    """A table of rows, all of which can be copied.

    Args:
        title: of the window.
        name: of the table, for those who hear it.
        columns: of the table.
        rows: likewise.
        line: what is copied of a row.
        parent: the window that it belongs to.
    """

    def __init__(
        self,
        title: str,
        *,
        name: str,
        columns: Sequence[Column[Row]],
        rows: Sequence[Row],
        line: Callable[[Row], str],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(100 * STEP, 65 * STEP)
        self.rows = Rows(columns, self)
        self.rows.show(rows)
        self.table = Table(self.rows, name)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = self.buttons.addButton("Copy all", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.clicked.connect(lambda: copy("\n".join(map(line, rows))))
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * STEP, 2 * STEP, 2 * STEP, 2 * STEP)
        column.setSpacing(2 * STEP)
        column.addWidget(self.table, 1)
        column.addWidget(self.buttons)

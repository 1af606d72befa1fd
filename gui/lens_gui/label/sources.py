"""Which sources of labels are meant: all of them, or those that are checked."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem

__all__ = ["SourceList"]

ROWS = 4  # that can be seen at a time


class SourceList(QListWidget):
    """A box to check for each, by Space too."""

    changed = Signal()
    """Others are checked now."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Sources")
        self.setFixedHeight(ROWS * (self.fontMetrics().height() + 6))
        self.itemChanged.connect(self.changed)

    @property
    def checked(self) -> list[str]:
        """The names of those that are."""
        items = map(self.item, range(self.count()))
        return [item.text() for item in items if item.checkState() == Qt.CheckState.Checked]

    @property
    def all_checked(self) -> bool:
        """Whether none is left out."""
        return len(self.checked) == self.count()

    def show_names(self, names: Sequence[str]) -> None:
        """Show these; a source is checked unless it was there before and was not."""
        off = {self.item(row).text() for row in range(self.count())} - set(self.checked)
        self.blockSignals(True)  # it is one change
        self.clear()
        for name in names:
            item = QListWidgetItem(name, self)
            item.setCheckState(Qt.CheckState.Unchecked if name in off else Qt.CheckState.Checked)
        self.blockSignals(False)
        self.changed.emit()

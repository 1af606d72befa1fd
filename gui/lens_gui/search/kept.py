"""Albums and saved searches, a click away."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QInputDialog, QMenu, QToolButton, QWidget

from lens.search.syntax import Filter
from lens_gui.icons import icon
from lens_gui.search.names import Names

__all__ = ["KeptButton", "ask_name"]


class KeptButton(QToolButton):
    """A menu of everything that was kept under a name."""

    chosen = Signal(str)
    """What finds it, as a query."""
    named = Signal(str)
    """The search is to be saved under this name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setIcon(icon("bookmark-outline"))
        self.setToolTip("Albums and saved searches")
        self.setAccessibleName("Albums and saved searches")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(QMenu(self))
        self.show_names(Names())

    def show_names(self, names: Names) -> None:
        """List what there is."""
        menu = self.menu()
        menu.clear()
        for heading, symbol, name, some in (
            ("Albums", "image-album", "album", names.albums),
            ("Saved searches", "bookmark-outline", "saved", names.saved),
        ):
            menu.addSection(heading)
            for each in some:
                query = str(Filter(name, each))
                menu.addAction(icon(symbol), each, partial(self.chosen.emit, query))
            if not some:
                menu.addAction("None yet").setEnabled(False)
        menu.addSeparator()
        menu.addAction(icon("content-save-outline"), "Save this search…", self._save)

    def _save(self) -> None:
        ask_name(self, "Save this search", "Name", self.named.emit)


def ask_name(parent: QWidget, title: str, label: str, then: Callable[[str], object]) -> QInputDialog:
    """Ask for a name, and hand it on if one was given."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setLabelText(label)
    dialog.textValueSelected.connect(lambda name: then(name.strip()) if name.strip() else None)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog

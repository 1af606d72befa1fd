"""Words in place: what is wrong here, or a question, with what can be done about it."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from lens_gui.details import DetailsSheet
from lens_gui.theme import STEP

__all__ = ["Notice"]


class Notice(QFrame):
    """A strip that is seen only while it has something to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.yes, self.no = QPushButton(), QPushButton()
        self._act: Callable[[], object] = self.hide
        self.yes.clicked.connect(self._do)
        self.no.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * STEP, STEP, STEP, STEP)
        row.setSpacing(STEP)
        row.addWidget(self._text, 1)
        row.addWidget(self.no)
        row.addWidget(self.yes)
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def tell(self, line: str, details: str) -> None:
        """Say what is wrong; the details can be opened."""
        self._show(line, "Details…", lambda: DetailsSheet(line, details, self.window()).show())
        self.yes.setVisible(bool(details))
        self.no.hide()

    def ask(self, question: str, yes: str, act: Callable[[], object]) -> None:
        """Ask whether to do something; Esc says no."""
        self._show(question, yes, act)
        self.no.setText("Cancel")
        self.yes.show()
        self.no.show()
        self.no.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc says no."""
        if event.key() == Qt.Key.Key_Escape and not self.no.isHidden():
            self.hide()
        else:
            super().keyPressEvent(event)

    def _show(self, text: str, button: str, act: Callable[[], object]) -> None:
        self._text.setText(text)
        self.setAccessibleName(text)
        self.yes.setText(button)
        self._act = act
        self.show()

    def _do(self) -> None:
        if not self.no.isHidden():
            self.hide()
        self._act()

"""Short messages that come up at the bottom of the window and go away by themselves."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from lens_gui.details import DetailsSheet

__all__ = ["Toast"]

SECONDS = 8
MARGIN = 24


class Toast(QFrame):
    """The one message of a window; a new one takes the place of the old."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self.setObjectName("toast")
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details = ""
        self.more = QToolButton(self)
        self.more.setText("Details")
        self.more.setAccessibleName("Details of the message")
        self.more.clicked.connect(lambda: DetailsSheet(self.text, self._details, self._window.window()).show())
        close = QToolButton(self)
        close.setText("×")
        close.setAccessibleName("Close the message")
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        row.addWidget(self._text, 1)
        row.addWidget(self.more)
        row.addWidget(close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def say(self, text: str, details: str = "") -> None:
        """Show a message for some seconds, longer if the mouse is on it; details can be opened."""
        self._text.setText(text)
        self._details = details
        self.more.setVisible(bool(details))
        self.setAccessibleName(text)
        self.show()
        self.raise_()
        self._place()
        self._timer.start(SECONDS * 1000)

    def enterEvent(self, event: QEvent) -> None:
        """It stays while it is being read."""
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        """And goes a while after."""
        self._timer.start(SECONDS * 1000)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the bottom of the window."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        width = min(self._window.width() - 2 * MARGIN, 560)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((self._window.width() - width) // 2, self._window.height() - self.height() - MARGIN)

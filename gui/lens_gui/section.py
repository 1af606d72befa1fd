"""A part of a screen: a heading, buttons beside it, and what is below."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from lens_gui.theme import STEP

__all__ = ["Section", "muted", "page", "sheet"]

WIDEST = 960


class Section(QFrame):
    """A card with a heading."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAccessibleName(title)
        self._title = QLabel(title)
        self._title.setObjectName("heading")
        if not title:  # shown before it has a parent, a label would be a window of its own
            self._title.hide()
        self._head = QHBoxLayout()
        self._head.setSpacing(STEP)
        self._head.addWidget(self._title)
        self._head.addStretch(1)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(2 * STEP, 2 * STEP, 2 * STEP, 2 * STEP)
        self.body.setSpacing(STEP + STEP // 2)
        self.body.addLayout(self._head)

    def set_title(self, title: str) -> None:
        """Another heading."""
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self.setAccessibleName(title)

    def add_button(self, text: str, tip: str = "") -> QPushButton:
        """A button beside the heading."""
        button = QPushButton(text)
        button.setToolTip(tip)
        self._head.addWidget(button)
        return button

    def add_first(self, widget: QWidget) -> None:
        """Anything right after the heading."""
        self._head.insertWidget(self._head.count() - 1, widget)


def muted(text: str = "") -> QLabel:
    """Words of less weight."""
    label = QLabel(text)
    label.setObjectName("muted")
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def sheet(screen: QWidget, title: str, about: QWidget) -> QVBoxLayout:
    """Lay a screen out that does not scroll: a title, a line about it, and what the caller adds below."""
    named = QLabel(title)
    named.setObjectName("title")
    column = QVBoxLayout(screen)
    column.setContentsMargins(4 * STEP, 4 * STEP, 4 * STEP, 4 * STEP)
    column.setSpacing(2 * STEP)
    column.addWidget(named)
    column.addWidget(about)
    return column


def page(screen: QWidget, title: str, about: QWidget, *parts: QWidget) -> None:
    """Lay a screen out: a title, a line about it, and parts below each other that scroll together."""
    inner = QWidget()
    inner.setObjectName("screen")
    inner.setMaximumWidth(WIDEST)
    column = sheet(inner, title, about)
    for part in parts:
        column.addWidget(part)
    column.addStretch(1)
    around = QWidget()
    around.setObjectName("screen")
    beside = QHBoxLayout(around)
    beside.setContentsMargins(0, 0, 0, 0)
    beside.addWidget(inner, 1)
    beside.addStretch(0)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(around)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    whole = QVBoxLayout(screen)
    whole.setContentsMargins(0, 0, 0, 0)
    whole.addWidget(area)

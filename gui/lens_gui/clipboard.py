"""What is put into the clipboard."""

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

__all__ = ["copy", "copy_data", "let_go"]

_last = ""


def copy(text: str) -> None:
    """Put text into the clipboard."""
    data = QMimeData()
    data.setText(text)
    copy_data(data)


def copy_data(data: QMimeData) -> None:
    """Put what has a text, and more, into the clipboard."""
    global _last  # noqa: PLW0603 - there is one clipboard
    _last = data.text()
    QGuiApplication.clipboard().setMimeData(data)


def let_go() -> None:
    """Empty the clipboard if what was copied is still in it: freed after Python has ended, it crashes."""
    clipboard = QGuiApplication.clipboard()
    if _last and clipboard.text() == _last:
        clipboard.clear()

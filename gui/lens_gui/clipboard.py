"""Text for the clipboard."""

from PySide6.QtGui import QGuiApplication

__all__ = ["copy", "let_go"]

_last = ""


def copy(text: str) -> None:
    """Put text into the clipboard."""
    global _last  # noqa: PLW0603 - there is one clipboard
    _last = text
    QGuiApplication.clipboard().setText(text)


def let_go() -> None:
    """Empty the clipboard if what was copied is still in it: freed after Python has ended, it crashes."""
    clipboard = QGuiApplication.clipboard()
    if _last and clipboard.text() == _last:
        clipboard.clear()

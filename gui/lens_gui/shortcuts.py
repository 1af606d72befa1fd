"""The keys of the window: what each does, and how to change it.

A key is changed in the settings file, `shortcuts/NAME=KEYS`; an empty value takes it away.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

__all__ = ["KEYS", "Key", "Shortcuts"]


@dataclass(frozen=True)
class Key:
    """A shortcut as it is without any change."""

    keys: str
    text: str
    """What it does, as a person would say it."""
    where: str
    """The screen on which it works."""


KEYS = {
    "seek": Key("/", "Search", "Everywhere"),
    "to-search": Key("Ctrl+1", "Photos found", "Everywhere"),
    "to-library": Key("Ctrl+2", "Library", "Everywhere"),
    "keys": Key("?", "Show these keys", "Everywhere"),
    "quit": Key("Ctrl+Q", "Close the window", "Everywhere"),
    "larger": Key("+", "Larger photos", "Photos found"),
    "smaller": Key("-", "Smaller photos", "Photos found"),
    "view": Key("V", "Open the photo", "Photos found"),
    "like": Key("M", "More like this", "Photos found"),
    "copy": Key("Ctrl+C", "Copy", "Photos found"),
    "folder": Key("Ctrl+Shift+O", "Show in folder", "Photos found"),
    "next": Key("Right", "Next photo", "One photo"),
    "previous": Key("Left", "Previous photo", "One photo"),
    "back": Key("Esc", "Back to the photos found", "One photo"),
    "grid": Key("V", "Back to the photos found", "One photo"),
    "fit": Key("F", "Fit into the window", "One photo"),
    "pixels": Key("1", "One pixel for one pixel", "One photo"),
    "closer": Key("+", "Closer", "One photo"),
    "farther": Key("-", "Farther", "One photo"),
    "cut": Key("C", "Draw a rectangle and search for what is in it", "One photo"),
    "facts": Key("I", "What is known of the photo", "One photo"),
}


class Shortcuts:
    """The keys as this person has them."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    def keys(self, name: str) -> QKeySequence:
        """What to press; empty if nothing."""
        return QKeySequence(str(self._settings.value(f"shortcuts/{name}", KEYS[name].keys)))

    def bind(self, widget: QWidget, name: str, what: Callable[[], object]) -> QShortcut:
        """Let a key work while a widget can be seen."""
        shortcut = QShortcut(self.keys(name), widget)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(lambda: what())  # noqa: PLW0108 - a signal that holds only a method lets it go
        return shortcut

    def tip(self, name: str) -> str:
        """What a key does, and the key."""
        keys = self.keys(name).toString(QKeySequence.SequenceFormat.NativeText)
        return f"{KEYS[name].text} ({keys})" if keys else KEYS[name].text

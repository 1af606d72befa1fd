"""The keys of the window: what each does, and how to change it.

Changed keys are kept in the settings as `shortcuts/NAME=KEYS`; an empty value takes them away.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QPushButton, QWidget

from lens.errors import LensError

__all__ = ["KEYS", "Key", "KeysTaken", "Shortcuts"]

EVERYWHERE = "Everywhere"


class KeysTaken(LensError):
    """Keys that do something else already."""


@dataclass(frozen=True)
class Key:
    """A shortcut as it is without any change."""

    keys: str
    text: str
    """What it does, as a person would say it."""
    where: str
    """The screen on which it works."""


KEYS = {
    "seek": Key("/", "Search", EVERYWHERE),
    "to-search": Key("Ctrl+1", "Photos found", EVERYWHERE),
    "to-library": Key("Ctrl+2", "Library", EVERYWHERE),
    "to-models": Key("Ctrl+3", "Models", EVERYWHERE),
    "to-label": Key("Ctrl+4", "Label photos, and look through labels", EVERYWHERE),
    "to-teach": Key("Ctrl+5", "Teach by examples", EVERYWHERE),
    "to-curate": Key("Ctrl+6", "Curate", EVERYWHERE),
    "to-compare": Key("Ctrl+7", "Compare sources of labels", EVERYWHERE),
    "to-tune": Key("Ctrl+8", "Train encoders on these photos", EVERYWHERE),
    "to-preferences": Key("Ctrl+,", "Preferences", EVERYWHERE),
    "keys": Key("?", "Show these keys", EVERYWHERE),
    "quit": Key("Ctrl+Q", "Close the window", EVERYWHERE),
    "larger": Key("+", "Larger photos", "Photos found"),
    "smaller": Key("-", "Smaller photos", "Photos found"),
    "view": Key("V", "Open the photo", "Photos found"),
    "like": Key("M", "More like this", "Photos found"),
    "flag": Key("Space", "Flag, or take the flag away", "Photos found"),
    "album": Key("A", "Add to an album", "Photos found"),
    "undo": Key("Ctrl+Z", "Undo", "Photos found"),
    "copy": Key("Ctrl+C", "Copy", "Photos found"),
    "paste": Key("Ctrl+V", "Search by the photo that was copied", "Photos found"),
    "folder": Key("Ctrl+Shift+O", "Show in folder", "Photos found"),
    "next": Key("Right", "Next photo", "One photo"),
    "previous": Key("Left", "Previous photo", "One photo"),
    "back": Key("Esc", "Back to the photos found", "One photo"),
    "flag-one": Key("Space", "Flag, or take the flag away", "One photo"),
    "grid": Key("V", "Back to the photos found", "One photo"),
    "fit": Key("F", "Fit into the window", "One photo"),
    "pixels": Key("1", "One pixel for one pixel", "One photo"),
    "closer": Key("+", "Closer", "One photo"),
    "farther": Key("-", "Farther", "One photo"),
    "left": Key("Shift+Left", "Move to the left", "One photo"),
    "right": Key("Shift+Right", "Move to the right", "One photo"),
    "up": Key("Shift+Up", "Move up", "One photo"),
    "down": Key("Shift+Down", "Move down", "One photo"),
    "regions": Key("R", "Show or hide all regions", "One photo"),
    "sight": Key("Shift+C", "Search for the part that is in sight", "One photo"),
    "cut": Key("C", "Draw a rectangle and search for what is in it", "One photo"),
    "facts": Key("I", "What is known of the photo", "One photo"),
    "accept": Key("Return", "Accept", "Labels"),
    "reject": Key("Del", "Reject", "Labels"),
    "next-label": Key("D", "Next photo", "Labels"),
    "previous-label": Key("A", "Previous photo", "Labels"),
    "next-region": Key("S", "Next region of the photo", "Labels"),
    "previous-region": Key("W", "Previous region of the photo", "Labels"),
    "draw-box": Key("B", "Draw a box", "Labels"),
    "draw-polygon": Key("P", "Draw a polygon: Enter closes it", "Labels"),
    "cut-out": Key("C", "Cut something out by points and boxes", "Labels"),
    "step-back": Key("Backspace", "Take the last corner or point back", "Labels"),
    "paint": Key("M", "Paint a mask", "Labels"),
    "erase": Key("E", "Erase from a mask", "Labels"),
    "smaller-brush": Key("[", "A smaller brush", "Labels"),
    "larger-brush": Key("]", "A larger brush", "Labels"),
    "choose-none": Key("Q", "Choose nothing, so that something new is painted", "Labels"),
    "find-things": Key("Ctrl+B", "Find things in these photos", "Labels"),
    "export": Key("Ctrl+E", "Export the labels", "Labels"),
    "copy-on": Key("Shift+D", "Next photo, with what is accepted in this one", "Labels"),
    "move-box-left": Key("Left", "Move the box to the left", "Labels"),
    "move-box-right": Key("Right", "Move the box to the right", "Labels"),
    "move-box-up": Key("Up", "Move the box up", "Labels"),
    "move-box-down": Key("Down", "Move the box down", "Labels"),
    "stretch-box-left": Key("Shift+Left", "Make the box narrower", "Labels"),
    "stretch-box-right": Key("Shift+Right", "Make the box wider", "Labels"),
    "stretch-box-up": Key("Shift+Up", "Make the box lower", "Labels"),
    "stretch-box-down": Key("Shift+Down", "Make the box higher", "Labels"),
    "leave": Key("Esc", "Draw nothing more", "Labels"),
    "name-label": Key("N", "Give it another class by name", "Labels"),
    "undo-label": Key("Ctrl+Z", "Undo", "Labels"),
    "redo-label": Key("Ctrl+Shift+Z", "Redo", "Labels"),
    "fit-label": Key("F", "Fit into the window", "Labels"),
    "closer-label": Key("+", "Closer", "Labels"),
    "farther-label": Key("-", "Farther", "Labels"),
    "left-label": Key("Ctrl+Left", "Move to the left", "Labels"),
    "right-label": Key("Ctrl+Right", "Move to the right", "Labels"),
    "up-label": Key("Ctrl+Up", "Move up", "Labels"),
    "down-label": Key("Ctrl+Down", "Move down", "Labels"),
    "yes": Key("Y", "Yes, it is there", "Teach"),
    "no": Key("N", "No, it is not", "Teach"),
    "undo-answer": Key("U", "Take the last answer back", "Teach"),
    "more-asked": Key("M", "More photos to answer", "Teach"),
    "keep-tag": Key("K", "Keep the tag", "Teach"),
    "name-tag": Key("T", "Write what to teach", "Teach"),
    "best-shot": Key("B", "This is the best shot", "Curate"),
    "goes": Key("X", "It goes, or stays after all", "Curate"),
    "move-aside": Key("Ctrl+M", "Move aside what is marked, after a preview", "Curate"),
    "move-back": Key("Ctrl+Shift+M", "Move back what was moved aside", "Curate"),
    "show-found": Key("O", "Show these photos in the search", "Curate"),
    "label-found": Key("L", "Label these photos", "Curate"),
    "closer-map": Key("+", "Closer on the map", "Curate"),
    "farther-map": Key("-", "Farther on the map", "Curate"),
    "fit-map": Key("F", "The whole map", "Curate"),
    "left-map": Key("Shift+Left", "Move to the left", "Curate"),
    "right-map": Key("Shift+Right", "Move to the right", "Curate"),
    "up-map": Key("Shift+Up", "Move up", "Curate"),
    "down-map": Key("Shift+Down", "Move down", "Curate"),
    "choose-in-sight": Key("Ctrl+A", "Choose what is in sight on the map", "Curate"),
    "all-missed": Key("M", "All that was missed", "Compare"),
    "all-spurious": Key("S", "All that is spurious", "Compare"),
    "all-confused": Key("C", "All that is called otherwise", "Compare"),
    "swap-sources": Key("X", "Judge the other source", "Compare"),
    "show-differing": Key("O", "Show these photos in the search", "Compare"),
    "label-differing": Key("L", "Label these photos", "Compare"),
    "new-run": Key("N", "Train another encoder", "Tune"),
    "resume-run": Key("R", "Go on with the training", "Tune"),
    "pause-run": Key("P", "Pause", "Tune"),
    "judge-run": Key("J", "Judge the encoder again", "Tune"),
    "adopt-run": Key("A", "Let searches use the encoder, if it is better", "Tune"),
    "roll-back": Key("B", "Let searches use the encoder before", "Tune"),
    "open-report": Key("O", "Open the report in the browser", "Tune"),
    "clear-map": Key("Esc", "Choose nothing on the map", "Curate"),
} | {f"class-{number}": Key(str(number), f"It is of class {number}", "Labels") for number in range(1, 10)}


class Shortcuts(QObject):
    """The keys as this person has them; a change is kept, and works at once."""

    changed = Signal(str)
    """The name of what has other keys now."""

    def __init__(self, settings: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings

    def keys(self, name: str) -> QKeySequence:
        """What to press; empty if nothing."""
        return QKeySequence(str(self._settings.value(f"shortcuts/{name}", KEYS[name].keys)))

    def set_keys(self, name: str, keys: QKeySequence) -> None:
        """Have other keys; none if they are empty.

        Raises:
            KeysTaken: they do something else already, where this one works.
        """
        if taken := self.taken_by(name, keys):
            raise KeysTaken(f"{_shown(keys)} is taken: {', '.join(KEYS[other].text for other in taken)}.")
        self._settings.setValue(f"shortcuts/{name}", keys.toString())
        self.changed.emit(name)

    def reset(self, name: str) -> None:
        """Have the keys that Lens came with.

        Raises:
            KeysTaken: they do something else by now.
        """
        self.set_keys(name, QKeySequence(KEYS[name].keys))
        self._settings.remove(f"shortcuts/{name}")

    def reset_all(self) -> None:
        """Have all keys that Lens came with."""
        self._settings.remove("shortcuts")
        for name in KEYS:
            self.changed.emit(name)

    def taken_by(self, name: str, keys: QKeySequence) -> list[str]:
        """What else these keys, or the first or last of them, would do on the same screen."""
        if keys.isEmpty():
            return []
        where = {KEYS[name].where, EVERYWHERE}
        everywhere = KEYS[name].where == EVERYWHERE
        others = [other for other, key in KEYS.items() if other != name and (everywhere or key.where in where)]
        return [other for other in others if _meet(self.keys(other), keys)]

    def bind(
        self,
        widget: QWidget,
        name: str,
        what: Callable[[], object],
        context: Qt.ShortcutContext = Qt.ShortcutContext.WindowShortcut,
    ) -> QShortcut:
        """Let keys work while a widget can be seen, or only while it has the focus."""
        shortcut = QShortcut(widget)
        shortcut.setContext(context)
        shortcut.activated.connect(lambda: what())  # noqa: PLW0108 - a signal that holds only a method lets it go
        self.follow(name, shortcut.setKey)
        return shortcut

    def follow(self, name: str, take: Callable[[QKeySequence], object]) -> None:
        """Hand over keys now and whenever they change."""

        def follow(changed: str) -> None:
            if changed == name:
                take(self.keys(name))

        self.changed.connect(follow)
        take(self.keys(name))

    def explain(self, button: QAbstractButton, name: str) -> None:
        """Say on a button what it does, and by which keys it is done too."""
        button.setAccessibleName(KEYS[name].text)
        self.follow(name, lambda _: button.setToolTip(self.tip(name)))

    def buttons(
        self, screen: QWidget, texts: Mapping[str, str], what: Mapping[str, Callable[[], object]]
    ) -> dict[str, QPushButton]:
        """Buttons that do what their keys do on a screen, and say which keys these are.

        Args:
            screen: on which the keys work.
            texts: of the buttons, by the names of their keys.
            what: they do, by the same names.
        """
        made = {name: QPushButton(text) for name, text in texts.items()}
        for name, button in made.items():
            self.explain(button, name)
            self.bind(screen, name, what[name])
            button.clicked.connect(lambda _, do=what[name]: do())
        return made

    def tip(self, name: str) -> str:
        """What a key does, and the key."""
        keys = self.keys(name)
        return KEYS[name].text if keys.isEmpty() else f"{KEYS[name].text} ({_shown(keys)})"


def _meet(one: QKeySequence, other: QKeySequence) -> bool:
    """Whether one of two sequences is the beginning of the other."""
    match = QKeySequence.SequenceMatch.NoMatch
    return not one.isEmpty() and (one.matches(other) != match or other.matches(one) != match)


def _shown(keys: QKeySequence) -> str:
    return keys.toString(QKeySequence.SequenceFormat.NativeText)

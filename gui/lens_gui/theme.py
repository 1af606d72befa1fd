"""Colours, spacing and type of the window, in light and dark."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

__all__ = ["STEP", "apply", "is_dark"]

STEP = 8
"""Pixels of the grid that every distance is a multiple of."""


@dataclass(frozen=True)
class _Colours:
    window: str
    base: str
    raised: str
    text: str
    muted: str
    line: str
    accent: str
    on_accent: str


_LIGHT = _Colours("#f6f6f4", "#ffffff", "#ebebe8", "#1d1d1f", "#62625f", "#d8d8d4", "#2f5fd0", "#ffffff")
_DARK = _Colours("#1b1c1e", "#141517", "#26282b", "#ececea", "#a3a5a8", "#35373b", "#8fb1ff", "#101114")


def is_dark(app: QApplication) -> bool:
    """Whether the system asks for dark windows."""
    return app.styleHints().colorScheme() == Qt.ColorScheme.Dark


def apply(app: QApplication, *, dark: bool) -> None:
    """Colour all windows of the program."""
    colours = _DARK if dark else _LIGHT
    app.setStyle("Fusion")
    app.setPalette(_palette(colours))
    app.setStyleSheet(_sheet(colours))


def _palette(colours: _Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for which, colour in {
        role.Window: colours.window,
        role.Base: colours.base,
        role.AlternateBase: colours.raised,
        role.Button: colours.raised,
        role.Text: colours.text,
        role.WindowText: colours.text,
        role.ButtonText: colours.text,
        role.PlaceholderText: colours.muted,
        role.Mid: colours.line,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Link: colours.accent,
        role.ToolTipBase: colours.raised,
        role.ToolTipText: colours.text,
    }.items():
        palette.setColor(which, QColor(colour))
    for which in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(colours.muted))
    return palette


def _sheet(colours: _Colours) -> str:
    return f"""
    QMainWindow, QWidget#screen {{ background: {colours.window}; }}
    QWidget#rail {{ background: {colours.raised}; border-right: 1px solid {colours.line}; }}
    QLineEdit {{
        background: {colours.base}; border: 1px solid {colours.line}; border-radius: {STEP}px;
        padding: {STEP}px {STEP + 4}px; selection-background-color: {colours.accent};
    }}
    QLineEdit:focus {{ border: 2px solid {colours.accent}; padding: {STEP - 1}px {STEP + 3}px; }}
    QAbstractScrollArea {{ border: none; background: {colours.base}; }}
    QToolButton {{ border: none; border-radius: {STEP}px; padding: {STEP - 2}px; }}
    QToolButton:hover {{ background: {colours.line}; }}
    QToolButton:checked {{ background: {colours.line}; color: {colours.accent}; }}
    QToolButton:focus {{ border: 2px solid {colours.accent}; padding: {STEP - 4}px; }}
    QPushButton {{
        background: {colours.raised}; border: 1px solid {colours.line}; border-radius: {STEP}px;
        padding: {STEP - 2}px {2 * STEP}px;
    }}
    QPushButton:hover {{ border-color: {colours.muted}; }}
    QPushButton:focus {{ border: 2px solid {colours.accent}; padding: {STEP - 3}px {2 * STEP - 1}px; }}
    QPushButton:default {{ background: {colours.accent}; color: {colours.on_accent}; border-color: {colours.accent}; }}
    QLabel#muted {{ color: {colours.muted}; }}
    QLabel#title {{ font-size: 18pt; font-weight: 600; }}
    QFrame#toast {{ background: {colours.text}; border-radius: {STEP}px; }}
    QFrame#toast QLabel {{ color: {colours.window}; }}
    QFrame#toast QToolButton {{ color: {colours.window}; }}
    QFrame#chip {{ background: {colours.raised}; border: 1px solid {colours.line}; border-radius: 13px; }}
    QListView#offers {{ border: 1px solid {colours.line}; background: {colours.base}; }}
    QListView#offers::item {{ padding: {STEP - 2}px {STEP + 4}px; }}
    QListView#offers::item:selected {{ background: {colours.accent}; color: {colours.on_accent}; }}
    QSplitter::handle {{ background: {colours.line}; }}
    """

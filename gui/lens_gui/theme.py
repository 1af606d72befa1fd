"""Colours, spacing and type of the window, in light and dark."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

__all__ = ["STEP", "apply", "choose", "chosen", "wear"]

KEY = "appearance/theme"
SCHEMES = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}

STEP = 8
"""Pixels of the grid that every distance is a multiple of."""
DOWN = Path(__file__).with_name("down.svg").as_posix()
"""An arrow that is seen on light and on dark."""


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
    chosen: str
    notice: str
    on_notice: str
    faint: str


_LIGHT = _Colours(
    window="#f6f6f4",
    base="#ffffff",
    raised="#ebebe8",
    text="#1d1d1f",
    muted="#62625f",
    line="#d8d8d4",
    accent="#2f5fd0",
    on_accent="#ffffff",
    chosen="#dfe7fb",
    notice="#fff6df",
    on_notice="#6e4a00",
    faint="#9a9a96",
)
_DARK = _Colours(
    window="#1b1c1e",
    base="#141517",
    raised="#26282b",
    text="#ececea",
    muted="#a3a5a8",
    line="#35373b",
    accent="#8fb1ff",
    on_accent="#101114",
    chosen="#2b3550",
    notice="#332a14",
    on_notice="#f0cf87",
    faint="#74777b",
)


def chosen(settings: QSettings) -> str:
    """`system`, `light` or `dark`."""
    name = str(settings.value(KEY, "system"))
    return name if name in SCHEMES else "system"


def choose(settings: QSettings, name: str) -> None:
    """Keep a choice for `wear`."""
    settings.setValue(KEY, name)


def wear(app: QApplication, settings: QSettings) -> None:
    """Have the colours that were chosen, or those of the system."""
    name = chosen(settings)
    app.styleHints().setColorScheme(SCHEMES.get(name, Qt.ColorScheme.Unknown))  # for the frame, and the system's sheets
    apply(app, dark=name == "dark" or (name != "light" and app.styleHints().colorScheme() == Qt.ColorScheme.Dark))


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
    QAbstractSpinBox {{ min-height: {3 * STEP}px; }}
    QAbstractSpinBox QLineEdit {{ border: none; border-radius: 0; padding: 0 {STEP // 2}px; }}
    QComboBox {{
        background: {colours.base}; border: 1px solid {colours.line}; border-radius: {STEP}px;
        padding: {STEP // 2}px {STEP + 4}px; min-height: {3 * STEP}px; combobox-popup: 0;
    }}
    QComboBox:focus {{ border: 2px solid {colours.accent}; padding: {STEP // 2 - 1}px {STEP + 3}px; }}
    QComboBox:disabled {{ color: {colours.faint}; }}
    QComboBox::drop-down {{ border: none; width: {3 * STEP}px; }}
    QComboBox::down-arrow {{ image: url("{DOWN}"); width: 12px; height: 12px; }}
    QComboBox QLineEdit {{ border: none; border-radius: 0; padding: 0; }}
    QAbstractScrollArea {{ border: none; background: {colours.base}; }}
    QToolButton {{ border: none; border-radius: {STEP}px; padding: {STEP - 2}px; }}
    QToolButton:hover {{ background: {colours.line}; }}
    QToolButton:checked {{ background: {colours.line}; color: {colours.accent}; }}
    QToolButton:focus {{ border: 2px solid {colours.accent}; padding: {STEP - 4}px; }}
    QPushButton {{
        background: {colours.raised}; border: 1px solid {colours.line}; border-radius: {STEP}px;
        padding: {STEP - 2}px {2 * STEP}px;
    }}
    QPushButton:checked {{ background: {colours.chosen}; border-color: {colours.accent}; }}
    QPushButton:hover {{ border-color: {colours.muted}; }}
    QPushButton:focus {{ border: 2px solid {colours.accent}; padding: {STEP - 3}px {2 * STEP - 1}px; }}
    QPushButton:default {{ background: {colours.accent}; color: {colours.on_accent}; border-color: {colours.accent}; }}
    QPushButton#tab {{ background: transparent; border-color: transparent; padding: {STEP - 2}px {STEP + 4}px; }}
    QPushButton#tab:checked {{ background: {colours.chosen}; }}
    QPushButton#tab:focus {{ border: 2px solid {colours.accent}; padding: {STEP - 3}px {STEP + 3}px; }}
    QLabel#muted {{ color: {colours.muted}; }}
    QLabel#heading {{ font-size: 11pt; font-weight: 600; }}
    QLabel#title {{ font-size: 18pt; font-weight: 600; }}
    QFrame#card {{ background: {colours.base}; border: 1px solid {colours.line}; border-radius: {STEP}px; }}
    QFrame#notice {{ background: {colours.notice}; border: 1px solid {colours.on_notice}; border-radius: {STEP}px; }}
    QFrame#notice QLabel {{ color: {colours.on_notice}; }}
    QTableView {{ border: 1px solid transparent; outline: none; border-radius: {STEP // 2}px; }}
    QTableView:focus {{ border-color: {colours.accent}; }}
    QTableView::item {{ padding: 0 {STEP}px; border: none; }}
    QTableView::item:selected {{ background: {colours.chosen}; color: {colours.text}; }}
    QHeaderView {{ background: {colours.base}; border: none; }}
    QHeaderView::section {{
        background: {colours.base}; color: {colours.muted}; border: none; border-bottom: 1px solid {colours.line};
        padding: 0 {STEP + 3}px;
    }}
    QTableCornerButton::section {{ background: {colours.base}; border: none; border-bottom: 1px solid {colours.line}; }}
    QProgressBar {{ background: {colours.raised}; border: none; border-radius: {STEP // 2}px; }}
    QProgressBar::chunk {{ background: {colours.accent}; border-radius: {STEP // 2}px; }}
    QPushButton:disabled {{ color: {colours.faint}; }}
    QAbstractScrollArea::corner {{ background: transparent; border: none; }}
    QScrollBar {{ background: transparent; border: none; margin: 0; }}
    QScrollBar:vertical {{ width: {STEP + 4}px; }}
    QScrollBar:horizontal {{ height: {STEP + 4}px; }}
    QScrollBar::handle {{ background: {colours.faint}; border-radius: {STEP // 2 - 1}px; margin: 3px; }}
    QScrollBar::handle:vertical {{ min-height: {4 * STEP}px; }}
    QScrollBar::handle:horizontal {{ min-width: {4 * STEP}px; }}
    QScrollBar::handle:hover {{ background: {colours.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
        background: none; border: none; width: 0; height: 0;
    }}
    QKeySequenceEdit QLineEdit {{
        background: {colours.base}; border: 1px solid {colours.line}; border-radius: {STEP}px;
        padding: {STEP - 3}px {STEP + 4}px;
    }}
    QKeySequenceEdit QLineEdit:focus {{
        border: 2px solid {colours.accent}; padding: {STEP - 4}px {STEP + 3}px;
    }}
    QPlainTextEdit {{ border: 1px solid {colours.line}; border-radius: {STEP}px; padding: {STEP}px; }}
    QFrame#toast {{ background: {colours.text}; border-radius: {STEP}px; }}
    QFrame#toast QLabel {{ color: {colours.window}; }}
    QFrame#toast QToolButton {{ color: {colours.window}; }}
    QToolButton#chip {{
        background: {colours.raised}; border: 1px solid {colours.line}; border-radius: 13px; padding: 3px {STEP}px;
    }}
    QToolButton#chip:hover {{ border-color: {colours.muted}; }}
    QToolButton#chip:focus {{ border: 2px solid {colours.accent}; padding: 2px {STEP - 1}px; }}
    QToolButton::menu-indicator {{ image: none; }}
    QListView#offers {{ border: 1px solid {colours.line}; background: {colours.base}; }}
    QListView#offers::item {{ padding: {STEP - 2}px {STEP + 4}px; }}
    QListView#offers::item:selected {{ background: {colours.accent}; color: {colours.on_accent}; }}
    QListWidget {{ border: 1px solid {colours.line}; border-radius: {STEP}px; padding: {STEP // 2}px; outline: none; }}
    QListWidget:focus {{ border-color: {colours.accent}; }}
    QListWidget::item {{ padding: {STEP - 2}px {STEP // 2}px; border-radius: {STEP // 2}px; }}
    QListWidget::item:selected {{ background: {colours.chosen}; color: {colours.text}; }}
    QListWidget::item:hover {{ background: {colours.raised}; }}
    QSplitter::handle {{ background: {colours.line}; }}
    """

"""Preferences, kept for the next start."""

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSlider,
    QWidget,
)

from lens import Library
from lens.status import EncoderStatus
from lens_gui import network, theme
from lens_gui.asking import Asking
from lens_gui.library.reading import held_of
from lens_gui.preferences.about import About
from lens_gui.preferences.keys import KeysSection
from lens_gui.search.grid import LARGEST, SMALLEST
from lens_gui.section import Section, muted, page
from lens_gui.shortcuts import Shortcuts
from lens_gui.switch import Switch
from lens_gui.theme import STEP
from lens_gui.work import Outcome, Work

__all__ = ["PreferencesScreen"]

LABEL, LINE, WIDE = 18 * STEP, 30, 30 * STEP
NONE = "builtin, once there is an index"
THEMES = {"system": "As the system", "light": "Light", "dark": "Dark"}


class PreferencesScreen(QWidget):
    """What can be chosen; every choice holds at once."""

    resized = Signal(int)
    """Photos are to be this large in the search, in pixels."""
    changed = Signal()
    """Searches use another encoder, or the network may or may not be used."""
    said = Signal(str, str)

    def __init__(self, library: Library, settings: QSettings, shortcuts: Shortcuts) -> None:
        super().__init__()
        self.setObjectName("screen")
        self._library, self._settings = library, settings
        self.reading = Asking("lens_gui.library.reading", library.uri, make=held_of, parent=self)
        self.themes = QButtonGroup(self)
        self.tile = QSlider(Qt.Orientation.Horizontal)
        self.encoder = QPushButton(NONE)
        self.menu = QMenu(self.encoder)
        self.encoder.setMenu(self.menu)
        self.offline = Switch("Never use the network, not even for models that were asked for")
        self.keys, self.about = KeysSection(shortcuts), About(library.uri)
        page(
            self, "Preferences", muted("Every change holds at once."),
            self._make_appearance(), self._make_searching(), self.keys, self.about,
        )  # fmt: skip
        self.first = self.themes.button(list(THEMES).index(theme.chosen(settings)))
        """What has the focus when the screen comes up."""
        self.choosing = Work(self)
        self.choosing.ended.connect(self._chosen)
        self.offline.toggled.connect(self._switch)
        self.reading.answered.connect(lambda held: self._show(held.status.encoders if held else []))
        self.reading.failed.connect(lambda _: self._show([]))

    def refresh(self, tile: int) -> None:
        """Show what holds now; `tile`: pixels of a photo in the search."""
        self.tile.blockSignals(True)
        self.tile.setValue(tile)
        self.tile.blockSignals(False)
        self.offline.blockSignals(True)
        self.offline.setChecked(network.is_offline(self._settings))
        self.offline.blockSignals(False)
        self.offline.setDisabled(network.is_forced())
        self.reading.ask()

    def close_down(self) -> None:
        """Read nothing more; what was chosen last is chosen."""
        self.reading.close()
        self.choosing.close()

    def _show(self, encoders: list[EncoderStatus]) -> None:
        self.menu.clear()
        for held in encoders:
            self.menu.addAction(held.name).triggered.connect(lambda _=False, name=held.name: self._choose_encoder(name))
        self.encoder.setText(next((held.name for held in encoders if held.default), NONE))
        self.encoder.setEnabled(len(encoders) > 1)
        self.encoder.setToolTip("" if len(encoders) > 1 else "The index has no other encoder: add one in the library")

    def _make_appearance(self) -> Section:
        section = Section("Appearance")
        row = QHBoxLayout()
        row.setSpacing(STEP)
        held = theme.chosen(self._settings)
        for number, (name, text) in enumerate(THEMES.items()):
            button = QPushButton(text)
            button.setCheckable(True)
            button.setObjectName("tab")
            button.setChecked(name == held)
            self.themes.addButton(button, number)
            row.addWidget(button)
        row.addStretch(1)
        self.themes.idClicked.connect(self._wear)
        self.tile.setRange(SMALLEST, LARGEST)
        self.tile.setFixedSize(WIDE, LINE)
        self.tile.setAccessibleName("Size of the photos in the search")
        self.tile.valueChanged.connect(self.resized)
        form = _form(section)
        form.addRow(_label("Colours"), row)
        form.addRow(_label("Size of photos"), self.tile)
        return section

    def _make_searching(self) -> Section:
        section = Section("Searching")
        self.encoder.setAccessibleName("Default encoder")
        self.encoder.setMinimumWidth(WIDE)
        self.offline.setMinimumHeight(LINE)
        form = _form(section)
        form.addRow(_label("Default encoder"), self.encoder)
        form.addRow(_label("Network"), self.offline)
        return section

    def _wear(self, number: int) -> None:
        theme.choose(self._settings, list(THEMES)[number])
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.wear(app, self._settings)

    def _switch(self, off: bool) -> None:
        network.keep_offline(self._settings, off)
        self.changed.emit()

    def _choose_encoder(self, name: str) -> None:
        if self.choosing.start("default", self._library.uri, name):
            self.encoder.setText(name)
            self.encoder.setEnabled(False)

    def _chosen(self, outcome: Outcome) -> None:
        self.said.emit(outcome.text, outcome.details)
        self.reading.ask()
        self.changed.emit()


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setFixedSize(LABEL, LINE)
    return label


def _form(section: Section) -> QFormLayout:
    form = QFormLayout()
    form.setHorizontalSpacing(4 * STEP)
    form.setVerticalSpacing(2 * STEP)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
    section.body.addLayout(form)
    return form

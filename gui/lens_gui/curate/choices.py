"""What can be found in a collection, as tabs, and what can be chosen for it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from lens_gui.theme import STEP

__all__ = ["TABS", "Choices"]

TABS = {
    "duplicates": "Duplicates",
    "quality": "Quality",
    "unusual": "Unusual",
    "pick": "Worth labelling",
    "clusters": "Clusters",
    "map": "Map",
}
WAYS = {"diverse": "As different as can be", "typical": "The most typical"}
BALANCES = {
    "": "Of all",
    "tag": "As many of each tag",
    "label": "As many of each label",
    "folder": "As many of each folder",
}
PICKED, MOST_PICKED, MOST_CLUSTERS = 50, 5000, 200


class Choices(QWidget):
    """A row of tabs, and below it what can be chosen for the one that is on."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tabs: dict[str, QPushButton] = {}
        self.kind = "duplicates"
        self.count, self.clusters = QSpinBox(), QSpinBox()
        self.count.setRange(1, MOST_PICKED)
        self.count.setValue(PICKED)
        self.count.setAccessibleName("How many photos")
        self.clusters.setRange(0, MOST_CLUSTERS)
        self.clusters.setSpecialValueText("As many clusters as fit")
        self.clusters.setSuffix(" clusters")
        self.clusters.setAccessibleName("How many clusters")
        self.way, self.balance = _combo("Which photos", WAYS), _combo("Balance", BALANCES)
        for number in (self.count, self.clusters):
            number.setKeyboardTracking(False)
            number.valueChanged.connect(self.changed)
        for combo in (self.way, self.balance):
            combo.currentIndexChanged.connect(self.changed)
        group = QButtonGroup(self)
        above, below = QHBoxLayout(), QHBoxLayout()
        for kind, title in TABS.items():
            button = self.tabs[kind] = QPushButton(title)
            button.setObjectName("tab")
            button.setCheckable(True)
            button.setChecked(kind == self.kind)
            button.clicked.connect(lambda _, kind=kind: self.choose(kind))
            group.addButton(button)
            above.addWidget(button)
        above.addStretch(1)
        self._of: dict[str, list[QWidget]] = {
            "pick": [QLabel("Photos"), self.count, self.way, self.balance],
            "clusters": [self.clusters],
        }
        for widget in (each for some in self._of.values() for each in some):
            below.addWidget(widget)
        below.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP)
        column.addLayout(above)
        column.addLayout(below)
        self._show_choices()

    @property
    def how(self) -> dict[str, str]:
        """What is chosen for the tab that is on."""
        if self.kind == "pick":
            chosen = {"way": self.way.currentData(), "balance": self.balance.currentData()}
            return {"count": str(self.count.value()), **chosen}
        return {"count": str(self.clusters.value())} if self.kind == "clusters" else {}

    def choose(self, kind: str) -> None:
        """Turn to another tab."""
        self.tabs[kind].setChecked(True)
        if kind != self.kind:
            self.kind = kind
            self._show_choices()
            self.changed.emit()

    def _show_choices(self) -> None:
        for kind, widgets in self._of.items():
            for widget in widgets:
                widget.setVisible(kind == self.kind)


def _combo(name: str, texts: dict[str, str]) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    for value, text in texts.items():
        made.addItem(text, value)
    return made

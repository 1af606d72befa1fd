"""One model: what is known of it, and what can be done with it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QPushButton

from lens.evaluation.intervals import Share
from lens_gui.models.reading import ModelRow
from lens_gui.models.rows import quality, state
from lens_gui.section import Section, muted
from lens_gui.theme import STEP
from lens_gui.words import size

__all__ = ["ModelCard"]

WIDTH = 42 * STEP
FOR = {
    "encoder": "Searching by words and by photos",
    "detector": "Finding things in photos, as boxes",
    "segmenter": "Cutting things out, as masks",
}


class ModelCard(Section):
    """The chosen model."""

    pulled = Signal(str)
    checked = Signal(str)
    removed = Signal(str)

    def __init__(self) -> None:
        super().__init__("")
        self.about = muted()
        self.facts = QFormLayout()
        self.facts.setHorizontalSpacing(3 * STEP)
        self.facts.setVerticalSpacing(STEP)
        self.setFixedWidth(WIDTH)
        self.download, self.check, self.remove = (QPushButton(text) for text in ("Download…", "Check", "Remove…"))
        self.check.setToolTip("Read every file again and compare it with what it was")
        self.remove.setToolTip("Delete its files; indexes keep the vectors it made")
        buttons = QHBoxLayout()
        buttons.setSpacing(STEP)
        for button in (self.download, self.check, self.remove):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.body.addWidget(self.about)
        self.body.addLayout(self.facts)
        self.body.addStretch(1)
        self.body.addLayout(buttons)
        self.row: ModelRow | None = None
        self._busy = self._offline = False
        for button, signal in ((self.download, self.pulled), (self.check, self.checked), (self.remove, self.removed)):
            button.clicked.connect(lambda _=False, signal=signal: self.row and signal.emit(self.row.model.name))
        self.show_model(None)

    def show_model(self, row: ModelRow | None) -> None:
        """Show this model; nothing if there is none."""
        self.row = row
        self.setVisible(row is not None)
        while self.facts.rowCount():
            self.facts.removeRow(0)
        if row:
            self.set_title(row.model.name)
            self.about.setText(row.model.about)
            for name, text in facts_of(row).items():
                named = muted(name)
                named.setAlignment(Qt.AlignmentFlag.AlignTop)
                self.facts.addRow(named, _value(text))
        self._enable()

    def set_state(self, *, busy: bool, offline: bool) -> None:
        """Whether other work is under way, and whether the network may be used."""
        self._busy, self._offline = busy, offline
        self._enable()

    def _enable(self) -> None:
        row = self.row
        installed = row is not None and row.model.installed == "yes"
        own = row is not None and row.comes_with_lens
        self.download.setVisible(not installed)
        self.check.setVisible(installed and not own)
        self.remove.setVisible(row is not None and row.model.installed != "no" and not own)
        self.download.setEnabled(not self._busy and not self._offline)
        self.download.setToolTip("The network is switched off" if self._offline else "Get it from the hub")
        for button in (self.check, self.remove):
            button.setDisabled(self._busy)


def facts_of(row: ModelRow) -> dict[str, str]:
    """What is known of a model, as people read it."""
    model, compared = row.model, row.compared
    broken = "" if model.installed in ("yes", "no") else f": {model.installed}"
    speed = f"{row.photos_per_second:,.0f} photos/s on this machine" if row.photos_per_second else ""
    known = {
        "State": f"{state(row)}{broken}",
        "For": FOR.get(model.task, model.task),
        "Licence": model.licence or "Not known: look at its source before you use it",
        "Source": model.source,
        "Size": "Comes with Lens" if row.comes_with_lens else size(model.bytes),
        "Quality": f"{quality(row)}: {_of_what(row)}" if _of_what(row) else "",
        "Speed": speed,
        "Your folders": _told(compared.folders, "of photos lie nearest to others of their folder") if compared else "",
        "Your names": _told(compared.names, "of photos are found by their file name") if compared else "",
        "Input": f"{model.input_side} pixels" if model.input_side else "",
        "Vector": f"{model.dim:,} numbers a photo" if model.dim else "",
        "Revision": "" if row.comes_with_lens else (model.revision or ""),
    }
    return {name: text for name, text in known.items() if text}


def _of_what(row: ModelRow) -> str:
    if row.model.zero_shot:
        return "right at the first guess on ImageNet-1k, as published"
    return row.model.measured_by


def _told(share: Share | None, what: str) -> str:
    return f"{share.value:.0%} {what} (95 % interval {share.low:.0%} to {share.high:.0%})" if share else ""


def _value(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label

"""A training that is to begin: what is learned by, from what, on which photos, and what it would take."""

import json
from collections.abc import Callable, Mapping

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from lens_gui.asking import Asking
from lens_gui.progress import ProgressStrip
from lens_gui.section import muted
from lens_gui.theme import STEP
from lens_gui.trouble import Trouble
from lens_gui.tune.offers import Offers, offers_of
from lens_gui.tune.training import Figures, figures_of
from lens_gui.words import duration, size
from lens_gui.work import Outcome, Work

__all__ = ["NewRun"]

SAYS = {
    "simclr": "Two views of a photo are to be nearer to each other than to other photos.",
    "moco-v2": "As simclr, beside a memory of earlier photos: small batches do.",
    "moco-v3": "As simclr, beside a slow copy of the network; steady on vision transformers.",
    "dino": "Small crops are to say what a slow copy of the network says of the whole.",
    "ibot": "As dino, and patches that are hidden are to be told too. For vision transformers.",
    "dinov2": "As ibot, and photos are spread evenly. For vision transformers.",
    "mae": "Three quarters of a photo are to be painted from the rest. For vision transformers.",
    "ijepa": "What parts of a photo mean is to be told from the rest. For vision transformers.",
    "rotation": "It is to tell which way up a photo is.",
    "jigsaw": "It is to put the pieces of a photo in order.",
    "colorization": "It is to give a grey photo its colours.",
}
TRAINED = {
    "last": "The last blocks: quick, forgets little",
    "all": "All weights: slow, for many photos",
    "lora": "Small changes of all blocks (LoRA)",
    "scratch": "All, from random weights",
}
USUAL = "As suits it"


class NewRun(QDialog):
    """Beside it the window can be used; the figures are found out in a process of its own.

    Args:
        uri: of the index.
        parent: the screen that it belongs to.
        begin: has trained what is asked for, as `Tuning.plan` takes it; whether that began.
    """

    def __init__(self, uri: str, parent: QWidget, begin: Callable[[dict[str, object]], bool]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Train an encoder")
        self.resize(80 * STEP, 62 * STEP)
        self._uri, self._train = uri, begin
        self._known: Mapping[str, object] | None = None  # what the figures are about
        self.reading = Asking("lens_gui.tune.offers", make=offers_of, parent=self)
        self.work, self.strip = Work(self), ProgressStrip()
        self.method, self.says = _combo("Method"), _line()
        self.backbone, self.trained = _combo("Made of"), _combo("What of it is trained")
        self.backbone.setEditable(True)
        self.photos, self.name = QLineEdit(), QLineEdit()
        self.epochs, self.batch = _number("Epochs", 1, 1000), _number("Photos of a step", 2, 1024)
        self.side = _number("Pixels of a view", 64, 512)
        self.rate = _decimal("Learning rate", 0, 1, 6)
        self.anchor = _decimal("Anchor: how strongly vectors are held where they were; 0 for not at all", -1, 1000, 1)
        self._numbers: dict[str, QSpinBox | QDoubleSpinBox] = {
            "epochs": self.epochs,
            "batch": self.batch,
            "side": self.side,
            "learning_rate": self.rate,
            "anchor": self.anchor,
        }
        self.photos.setAccessibleName("Photos")
        self.photos.setPlaceholderText("All of the index; or a query, such as folder:2023 -tag:screenshot")
        self.name.setAccessibleName("Name")
        self.figures = QLabel()
        self.figures.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.foresee = buttons.addButton("What it takes", QDialogButtonBox.ButtonRole.ActionRole)
        self.start = buttons.addButton("Start", QDialogButtonBox.ButtonRole.ActionRole)
        self._lay_out(buttons)
        self._connect(buttons)
        self._changed()

    @property
    def how(self) -> dict[str, object]:
        """What is asked for."""
        where = self.photos.text().strip()
        asked = {
            "method": self.method.currentText(),
            "where": [where] if where else [],
            "backbone": self.backbone.currentText().strip(),
            "trained": self.trained.currentData(),
            "name": self.name.text().strip() or None,
        }
        return asked | {what: spin.value() for what, spin in self._numbers.items() if spin.value() > spin.minimum()}

    def open_for(self, query: str) -> None:
        """Be seen, for the photos of a query, or all if it is empty."""
        if not self.isVisible():
            self.photos.setText(query)
        if not self.method.count():
            self.reading.ask()
        self.show()
        self.raise_()
        self.activateWindow()

    def close_down(self) -> None:
        """Find nothing more out."""
        self.reading.close()
        self.work.close()

    def _connect(self, buttons: QDialogButtonBox) -> None:
        changed: Callable[..., object] = lambda *_: self._changed()  # noqa: E731
        self.method.currentTextChanged.connect(changed)
        self.backbone.currentTextChanged.connect(changed)
        self.trained.currentIndexChanged.connect(changed)
        self.photos.textChanged.connect(changed)
        self.name.textChanged.connect(changed)
        for number in self._numbers.values():
            number.valueChanged.connect(changed)
        self.reading.answered.connect(self._offer)
        self.reading.failed.connect(self._cannot)
        self.foresee.clicked.connect(self._foresee)
        self.start.clicked.connect(self._begin)
        self.strip.paused.connect(self.work.stop)
        self.work.moved.connect(self.strip.move_to)
        self.work.ended.connect(self._over)
        buttons.rejected.connect(self.reject)
        self.finished.connect(lambda *_: self.work.stop())

    def _offer(self, offers: Offers) -> None:
        self.method.addItems(offers.methods)
        self.backbone.addItems(offers.backbones)
        for what in offers.trained:
            self.trained.addItem(TRAINED.get(what, what), what)
        self._changed()

    def _cannot(self, trouble: Trouble) -> None:
        self.figures.setText(trouble.text)

    def _changed(self) -> None:
        """Other things are asked for: what they would take is not known."""
        method, backbone = self.method.currentText(), self.backbone.currentText().strip()
        self.says.setText(SAYS.get(method, "") if method else "Looking what can be trained…")
        self.trained.setEnabled(backbone != "builtin")
        if backbone == "builtin":
            self.trained.setCurrentIndex(0)
        self.name.setPlaceholderText(f"{backbone.rstrip('/').rpartition('/')[2].removeprefix('timm:')}-{method}")
        self._known = None
        self.figures.setText("See what it takes before it starts." if method else "")
        self._enable()

    def _enable(self) -> None:
        ready = bool(self.method.currentText()) and not self.work.runs
        self.foresee.setEnabled(ready)
        self.start.setEnabled(ready and self._known == self.how)
        self.foresee.setDefault(not self.start.isEnabled())
        self.start.setDefault(self.start.isEnabled())

    def _foresee(self) -> None:
        how = self.how
        if self.work.start("foresee", self._uri, json.dumps(how)):
            self._asked = how
            self.figures.clear()
            self.strip.begin("Trying a few steps", "Loading…", stop="Cancel")
            self._enable()

    def _over(self, outcome: Outcome) -> None:
        self.strip.hide()
        if outcome.failed:
            self.figures.setText(outcome.text)
        elif not outcome.stopped and self._asked == self.how:
            self._known = self._asked
            self.figures.setText(_said(figures_of(outcome.details)))
        self._enable()
        if self.start.isEnabled():
            self.start.setFocus()

    def _begin(self) -> None:
        if self._train(self.how):
            self._changed()
            self.accept()
        else:
            self.figures.setText("Something else is being trained or judged here: start this once it is over.")

    def _lay_out(self, buttons: QDialogButtonBox) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(3 * STEP)
        form.setVerticalSpacing(STEP + STEP // 2)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Method", self.method)
        form.addRow("", self.says)
        form.addRow("Made of", self.backbone)
        form.addRow("", _line("Another network: its folder, or timm: and its name, such as timm:resnet18."))
        form.addRow("Trained", self.trained)
        form.addRow("Photos", self.photos)
        form.addRow("Epochs", _beside({"": self.epochs, "Batch": self.batch, "Views": self.side}))
        form.addRow("Learning rate", _beside({"": self.rate, "Anchor": self.anchor}))
        form.addRow("Name", self.name)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, 3 * STEP, 3 * STEP, 3 * STEP)
        column.setSpacing(2 * STEP)
        column.addLayout(form)
        column.addWidget(self.figures)
        column.addStretch(1)
        column.addWidget(self.strip)
        column.addWidget(buttons)


def _said(figures: Figures) -> str:
    on_gpu = f" and {size(figures.gpu_bytes)} of the GPU's" if figures.gpu_bytes else ""
    return (
        f"{figures.name} would learn from {figures.photos:,} photos ({figures.others}): {figures.steps:,} steps, about "
        f"{duration(figures.seconds)} on {figures.device} and {size(figures.bytes)} of memory{on_gpu}, as a few "
        "steps tell. It can be paused, and the index stays as it is until you adopt what comes of it."
    )


def _combo(name: str) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    return made


def _number(name: str, least: int, most: int) -> QSpinBox:
    """A number of at least `least`, or none, which stands below it."""
    made = QSpinBox()
    made.setAccessibleName(name)
    made.setToolTip(name)
    made.setRange(least - 1, most)
    made.setSpecialValueText(USUAL)
    return made


def _decimal(name: str, below: float, most: float, decimals: int) -> QDoubleSpinBox:
    """A number up to `most`, or none, which stands at `below`."""
    made = QDoubleSpinBox()
    made.setAccessibleName(name)
    made.setToolTip(name)
    made.setDecimals(decimals)
    made.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
    made.setRange(below, most)
    made.setValue(below)
    made.setSpecialValueText(USUAL)
    return made


def _beside(numbers: Mapping[str, QWidget]) -> QHBoxLayout:
    """Numbers in a row, by what stands before them."""
    row = QHBoxLayout()
    row.setSpacing(STEP)
    for text, number in numbers.items():
        if text:
            row.addWidget(QLabel(text))
        row.addWidget(number, 1)
    return row


def _line(text: str = "") -> QLabel:
    """Words of less weight that are never broken: where they are, room would be left for more lines."""
    label = muted(text)
    label.setWordWrap(False)
    return label

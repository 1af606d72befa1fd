"""Two sources of labels side by side: where one has found what the other says is there."""

from collections.abc import Callable
from functools import partial
from itertools import permutations

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lens_gui.blank import Blank
from lens_gui.compare.judged import Judged
from lens_gui.compare.matrix import Matrix, MatrixView
from lens_gui.curate.found import Found, Part
from lens_gui.curate.pieces import Pieces
from lens_gui.gathering import gather
from lens_gui.orders import Order, Orders
from lens_gui.pictures import Pictures
from lens_gui.search.grid import Grid
from lens_gui.search.keeping import Keeping
from lens_gui.section import muted, sheet
from lens_gui.shortcuts import Shortcuts
from lens_gui.theme import STEP
from lens_gui.trouble import Trouble

__all__ = ["CompareScreen"]

BUTTONS = {
    "all-missed": "All missed",
    "all-spurious": "All spurious",
    "all-confused": "All confused",
    "swap-sources": "Swap",
    "show-differing": "Show in search",
    "label-differing": "Label",
}
FEW = "Two sources are needed", "Find things on the screen Label, or import labels: lens import labels --help."


class CompareScreen(QWidget):
    """A confusion matrix, and beside it the photos of the cell that is chosen."""

    said = Signal(str, str)
    shown = Signal(str)
    """A query that finds photos which are to be seen in the search."""
    labelled = Signal(str)
    """The same of photos that are to be labelled."""

    def __init__(self, orders: Orders, pictures: Pictures, keeping: Keeping, shortcuts: Shortcuts) -> None:
        super().__init__()
        self.setObjectName("screen")
        self._orders = orders
        self._asked: Order | None = None
        self._part = Part("", (), ())
        self.found, self.truth = _combo("The source that is judged"), _combo("What it is judged by")
        self.told, self.about = muted(), muted()
        self.matrix = Matrix(self)
        self.cells, self.blank = MatrixView(self.matrix), Blank()
        self.pieces = Pieces(pictures, keeping.is_flagged, self)
        self.grid = Grid(self.pieces, self)
        self.grid.setAccessibleName("Photos of the cell")
        self.judged: Judged | None = None
        """What is shown."""
        self._stack = QStackedWidget()
        keys: dict[str, Callable[[], object]] = {
            "all-missed": partial(self._look, "missed"),
            "all-spurious": partial(self._look, "spurious"),
            "all-confused": partial(self._look, "confused"),
            "swap-sources": self.swap,
            "show-differing": partial(self._gather, self.shown.emit),
            "label-differing": partial(self._gather, self.labelled.emit),
        }
        self.buttons = shortcuts.buttons(self, BUTTONS, keys)
        self._lay_out()
        for combo in (self.found, self.truth):
            combo.activated.connect(self.judge)
        self.cells.chosen.connect(self._look_in_cell)
        self.grid.opened.connect(lambda _: self._gather(self.shown.emit))
        for shown_anew in (pictures.ready, keeping.changed):
            shown_anew.connect(lambda *_: self.grid.viewport().update())

    @property
    def first(self) -> QWidget:
        """What has the focus when the screen comes up."""
        return self.cells if self.judged else self.found

    @property
    def awaits(self) -> bool:
        """Whether an answer is still to come."""
        return self._asked is not None

    def refresh(self) -> None:
        """Look anew which sources there are, and compare them."""
        self._give("sources", {}, self._show_sources)

    def judge(self) -> None:
        """Compare the sources that are chosen."""
        found, truth = self.found.currentText(), self.truth.currentText()
        if found != truth:
            self.told.setText("Comparing…")
            self._give("judge", {"found": found, "truth": truth}, self._show)
        else:
            self._show_none("They are the same", "Choose another source to compare with.")

    def swap(self) -> None:
        """Judge the other one."""
        found, truth = self.found.currentIndex(), self.truth.currentIndex()
        self.found.setCurrentIndex(truth)
        self.truth.setCurrentIndex(found)
        self.judge()

    def close_down(self) -> None:
        """Want no answer."""
        if self._asked:
            self._asked.cancel()

    def _give(self, name: str, facts: dict[str, str | None], then: Callable[..., object]) -> None:
        """Ask for something, in the place of what was asked for before."""
        self.close_down()

        def answered(answer: object) -> None:
            self._asked = None
            then(answer)

        self._asked = self._orders.give(name, facts, answered, self._failed)

    def _show_sources(self, names: list[str]) -> None:
        chosen = [self.found.currentText(), self.truth.currentText()]
        for at, combo in enumerate((self.found, self.truth)):
            combo.clear()
            combo.addItems(names)
            known = chosen[at] in names
            combo.setCurrentIndex(names.index(chosen[at]) if known else min(at, len(names) - 1))
        if len(names) > 1:
            self.judge()
        else:
            self._show_none(*FEW)

    def _show(self, judged: Judged) -> None:
        self.judged = judged
        self.told.setText(judged.told)
        self.matrix.show(judged)
        self._stack.setCurrentIndex(1)
        self._enable()
        wrong = permutations(range(len(judged.counts)), 2)
        row, column = max(wrong, key=lambda cell: self.matrix.count(*cell), default=(0, 0))
        if not self.matrix.count(row, column):  # all is right
            row = column = 0
        self.cells.setCurrentIndex(self.matrix.index(row, column))
        if self.isVisible():
            self.cells.setFocus()

    def _show_none(self, title: str, text: str) -> None:
        self.judged = None
        self.told.clear()
        self.blank.say(title, text)
        self._stack.setCurrentIndex(0)
        self._enable()

    def _look_in_cell(self, row: int, column: int) -> None:
        self._look("", self.matrix.name(row), self.matrix.name(column))

    def _look(self, kind: str, truly: str | None = None, called: str | None = None) -> None:
        if self.judged:
            facts = {"kind": kind, "truly": truly, "called": called}
            self._give("differing", facts, partial(self._show_part, kind, truly, called))

    def _show_part(self, kind: str, truly: str | None, called: str | None, part: Part) -> None:
        self._part = part
        self.pieces.hold(Found("", (Part("", part.ids, part.pieces),)), marked=False)
        what = kind.capitalize() or f"{truly or 'nothing'}, found as {called or 'nothing'}"
        lines = [f"{what}: {'1 photo' if len(part.ids) == 1 else f'{len(part.ids):,} photos'}."]
        if self.judged and truly in self.judged.names:
            lines.append(f"{truly}: {self.judged.scores[self.judged.names.index(truly)]}")
        if part.heading:
            lines.append(f"As a query: {part.heading}")
        self.about.setText("\n".join(lines))
        self.grid.verticalScrollBar().setValue(0)
        if part.pieces:
            chosen = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.grid.selectionModel().setCurrentIndex(self.pieces.index(0), chosen)
        self._enable()

    def _gather(self, show: Callable[[str], object]) -> None:
        """The chosen photos, or all that are shown if only one is chosen: by a query for these, where there is one."""
        chosen = [self.pieces.piece(index.row()).id for index in self.grid.selectedIndexes()]
        several = len(chosen) > 1
        if self._part.heading and self._part.ids and not several:
            show(self._part.heading)
        elif ids := chosen if several else self._part.ids:
            gather(self._orders, ids, show, self._failed)

    def _failed(self, trouble: Trouble) -> None:
        self._asked = None
        if self.judged is None:
            self._show_none("Nothing can be compared", trouble.text)
        else:
            self.said.emit(trouble.text, trouble.details)

    def _enable(self) -> None:
        for name, button in self.buttons.items():
            of_photos = name in ("show-differing", "label-differing")
            button.setEnabled(self.judged is not None and (not of_photos or bool(self._part.ids)))

    def _lay_out(self) -> None:
        column = sheet(self, "Compare", self.told)
        above = QHBoxLayout()
        for widget in (self.found, QLabel("judged by"), self.truth, self.buttons["swap-sources"]):
            above.addWidget(widget)
        above.addStretch(1)
        column.addLayout(above)
        left, right = QWidget(), QWidget()
        beside = QVBoxLayout(left)
        beside.addWidget(muted("Rows: what it is. Columns: what it was found as."))
        beside.addWidget(self.cells)
        below = QVBoxLayout(right)
        below.addWidget(self.about)
        below.addWidget(self.grid)
        for box in (beside, below):
            box.setContentsMargins(0, 0, 0, 0)
            box.setStretch(1, 1)
            box.setSpacing(STEP)
        below.setContentsMargins(2 * STEP, 0, 0, 0)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(right)
        self._stack.addWidget(self.blank)
        self._stack.addWidget(split)
        column.addWidget(self._stack, 1)
        row = QHBoxLayout()
        for name in ("all-missed", "all-spurious", "all-confused", "show-differing", "label-differing"):
            row.addWidget(self.buttons[name])
        row.addStretch(1)
        column.addLayout(row)
        self._enable()


def _combo(name: str) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return made

"""The encoders of an index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMenu

from lens.comparison import Comparison
from lens.evaluation.intervals import Share
from lens.status import EncoderStatus
from lens_gui.icons import icon
from lens_gui.section import Section, muted
from lens_gui.table import Column, Rows, Table

__all__ = ["EncoderRow", "Encoders"]

ABOUT = (
    "An encoder is what understands the photos. More of them can look at the collection; searches use the default. "
    "Comparing tries all that are installed on some of your photos."
)


@dataclass(frozen=True)
class EncoderRow:
    """An encoder of the index, or one that could be added."""

    held: EncoderStatus
    photos: int
    """In the whole index."""
    compared: Comparison | None


class Encoders(Section):
    """Whose vectors the index holds: more can be added, and another be the default."""

    added = Signal(str)
    chosen_default = Signal(str)
    compared = Signal()

    def __init__(self) -> None:
        super().__init__("Encoders")
        self.rows = Rows[EncoderRow](
            [
                Column("Encoder", lambda row: row.held.name, tip=lambda row: row.held.model, icon=_symbol),
                Column("", lambda row: "Default" if row.held.default else "", wide=True),
                Column("Photos", _photos, right=True),
                Column("Photos/s", lambda row: _speed(row.compared), tip=_speed_tip, right=True),
                Column("Knows folders", lambda row: _share(row.compared, "folders"), tip=_folders_tip, right=True),
                Column("Knows names", lambda row: _share(row.compared, "names"), tip=_names_tip, right=True),
            ],
            self,
        )
        self.table = Table(self.rows, "Encoders of the index", most=8)
        self.advice = muted(ABOUT)
        self.compare = self.add_button("Compare", "Try all installed encoders on some of your photos")
        self.default = self.add_button("Make default", "Let searches use the chosen encoder")
        self.add = self.add_button("Add…", "Encode the collection with one more encoder that is installed")
        self.menu = QMenu(self.add)
        self.add.setMenu(self.menu)
        self.body.addWidget(self.table)
        self.body.addWidget(self.advice)
        self.compare.clicked.connect(self.compared)
        self.default.clicked.connect(self._choose)
        self.table.selectionModel().currentChanged.connect(lambda *_: self._enable())
        self._busy, self._others = False, list[str]()
        self.show_encoders([], 0, [], {})

    def show_encoders(
        self,
        held: Sequence[EncoderStatus],
        photos: int,
        installed: Sequence[str],
        compared: Mapping[str, Comparison],
    ) -> None:
        """Show the encoders of the index, and offer the other installed ones."""
        self.rows.show([EncoderRow(each, photos, compared.get(each.name)) for each in held])
        self._others = [name for name in installed if name not in {each.name for each in held}]
        self.menu.clear()
        for name in self._others:
            self.menu.addAction(name).triggered.connect(lambda _=False, name=name: self.added.emit(name))
        self.setVisible(bool(held))
        self._enable()

    def set_busy(self, busy: bool) -> None:
        """Whether other work is under way."""
        self._busy = busy
        self._enable()

    def _enable(self) -> None:
        chosen = self.table.chosen
        self.add.setEnabled(bool(self._others) and not self._busy)
        self.add.setToolTip("" if self._others else "No other encoder is installed: see Models")
        self.default.setEnabled(chosen is not None and not chosen.held.default and not self._busy)
        self.compare.setDisabled(self._busy)

    def _choose(self) -> None:
        if chosen := self.table.chosen:
            self.chosen_default.emit(chosen.held.name)


def _symbol(row: EncoderRow) -> QIcon:
    return icon("star" if row.held.default else "star-outline")


def _photos(row: EncoderRow) -> str:
    return f"{row.held.photos:,}" if row.held.photos == row.photos else f"{row.held.photos:,} of {row.photos:,}"


def _speed(compared: Comparison | None) -> str:
    return f"{compared.photos_per_second:,.0f}" if compared else "–"


def _speed_tip(row: EncoderRow) -> str:
    return f"Measured on {row.compared.photos} photos" if row.compared else "Not compared yet"


def _share(compared: Comparison | None, name: str) -> str:
    share: Share | None = getattr(compared, name) if compared else None
    return f"{share.value:.0%}" if share else "–"


def _folders_tip(row: EncoderRow) -> str:
    share = row.compared.folders if row.compared else None
    if share is None:
        return "Not compared yet, or there are too few folders"
    return f"Photos whose nearest are mostly from their own folder; 95 % interval {share.low:.0%} to {share.high:.0%}"


def _names_tip(row: EncoderRow) -> str:
    share = row.compared.names if row.compared else None
    if share is None:
        return "Not compared yet, or no file name says anything"
    return f"Photos found by the words of their file name; 95 % interval {share.low:.0%} to {share.high:.0%}"

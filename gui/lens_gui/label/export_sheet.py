"""Exporting the labels: in which format, where to, and what would be in it and what not."""

import json
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from lens.export import FORMATS
from lens.export.preview import Preview
from lens_gui.label.sources import SourceList
from lens_gui.orders import Order, Orders
from lens_gui.progress import ProgressStrip
from lens_gui.switch import Switch
from lens_gui.theme import STEP
from lens_gui.trouble import Trouble
from lens_gui.work import Outcome, Work
from lens_indexes import RegionState

__all__ = ["ExportSheet"]

MOST = 12  # categories that are told one by one


class ExportSheet(QDialog):
    """Beside it the other window can be used; the export runs in a process of its own.

    Args:
        uri: of the index.
        orders: count what would be exported.
        parent: the screen that it belongs to.
    """

    def __init__(self, uri: str, orders: Orders, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export labels")
        self.resize(75 * STEP, 60 * STEP)
        self._uri, self._orders, self._query = uri, orders, ""
        self._counting: Order | None = None
        self._place = Path()
        self.work, self.strip = Work(self), ProgressStrip()
        self.formats, self.says, self.place, self.whose = QComboBox(), QLabel(), QLineEdit(), QLabel()
        self.formats.addItems(list(FORMATS))
        self.formats.setAccessibleName("Format")
        self.place.setAccessibleName("Where to")
        self.sources, self.split = SourceList(), QLineEdit()
        self.split.setAccessibleName("Shares of the photos for train, val and test")
        self.split.setPlaceholderText("Not split; or shares for train, val and test, such as 0.8, 0.1, 0.1")
        self.with_proposed, self.with_rejected = (
            Switch("Also what nobody has said anything of"),
            Switch("Also what was rejected"),
        )
        self.counts, self.told = QLabel(), QLabel()
        for label in (self.says, self.counts, self.told, self.whose):
            label.setWordWrap(True)
        self.says.setObjectName("muted")
        self.browse = QPushButton("Choose…")
        self.browse.setAutoDefault(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.go = buttons.addButton("Export", QDialogButtonBox.ButtonRole.ActionRole)
        self.show_it = buttons.addButton("Show in folder", QDialogButtonBox.ButtonRole.ActionRole)
        self.show_it.setEnabled(False)
        self._lay_out(buttons)
        self.go.setDefault(True)  # the sheet's, now that it is on it
        self.formats.currentTextChanged.connect(self._format_changed)
        for switch in (self.with_proposed, self.with_rejected):
            switch.toggled.connect(self._count)
        self.sources.changed.connect(self._count)
        self.browse.clicked.connect(self._choose_place)
        self.go.clicked.connect(self.begin)
        self.show_it.clicked.connect(self._show_in_folder)
        buttons.rejected.connect(self.reject)
        self.strip.paused.connect(self.work.stop)
        self.work.moved.connect(self.strip.move_to)
        self.work.ended.connect(self._over)
        self._format_changed(self.formats.currentText())

    def open_for(self, query: str) -> None:
        """Be seen, for the photos that answer a query, or all if it is empty."""
        self._query = query
        self.whose.setText(f"The photos that answer “{query}”" if query else "All photos")
        self._await_counts()
        self._orders.give("shown_sources", {}, self.sources.show_names, self._cannot_count)
        self.show()
        self.raise_()
        self.activateWindow()

    def begin(self) -> None:
        """Export, unless that is under way or no source is checked."""
        if self.work.runs or self._none_checked:
            return
        self._place = Path(self.place.text()).expanduser().absolute()
        self.strip.begin("Exporting", "Reading the labels…", stop="Cancel")
        self.told.clear()
        self.go.setEnabled(False)
        what = {"format": self.formats.currentText(), "place": str(self._place), "query": self._query}
        how = what | self._chosen() | {"split": self.split.text()}
        self.work.start("export", self._uri, json.dumps(how))

    def close_down(self) -> None:
        """Export nothing more: what was begun leaves nothing behind."""
        self.work.close()

    def _chosen(self) -> dict[str, Sequence[str]]:
        """Which regions: in which states beside those that people have said yes to, and of which sources."""
        both = ((self.with_proposed, RegionState.PROPOSED), (self.with_rejected, RegionState.REJECTED))
        more = [str(state) for switch, state in both if switch.isChecked()]
        return {"more": more, "sources": [] if self.sources.all_checked else self.sources.checked}

    @property
    def _none_checked(self) -> bool:
        return bool(self.sources.count()) and not self.sources.checked

    def _enable(self) -> None:
        self.go.setEnabled(not (self._none_checked or self.work.runs))

    def _await_counts(self) -> None:
        """What was counted before is outdated."""
        if self._counting:
            self._counting.cancel()
        self.counts.setText("Counting…")

    def _count(self) -> None:
        self._enable()
        self._await_counts()
        if self._none_checked:
            self.counts.setText("No source is checked.")
            return
        facts = {"query": self._query} | self._chosen()
        self._counting = self._orders.give("preview_export", facts, self._counted, self._cannot_count)

    def _counted(self, counts: Preview) -> None:
        self._counting = None
        lines = [
            f"Photos: {counts.photos:,}, of them with nothing in them {counts.empty:,}. Regions: {counts.regions:,}"
        ]
        first = list(counts.categories.items())[:MOST]
        lines += [f"    {count:,}  {name}" for name, count in first]
        if len(counts.categories) > MOST:
            lines.append(f"    and {len(counts.categories) - MOST:,} more categories")
        lines += [f"Left out: {count:,} {reason}" for reason, count in counts.left_out.items()]
        self.counts.setText("\n".join(lines))

    def _cannot_count(self, trouble: Trouble) -> None:
        self._counting = None
        self.counts.setText(trouble.text)

    def _format_changed(self, name: str) -> None:
        self.says.setText(FORMATS[name].says)
        self.place.setText(str(Path.home() / f"labels-{name}{FORMATS[name].suffix or ''}"))

    def _choose_place(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, "Where to", self.place.text())
        if chosen:
            self.place.setText(chosen)

    def _over(self, outcome: Outcome) -> None:
        self.strip.hide()
        self._enable()
        self.told.setText("\n".join(line for line in (outcome.text, "" if outcome.failed else outcome.details) if line))
        self.show_it.setEnabled(not (outcome.failed or outcome.stopped))

    def _show_in_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._place.parent)))

    def _lay_out(self, buttons: QDialogButtonBox) -> None:
        where = QHBoxLayout()
        where.addWidget(self.place, 1)
        where.addWidget(self.browse)
        form = QFormLayout()
        form.addRow("Whose", self.whose)
        form.addRow("Format", self.formats)
        form.addRow("", self.says)
        form.addRow("Where to", where)
        form.addRow("Sources", self.sources)
        form.addRow("Split", self.split)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, 3 * STEP, 3 * STEP, 3 * STEP)
        column.setSpacing(2 * STEP)
        column.addLayout(form)
        above: list[QWidget] = [self.with_proposed, self.with_rejected, self.counts]
        below: list[QWidget] = [self.told, self.strip, buttons]
        for widget in above:
            column.addWidget(widget)
        column.addStretch(1)
        for widget in below:
            column.addWidget(widget)

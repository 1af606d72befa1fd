"""The map of a collection with what its colours mean."""

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from lens_gui.curate.chart import OTHER, Chart, Colouring, by_band
from lens_gui.curate.map_view import FACTOR, MapView
from lens_gui.curate.points import colours_of
from lens_gui.pictures import Pictures
from lens_gui.section import muted
from lens_gui.shortcuts import Shortcuts
from lens_gui.theme import STEP

__all__ = ["MapPanel"]

SIDE = 28 * STEP
WAYS = {"tags": "Colours: tags", "bands": "Colours: the search", "dates": "Colours: dates"}
OTHERS = {"tags": "Other photos", "bands": "Not in the answer", "dates": "Without a date"}
PAN = 8 * STEP


class MapPanel(QWidget):
    """A map, and beside it a list of colours; one that is chosen chooses its photos.

    Args:
        pictures: of the photos.
        bands: of the photos that the search has found, by their ids.
        shortcuts: of the window.
    """

    picked = Signal(int)

    def __init__(self, pictures: Pictures, bands: Callable[[], Mapping[str, str]], shortcuts: Shortcuts) -> None:
        super().__init__()
        self._bands = bands
        self._chart: Chart | None = None
        self._colouring: Colouring | None = None
        self.view, self.way, self.legend, self.told = MapView(pictures), QComboBox(), QListWidget(), muted()
        self.way.setAccessibleName("What the colours mean")
        self.legend.setAccessibleName("Colours")
        for value, text in WAYS.items():
            self.way.addItem(text, value)
        self.way.currentIndexChanged.connect(self._colour)
        self.legend.itemClicked.connect(self._choose)
        self.legend.itemActivated.connect(self._choose)
        self.view.picked.connect(self._tell)
        keys: dict[str, Callable[[], object]] = {
            "closer-map": partial(self.view.zoom, FACTOR),
            "farther-map": partial(self.view.zoom, 1 / FACTOR),
            "fit-map": self.view.fit,
            "left-map": partial(self.view.pan, -PAN, 0),
            "right-map": partial(self.view.pan, PAN, 0),
            "up-map": partial(self.view.pan, 0, -PAN),
            "down-map": partial(self.view.pan, 0, PAN),
            "choose-in-sight": self.view.choose_in_sight,
            "clear-map": self.view.choose_none,
        }
        for name, what in keys.items():
            shortcuts.bind(self.view, name, what)
        side = QVBoxLayout()
        side.setSpacing(STEP)
        for widget in (self.way, self.legend, self.told):
            side.addWidget(widget)
        self.legend.setFixedWidth(SIDE)
        self.told.setFixedWidth(SIDE)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * STEP)
        row.addWidget(self.view, 1)
        row.addLayout(side)

    def show_chart(self, chart: Chart) -> None:
        """Show another map."""
        self._chart = chart
        if not self._coloured(chart).meaning and chart.dates.meaning:
            self.way.setCurrentIndex(list(WAYS).index("dates"))
        self.view.show_chart(chart, self._coloured(chart))
        self._colour()
        self._tell(0)

    def _coloured(self, chart: Chart) -> Colouring:
        way = self.way.currentData()
        if way == "bands":
            return by_band(chart.ids, self._bands())
        return chart.tags if way == "tags" else chart.dates

    def _colour(self) -> None:
        if self._chart is None:
            return
        self._colouring = colouring = self._coloured(self._chart)
        self.view.colour(colouring)
        other = self.palette().color(QPalette.ColorRole.PlaceholderText)
        colours = colours_of(len(colouring.meaning), ordered=colouring.ordered, other=other)
        self.legend.clear()
        kinds = [*enumerate(colouring.meaning), (OTHER, OTHERS[self.way.currentData()])]
        for number, text in kinds:
            count = int((colouring.numbers == number).sum())
            if count:
                item = QListWidgetItem(_patch(colours[number]), f"{text}  {count:,}")
                item.setData(Qt.ItemDataRole.UserRole, number)
                self.legend.addItem(item)

    def _choose(self, item: QListWidgetItem) -> None:
        if self._colouring is not None:
            self.view.choose(self._colouring.numbers == item.data(Qt.ItemDataRole.UserRole))

    def _tell(self, count: int) -> None:
        chosen = "1 photo is" if count == 1 else f"{count:,} photos are"
        self.told.setText(f"{chosen} chosen." if count else "Draw around photos to choose them; Shift adds more.")
        self.picked.emit(count)


def _patch(colour: QColor) -> QIcon:
    picture = QPixmap(2 * STEP, 2 * STEP)
    picture.fill(colour)
    return QIcon(picture)

"""One photo: the picture, what is known of it, and its neighbours."""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QByteArray, QRect, QSettings, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QToolButton, QVBoxLayout, QWidget

from lens.about import About
from lens.search.match import Match
from lens.search.syntax import Example
from lens_gui.colours import Colours
from lens_gui.icons import icon
from lens_gui.orders import Order, Orders
from lens_gui.photo.canvas import FACTOR, Canvas
from lens_gui.photo.facts import FactsPanel
from lens_gui.photo.strip import Strip
from lens_gui.pictures import Pictures, whole
from lens_gui.search.keeping import Keeping
from lens_gui.search.results import Results
from lens_gui.shortcuts import Shortcuts
from lens_gui.tasks import Tasks
from lens_gui.theme import STEP

__all__ = ["PhotoScreen"]

AHEAD = (1, -1)
REDUCED = 4  # times a reduced picture is drawn larger, until the whole one is there
MOST_WHOLE = 3  # photos kept in all their pixels: this one and its neighbours


class PhotoScreen(QWidget):
    """Looks at the photos of an answer one by one."""

    closed = Signal()
    cut = Signal(Example)
    """A part of a photo."""

    def __init__(
        self,
        orders: Orders,
        tasks: Tasks,
        pictures: Pictures,
        results: Results,
        keeping: Keeping,
        *,
        shortcuts: Shortcuts,
        colours: Colours,
    ) -> None:
        super().__init__()
        self.setObjectName("screen")
        self._orders, self._tasks, self._pictures = orders, tasks, pictures
        self._results, self._keeping = results, keeping
        self._row = 0
        self._about: About | None = None
        self._asked: Order | None = None
        self._whole: OrderedDict[str, QImage] = OrderedDict()  # by content hash; null where it cannot be read
        self._reading: set[str] = set()
        self.canvas, self.facts, self.strip = Canvas(tasks, colours), FactsPanel(), Strip(results)
        self._name, self._told, self._zoom = QLabel(), QLabel(), QLabel()
        for label in (self._told, self._zoom):
            label.setObjectName("muted")
        self._shortcuts = shortcuts
        self._cut = self._button("crop", "cut")
        self._cut.setCheckable(True)
        self._cut.toggled.connect(self.canvas.set_cutting)
        self._flag = self._button("flag-outline", "flag-one")
        self._flag.setCheckable(True)
        self._flag.clicked.connect(self._toggle_flag)
        keeping.changed.connect(self._show_flag)
        self._lay_out()
        self.canvas.cut.connect(self._on_cut)
        self.facts.hidden_sources.connect(self.canvas.overlay.hide_sources)
        self.canvas.zoomed.connect(lambda scale: self._zoom.setText(f"{scale:.0%}"))
        self.strip.chosen.connect(self.show_row)
        pictures.ready.connect(self._reduced_came)
        pictures.ready.connect(lambda _: self.strip.update())
        keys: dict[str, Callable[[], object]] = {
            "next": partial(self.step, 1),
            "previous": partial(self.step, -1),
            "back": self.closed.emit,
            "grid": self.closed.emit,
            "fit": self.canvas.fit,
            "pixels": self.canvas.one_to_one,
            "left": partial(self.canvas.pan, -1, 0),
            "right": partial(self.canvas.pan, 1, 0),
            "up": partial(self.canvas.pan, 0, -1),
            "down": partial(self.canvas.pan, 0, 1),
            "sight": lambda: self._on_cut(self.canvas.in_sight()),
            "regions": self.canvas.overlay.toggle,
            "closer": partial(self.canvas.zoom, FACTOR),
            "farther": partial(self.canvas.zoom, 1 / FACTOR),
            "cut": self._cut.toggle,
            "facts": lambda: self.facts.setVisible(self.facts.isHidden()),
        }
        for name, what in keys.items():
            shortcuts.bind(self, name, what)
        # Space belongs to a button while that has the focus.
        shortcuts.bind(self.canvas, "flag-one", self._toggle_flag, Qt.ShortcutContext.WidgetShortcut)

    @property
    def told(self) -> str:
        """What is said in the place of a photo; empty if nothing need be."""
        return self._told.text()

    @property
    def row(self) -> int:
        """Where the photo that is shown is in the answer."""
        return self._row

    @property
    def match(self) -> Match:
        """The photo that is shown."""
        return self._results.photo(self._row)

    @property
    def is_whole(self) -> bool:
        """Whether all pixels of it are there, not a reduced picture only."""
        return not self._whole.get(self.match.content_hash, QImage()).isNull()

    def keep(self, settings: QSettings) -> None:
        """Write down what should be as it is next time."""
        settings.setValue("photo/parts", self._middle.saveState())
        settings.setValue("photo/facts", int(not self.facts.isHidden()))

    def restore(self, settings: QSettings) -> None:
        """Be as it was when it was written down."""
        parts = settings.value("photo/parts")
        if isinstance(parts, QByteArray):
            self._middle.restoreState(parts)
        self.facts.setVisible(str(settings.value("photo/facts", 1)) != "0")

    def step(self, by: int) -> None:
        """Go on to another photo of the answer."""
        row = min(max(self._row + by, 0), self._results.rowCount() - 1)
        if row != self._row:
            self.show_row(row)

    def show_row(self, row: int) -> None:
        """Show a photo of the answer: reduced at once, then whole."""
        self._row = row
        match = self.match
        self._name.setText(match.path.name)
        self._name.setToolTip(str(match.path))
        self._told.clear()
        self._show_flag()
        self.strip.follow(row)
        self._show_best()
        self._read(row)
        self._about = None
        self.canvas.overlay.show_regions([], self.canvas.size_shown)
        self.close_down()
        self._asked = self._orders.give("about", {"id_": match.id}, self._know, self.facts.show_trouble)

    def close_down(self) -> None:
        """Ask for nothing more."""
        if self._asked:
            self._asked.cancel()

    def _know(self, about: About) -> None:
        self._about = about
        self.facts.show_facts(self.match, about)
        self._draw_regions()

    def _draw_regions(self) -> None:
        if self._about and self.is_whole:
            self.canvas.overlay.show_regions(self._about.regions, self.canvas.size_shown)

    def _show_best(self) -> None:
        match = self.match
        picture = self._whole.get(match.content_hash)
        if picture is None:
            picture = self._pictures.get(match.path, match.content_hash) or QImage()
        self.canvas.show_picture(picture, picture.size() if self.is_whole else picture.size() * REDUCED)
        self._draw_regions()

    def _read(self, row: int) -> None:
        match = self._results.photo(row)
        key = match.content_hash
        if key in self._whole:
            self._whole.move_to_end(key)
            self._prefetch()
        elif key not in self._reading:
            self._reading.add(key)
            self._tasks.run(partial(whole, match.path), partial(self._came, key), partial(self._failed, key))

    def _came(self, content_hash: str, picture: QImage) -> None:
        self._reading.discard(content_hash)
        self._whole[content_hash] = picture
        while len(self._whole) > MOST_WHOLE:
            self._whole.popitem(last=False)
        if self._row < self._results.rowCount() and content_hash == self.match.content_hash:
            self._whole.move_to_end(content_hash)
            self._show_best()
            self._prefetch()

    def _failed(self, content_hash: str, error: Exception) -> None:
        self._came(content_hash, QImage())
        if content_hash == self.match.content_hash:
            self._told.setText(f"Cannot be read: {error}")

    def _prefetch(self) -> None:
        for by in AHEAD:
            row = self._row + by
            if 0 <= row < self._results.rowCount() and self._results.photo(row).content_hash not in self._whole:
                self._read(row)

    def _reduced_came(self, content_hash: str) -> None:
        shown = self.isVisible() and self._row < self._results.rowCount() and content_hash == self.match.content_hash
        if shown and content_hash not in self._whole:
            self._show_best()

    def _on_cut(self, part: QRect) -> None:
        self._cut.setChecked(False)
        if self.is_whole:
            self.cut.emit(Example(str(self.match.path), (part.x(), part.y(), part.width(), part.height())))

    def _toggle_flag(self) -> None:
        if self._row < self._results.rowCount():
            self._keeping.flag([self.match.id])
        self._show_flag()

    def _show_flag(self) -> None:
        self._flag.setChecked(self._row < self._results.rowCount() and self._keeping.is_flagged(self.match.id))
        self.strip.update()

    def _button(self, symbol: str, key: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(symbol))
        self._shortcuts.explain(button, key)
        return button

    def _lay_out(self) -> None:
        back = self._button("arrow-left", "back")
        back.clicked.connect(self.closed)
        fit = self._button("fit-to-page-outline", "fit")
        fit.clicked.connect(self.canvas.fit)
        bar = QHBoxLayout()
        bar.setContentsMargins(STEP, STEP, STEP, STEP)
        bar.addWidget(back)
        bar.addWidget(self._name)
        bar.addWidget(self._told, 1)
        for widget in (self._zoom, fit, self._cut, self._flag):
            bar.addWidget(widget)
        self._middle = middle = QSplitter(Qt.Orientation.Horizontal, self)
        middle.addWidget(self.canvas)
        middle.addWidget(self.facts)
        middle.setStretchFactor(0, 1)
        middle.setHandleWidth(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(middle, 1)
        column.addWidget(self.strip)
        for one, other in pairwise((self.canvas, back, fit, self._cut, self._flag, self.facts)):
            self.setTabOrder(one, other)

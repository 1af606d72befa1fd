"""Search: a field, and what it finds."""

from functools import partial

from PySide6.QtCore import QItemSelectionModel, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QStackedWidget, QVBoxLayout, QWidget

from lens import Library
from lens.errors import IndexFailure, IndexNotFound
from lens.search.sorting import Order
from lens.search.syntax import Example
from lens_gui.asking import Asking
from lens_gui.orders import Orders
from lens_gui.pictures import Pictures
from lens_gui.search.actions import PhotoMenu
from lens_gui.search.chips import Chips
from lens_gui.search.empty import Empty
from lens_gui.search.field import SearchField
from lens_gui.search.grid import LARGEST, SMALLEST, Grid
from lens_gui.search.incoming import can_be_sought, example_of
from lens_gui.search.keeping import Keeping
from lens_gui.search.kept import KeptButton
from lens_gui.search.names import Names
from lens_gui.search.results import HEADINGS, Answer, Results, answer_of
from lens_gui.search.sorting import SortButton
from lens_gui.shortcuts import Shortcuts
from lens_gui.tasks import Latest, Tasks
from lens_gui.theme import STEP
from lens_gui.trouble import Trouble

__all__ = ["SearchScreen"]

TYPING = 150
"""Milliseconds without a key after which a search begins."""
MOST = 2000
"""Photos of a ranked answer that are shown: nobody looks further. Of filters alone, all are."""


class SearchScreen(QWidget):
    """Results as one types."""

    opened = Signal(int)
    """The row of a photo."""
    said = Signal(str, str)

    def __init__(
        self, library: Library, orders: Orders, tasks: Tasks, pictures: Pictures, shortcuts: Shortcuts
    ) -> None:
        super().__init__()
        self.setObjectName("screen")
        self.setAcceptDrops(True)
        self._library, self._orders, self._latest = library, orders, Latest(tasks)
        self._asked: tuple[str, Order] | None = None
        self.keeping = Keeping(orders, self)
        self.names = Asking("lens_gui.search.names", library.uri, make=lambda told: Names(**told), parent=self)
        self.field, self.chips = SearchField(self), Chips(self)
        self.sort, self.kept = SortButton(self), KeptButton(self)
        self.told = QLabel(self)
        self.told.setObjectName("muted")
        self.results = Results(pictures, self.keeping.is_flagged, self)
        self.grid = Grid(self.results, self)
        self.empty = Empty(self)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self.empty)
        self._zoom = QSlider(Qt.Orientation.Horizontal, self)
        self._lay_out()
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(TYPING)
        self._wait.timeout.connect(self.search)
        self.menu = PhotoMenu(self.grid, self.results, self.keeping, shortcuts)
        self._connect()
        pictures.ready.connect(lambda _: self.grid.viewport().update())
        shortcuts.bind(self, "larger", partial(self.grid.step, 1))
        shortcuts.bind(self, "smaller", partial(self.grid.step, -1))
        for keys, what in {Qt.Key.Key_Escape: self._leave_field, Qt.Key.Key_Down: self._to_grid}.items():
            key = QShortcut(QKeySequence(keys), self.field)
            key.setContext(Qt.ShortcutContext.WidgetShortcut)
            key.activated.connect(what)

    @property
    def query(self) -> str:
        """What is in the field."""
        return self.field.text().strip()

    def seek(self) -> None:
        """Go to the field."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def search(self) -> None:
        """Answer what is in the field, unless it is answered already."""
        self._wait.stop()
        query, order = self.query, self.sort.order
        if (query, order) != self._asked:
            self._asked = query, order
            self._latest.run(partial(self._answer, query, order), partial(self._show, query), self._failed)

    def choose(self, row: int) -> None:
        """Make a photo of the answer the chosen one, and bring it into sight."""
        index = self.results.index(row)
        self.grid.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.grid.scrollTo(index)

    def again(self) -> None:
        """Answer anew, since the index has changed."""
        self.names.ask()
        self._asked = None
        self.search()

    def bands(self) -> dict[str, str]:
        """The bands of the photos that are shown, in words by their ids; none if nothing is asked but filters."""
        if not self.results.rowCount() or self.results.photo(0).probability is None:
            return {}
        matches = map(self.results.photo, range(self.results.rowCount()))
        return {match.id: HEADINGS[match.band] for match in matches}

    def close_down(self) -> None:
        """Read nothing more."""
        self.names.close()

    def keep(self, settings: QSettings) -> None:
        """Write down what should be as it is next time."""
        settings.setValue("search/tile", self.grid.tile)
        settings.setValue("search/query", self.field.text())
        settings.setValue("search/order", self.sort.order.value)

    def restore(self, settings: QSettings) -> None:
        """Be as it was when it was written down."""
        tile, order = settings.value("search/tile"), settings.value("search/order")
        self.grid.set_tile(int(str(tile)) if str(tile).isdecimal() else self.grid.tile)
        self.sort.set_order(Order(order) if order in list(Order) else Order.RELEVANCE)
        self.field.setText(str(settings.value("search/query", "")))

    def search_for(self, query: str) -> None:
        """Search for something else than what is in the field."""
        self.field.setText(query)
        self.search()

    def search_like(self, example: Example) -> None:
        """Search for what looks like a photo, or a part of one."""
        self.search_for(str(example))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A photo may be dropped."""
        if can_be_sought(event.mimeData()) and event.source() is not self.grid:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """A dropped photo is searched for."""
        if example := example_of(event.mimeData()):
            event.acceptProposedAction()
            self.search_like(example)

    def _answer(self, query: str, order: Order) -> Answer:
        return answer_of(query, self._library.browse(query, MOST, order), order)

    def _show(self, query: str, answer: Answer) -> None:
        if not self.names.asked:
            self.names.ask()
            self._orders.start()  # after the photos are there, and before anything is wanted of it
        self.results.show(answer)
        self.chips.show_parts(answer.filters)
        self.sort.say(answer.order)
        self.grid.verticalScrollBar().setValue(0)
        self._stack.setCurrentWidget(self.grid if answer.matches else self.empty)
        if not answer.matches:
            if query:
                self.empty.nothing_found(query)
            else:
                self.empty.nothing_indexed()
        self.told.setText(answer.told)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, IndexFailure) and not self.query:
            self._stack.setCurrentWidget(self.empty)
            self.told.setText("")
            if isinstance(error, IndexNotFound):
                self.empty.nothing_indexed()
            else:
                self.empty.cannot(str(error))
        else:
            self.told.setText(str(error).splitlines()[0] if str(error) else type(error).__name__)

    def _connect(self) -> None:
        self.names.answered.connect(self._take_names)
        self.field.textChanged.connect(lambda _: self._wait.start())
        self.field.returnPressed.connect(self._enter)
        self.field.photo_pasted.connect(self.menu.paste)
        self.chips.changed.connect(self._take_out)
        self.chips.wanted.connect(self.field.begin_filter)
        self.sort.changed.connect(self.search)
        self.kept.chosen.connect(self.search_for)
        self.kept.named.connect(self._save_search)
        self.keeping.changed.connect(self.grid.viewport().update)
        self.keeping.said.connect(self.said)
        self.menu.like.connect(self.search_like)
        self.grid.opened.connect(lambda index: self.opened.emit(index.row()))
        self.grid.tile_changed.connect(self._zoom.setValue)

    def _take_names(self, names: Names) -> None:
        self.field.complete_with(names.completions)
        self.kept.show_names(names)
        self.keeping.know(names)

    def _take_out(self, rest: str) -> None:
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.search_for(rest)

    def _save_search(self, name: str) -> None:
        def saved(_: str) -> None:
            self.said.emit(f"Saved. saved:{name} finds it again.", "")
            self.names.ask()

        def failed(trouble: Trouble) -> None:
            self.said.emit(trouble.text, trouble.details)

        self._orders.give("save", {"name": name, "query": self.query}, saved, failed)

    def _enter(self) -> None:
        self.search()
        self._to_grid()

    def _to_grid(self) -> None:
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)
        if not self.grid.currentIndex().isValid() and self.results.rowCount():
            self.choose(0)

    def _leave_field(self) -> None:
        if self.field.text():
            self.field.clear()
        else:
            self._to_grid()

    def _lay_out(self) -> None:
        self._zoom.setRange(SMALLEST, LARGEST)
        self._zoom.setValue(self.grid.tile)
        self._zoom.setFixedWidth(16 * STEP)
        self._zoom.setAccessibleName("Size of the photos")
        self._zoom.setToolTip("Size of the photos (Ctrl + wheel)")
        self._zoom.valueChanged.connect(self.grid.set_tile)
        above, below = QHBoxLayout(), QHBoxLayout()
        for row in (above, below):
            row.setSpacing(STEP)
        above.addWidget(self.field, 1)
        above.addWidget(self.kept)
        below.addWidget(self.told)
        below.addSpacing(STEP)
        below.addWidget(self.chips, 1)
        below.addWidget(self.sort)
        below.addWidget(self._zoom)
        top = QVBoxLayout()
        top.setContentsMargins(2 * STEP, 2 * STEP, 2 * STEP, STEP)
        top.setSpacing(STEP)
        top.addLayout(above)
        top.addLayout(below)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self._stack, 1)

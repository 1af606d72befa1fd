"""Looking through photos and what is known to be in them: large, one key for each answer, and things drawn by hand."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from lens_gui.colours import Colours
from lens_gui.label.drawing import Drawing
from lens_gui.label.export_sheet import ExportSheet
from lens_gui.label.running import Running
from lens_gui.label.side import STEPS, TURNS, Side, button
from lens_gui.label.stage import Stage
from lens_gui.label.tools import Tools
from lens_gui.label.turns import QUEUE, Turns
from lens_gui.label.view import View
from lens_gui.orders import Orders
from lens_gui.pictures import whole
from lens_gui.shortcuts import Shortcuts
from lens_gui.tasks import Latest, Tasks
from lens_gui.theme import STEP
from lens_gui.trouble import Trouble
from lens_indexes import RegionRow, RegionState

__all__ = ["LabelScreen"]

IDLE = 3000  # milliseconds without an edit, after which nobody waits for the next
NEIGHBOURS = {"next-region": 1, "previous-region": -1}
ABOUT_A_REGION = ("decide", "relabel")
"""Orders that are about the region that is chosen."""
NOTHING = "There is no photo to look through here."


class LabelScreen(QWidget):
    """The photos that were searched for: first those in which regions wait, the disputed before others."""

    said = Signal(str, str)

    def __init__(self, uri: str, orders: Orders, tasks: Tasks, shortcuts: Shortcuts, colours: Colours) -> None:
        super().__init__()
        self.setObjectName("screen")
        self._shortcuts, self._query = shortcuts, ""
        self.orders, self._turns = orders, Turns(orders, self._is_drawn)
        self.view: View | None = None
        """What is shown; None until there is an answer."""
        self._place, self._reading = "", Latest(tasks)  # the id of the photo that was shown last
        self.canvas = self.first = Stage(tasks, colours)
        """What has the focus when the screen comes up."""
        self.heading, self.told = QLabel("Label"), QLabel()
        self.heading.setObjectName("title")
        self.told.setObjectName("muted")
        self._answers = [button(shortcuts, "accept", self.accept), button(shortcuts, "reject", self.reject)]
        self.tools = Tools(shortcuts)
        self.running = Running(uri)
        self.exporting = ExportSheet(uri, orders, self)
        below = [button(shortcuts, "find-things", self._show_running), button(shortcuts, "export", self._export)]
        turns = [button(shortcuts, key, partial(self._give, key.removesuffix("-label"))) for key in TURNS]
        steps = [button(shortcuts, key, partial(self._step, by)) for key, by in STEPS.items()]
        side = Side(shortcuts, colours, [self._answers, steps, turns, *self.tools.rows, below])
        self.caption, self.classes, self.name, self._side = side.caption, side.classes, side.name, side
        self.drawing = Drawing(self.canvas, self.classes, self.tools, self._give)
        self._idle = QTimer(self, singleShot=True, interval=IDLE)
        self._lay_out()
        self._connect()

    def refresh(self, query: str) -> None:
        """Look through the photos that answer a query, or all if it is empty."""
        if self._turns.awaited != QUEUE:
            self._settle()
        if self._turns.awaited not in ("", QUEUE):
            self._turns.later(partial(self.refresh, query))
            return
        if self._turns.awaited:
            self._turns.cancel()
            self._turns.forget()
        facts = {"query": query, "place": self._place if query == self._query else ""}
        self._query = self.running.query = query
        self._turns.give(QUEUE, facts)
        if self.view is None:
            self.told.setText("Looking for what waits…")

    def accept(self) -> None:
        """What is drawn is finished, else the region is right; of one that was said of before, go on."""
        self._settle()
        if not self.canvas.finish():
            self._turns.later(self._accept)

    def reject(self) -> None:
        """The region is wrong."""
        self._give("decide", lambda: {"state": RegionState.REJECTED})

    def relabel(self, category: str) -> None:
        """The region is right, and something else; the next box is that too."""
        if category.strip():
            self._give("relabel", lambda: {"category": category})

    def close_down(self) -> None:
        """Look for nothing more; what was decided gets into the index, and what arrows have moved."""
        self._idle.stop()
        self._settle()
        self.running.close_down()
        self.exporting.close_down()
        self.drawing.cutting.close_down()
        if self._turns.awaited == QUEUE:
            self._turns.cancel()

    @property
    def awaits(self) -> bool:
        """Whether what is shown is about to change, or the photo is not drawn yet."""
        return self._turns.awaits

    def _is_drawn(self) -> bool:
        return self.view is None or self.canvas.photo == self.view.photo

    def _accept(self) -> None:
        waits = self.canvas.region is not None and self.canvas.region.state == RegionState.PROPOSED
        name, facts = ("decide", {"state": RegionState.ACCEPTED}) if waits else ("go_on", {})
        self._order(name, lambda: facts)

    def _give(self, name: str, facts: Callable[[], dict[str, Any]] = dict) -> None:
        """Give an order, though not before what it is about is shown: keys that are pressed meanwhile wait."""
        self._settle()
        self._turns.later(partial(self._order, name, facts))

    def _settle(self) -> None:
        """What arrows have moved before this key is let go before what the key does, even if both have to wait."""
        self._turns.later(self.canvas.handles.settle)

    def _order(self, name: str, facts: Callable[[], dict[str, Any]]) -> None:
        region = self.canvas.region
        if self.view is None or (region is None and name in ABOUT_A_REGION):
            return
        about = {"photo": region.photo, "id": region.id} if region and name in ABOUT_A_REGION else {}
        self._turns.give(name, facts() | about)

    def _answered(self, name: str, view: View) -> None:
        before = self._place
        if name == "paint":
            self.canvas.brush.stored(view.region)
        self._show(view)
        self._idle.start()
        if name == QUEUE and self._place != before:
            self._turns.forget()  # it was about what was shown before, if anything was

    def _number(self, number: int) -> None:
        """What a number stands for is given to what is chosen, or to what is drawn next."""
        name = self.classes.numbered(number)
        if name is None:
            return
        if self.drawing.names_what_is_next:
            self.classes.make_current(name)
        else:
            self.relabel(name)

    def _named(self, category: str) -> None:
        self.relabel(category)
        self.canvas.setFocus()

    def _step(self, by: int) -> None:
        self._give("step", lambda: {"by": by})

    def _choose_next(self, by: int) -> None:
        """From the one that is chosen once what was pressed before is done."""
        self._settle()
        self._turns.later(partial(self.canvas.choose_next, by))

    def _choose(self, region: RegionRow | None) -> None:
        self._settle()
        self._turns.later(partial(self._choose_now, region.id if region else ""))

    def _choose_now(self, id_: str) -> None:
        """As it is by now."""
        region = next((each for each in self.view.regions if each.id == id_), None) if self.view else None
        self.canvas.choose(region)
        self._tell_of(region)

    def _tell_of(self, region: RegionRow | None) -> None:
        """What is known of a region."""
        for each in self._answers:
            each.setEnabled(region is not None)
        disputed = bool(self.view and region and region.id in self.view.disputed)
        self.caption.tell(region, self.view.path if self.view else None, disputed=disputed)

    def _show(self, answer: View) -> None:
        self.view = view = answer.filled_up(self.view)
        self._tell_how_many(view)
        self._place = view.photo
        if view.region:
            self.classes.make_current(view.region.category)
        if view.note:
            self.said.emit(view.note, "")
        self._tell_of(view.region)
        self.canvas.setVisible(view.path is not None)
        if view.path is None:
            self.canvas.choose(None)
            self.canvas.photo = ""
        elif self.canvas.photo != view.photo:
            self.canvas.photo = ""
            self.canvas.show_regions((), None)
            self._reading.run(
                partial(whole, view.path), partial(self._came, view.photo), partial(self._unreadable, view.photo)
            )
        else:
            self.canvas.show_regions(view.regions, view.region)

    def _tell_how_many(self, view: View) -> None:
        where = f" in “{self._query}”" if self._query else ""
        waiting = f"{view.waiting:,} waiting" if view.waiting else "nothing waits"
        self.told.setText(f"Photo {view.at + 1:,} of {view.total:,}{where} · {waiting}" if view.total else NOTHING)
        self.classes.show_classes(view.classes)

    def _counted(self, view: View) -> None:
        """Something may have been found; what is looked at stays as it is, unless it is about that."""
        view = view.filled_up(self.view)
        same = self.view is not None and self.view.photo == view.photo
        if self.view and same and self.view.regions == view.regions:
            self._tell_how_many(view)
            self.view = replace(view, region=self.view.region)
        elif same:
            self.canvas.handles.settle()
            chosen = self.canvas.region
            self._show(replace(view, region=chosen or view.region))

    def _show_running(self) -> None:
        (self.canvas if self.running.turn_over() else self.running.table).setFocus()

    def _export(self) -> None:
        self.exporting.open_for(self._query)

    def _came(self, photo: str, picture: QImage) -> None:
        self._drawn(photo, picture, picture.size())

    def _unreadable(self, photo: str, error: Exception) -> None:
        known = [QSize(each.width, each.height) for each in self.view.regions] if self.view else []
        self._drawn(photo, QImage(), known[0] if known else QSize())
        self.caption.add(f"Cannot be read: {error}")

    def _drawn(self, photo: str, picture: QImage, size: QSize) -> None:
        self.canvas.photo = photo
        self.canvas.show_picture(picture, size)
        if self.view:
            self.canvas.show_regions(self.view.regions, self.view.region)
            self.drawing.follow(self.view.path)
        self._turns.carry_on()

    def _failed(self, name: str, trouble: Trouble) -> None:
        if name == QUEUE:
            self._show(View(0, 0, 0, {}))
            self.told.setText(trouble.text)
        self.canvas.brush.forget()
        self.canvas.choose(self.canvas.region)  # as it is in the index
        self.said.emit(trouble.text, trouble.details)

    def _ended(self, trouble: Trouble) -> None:
        """The queue is gone; the next visit makes another."""
        self.view = None
        self.told.setText("Looking through has ended. Come back to this screen to go on.")
        if self.isVisible() and not self._turns.awaited:
            self.said.emit(trouble.text, trouble.details)

    def _connect(self) -> None:
        self.orders.ended.connect(self._ended)
        self._turns.answered.connect(self._answered)
        self._turns.failed.connect(self._failed)
        self._side.named.connect(self._named)
        self.running.said.connect(self.said)
        self.running.found.connect(lambda: self.orders.give("look_again", {}, self._counted, lambda _: None))
        self.drawing.said.connect(self.said)
        self.drawing.unnamed.connect(self.name.setFocus)
        self.canvas.chosen.connect(self._choose)
        self._idle.timeout.connect(
            lambda: self.orders.give("tidy", {}, lambda more: self._idle.start() if more else None, lambda _: None)
        )
        keys: dict[str, Callable[[], object]] = {
            **{key: partial(self._step, by) for key, by in STEPS.items()},
            **{key: partial(self._choose_next, by) for key, by in NEIGHBOURS.items()},
            **{key: partial(self._give, key.removesuffix("-label")) for key in TURNS},
            "copy-on": partial(self._give, "copy_on"),
            "name-label": self.name.setFocus,
            "reject": self.reject,
            "find-things": self._show_running,
            "export": self._export,
            **self.drawing.keys(),
            **self.canvas.keys(),
        }
        keys |= {f"class-{number}": partial(self._number, number) for number in range(1, 10)}
        for name, what in keys.items():
            self._shortcuts.bind(self, name, what)
        # Enter and arrows belong to the list of classes and to a button while that has the focus.
        held: dict[str, Callable[[], object]] = {"accept": self.accept}
        held |= {name: partial(self._turns.later, nudge) for name, nudge in self.canvas.nudges().items()}
        for name, what in held.items():
            self._shortcuts.bind(self.canvas, name, what, Qt.ShortcutContext.WidgetShortcut)

    def _lay_out(self) -> None:
        middle = QHBoxLayout()
        middle.addWidget(self.canvas, 1)
        middle.addStretch(0)
        middle.addWidget(self._side)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, 3 * STEP, 3 * STEP, 3 * STEP)
        column.setSpacing(STEP)
        for widget in (self.heading, self.told, self.running, self.drawing.cutting):
            column.addWidget(widget)
        column.addLayout(middle, 1)

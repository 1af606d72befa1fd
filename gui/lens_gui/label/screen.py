"""Looking through proposed regions: one at a time, large, one key for each answer."""

from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QIcon, QImage, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import (
    QGraphicsPathItem,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from lens.labeling.drawing import colour_of
from lens.photos import read_photo
from lens_gui.label.view import View
from lens_gui.orders import Order, Orders
from lens_gui.photo.canvas import Canvas
from lens_gui.pictures import as_qimage
from lens_gui.shortcuts import Shortcuts
from lens_gui.tasks import Latest, Tasks
from lens_gui.theme import STEP
from lens_gui.trouble import Trouble
from lens_indexes import RegionState

__all__ = ["LabelScreen"]

SIDE = 280  # pixels
ABOUT_A_REGION = ("decide", "relabel")
"""Orders that are about the region that is shown."""
NOTHING = "Nothing waits to be looked at here.\n“lens label” proposes regions, and then they come up on this screen."


class LabelScreen(QWidget):
    """The queue of regions that wait, those about which sources disagree first."""

    said = Signal(str, str)

    def __init__(self, orders: Orders, tasks: Tasks, shortcuts: Shortcuts) -> None:
        super().__init__()
        self.setObjectName("screen")
        self._shortcuts, self._query, self._photo = shortcuts, "", ""
        self.orders = orders
        self.view: View | None = None
        """What is shown; None until there is an answer."""
        self._place = ""  # the id of the region that was shown last
        self._awaited: Order | None = None
        self._pressed: deque[Callable[[], object]] = deque()
        self._reading = Latest(tasks)
        self.canvas = self.first = Canvas()
        """What has the focus when the screen comes up."""
        self._shade = QGraphicsPathItem()
        self._shade.setBrush(QBrush(QColor(0, 0, 0, 110)))
        self._shade.setPen(QPen(Qt.PenStyle.NoPen))
        self._shade.setZValue(0.5)  # over what is drawn of the other regions
        self.canvas.scene().addItem(self._shade)
        self.heading, self.told, self.category, self.facts = QLabel("Label"), QLabel(), QLabel(), QLabel()
        self.category.setObjectName("heading")
        self.category.setTextFormat(Qt.TextFormat.PlainText)
        self.heading.setObjectName("title")
        self.told.setObjectName("muted")
        self.facts.setWordWrap(True)
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.classes, self.name = QListWidget(), QLineEdit()
        self.classes.setAccessibleName("Classes")
        self.classes.setIconSize(QSize(STEP + 4, STEP + 4))
        self.name.setPlaceholderText("Another class…")
        self.name.setAccessibleName("Another class")
        self._buttons = [
            self._button("accept", self.accept),
            self._button("reject", self.reject),
            self._button("undo-label", partial(self._give, "undo")),
            self._button("redo-label", partial(self._give, "redo")),
        ]
        self._lay_out()
        self._connect()

    def refresh(self, query: str) -> None:
        """Look through what waits in the photos that answer a query, or in all if it is empty."""
        if self._awaited and self._awaited.name != "queue":
            self._pressed.append(partial(self.refresh, query))
            return
        if self._awaited:
            self._awaited.cancel()
            self._pressed.clear()
        facts = {"query": query, "place": self._place if query == self._query else ""}
        self._query = query
        self._awaited = self.orders.give("queue", facts, self._answered, self._cannot_look)
        if self.view is None:
            self.told.setText("Looking for what waits…")

    def accept(self) -> None:
        """The region is right."""
        self._give("decide", state=RegionState.ACCEPTED)

    def reject(self) -> None:
        """The region is wrong."""
        self._give("decide", state=RegionState.REJECTED)

    def relabel(self, category: str) -> None:
        """The region is right, and something else."""
        if category.strip():
            self._give("relabel", category=category)

    def close_down(self) -> None:
        """Look for nothing more; what was decided gets into the index."""
        if self._awaited and self._awaited.name == "queue":
            self._awaited.cancel()

    @property
    def awaits(self) -> bool:
        """Whether what is shown is about to change."""
        return self._awaited is not None

    def _give(self, name: str, **facts: str | int) -> None:
        """Give an order, though not before what it is about is shown: keys that are pressed meanwhile wait."""
        if self._awaited:
            self._pressed.append(partial(self._give, name, **facts))
        elif self.view and (self.view.region or name not in ABOUT_A_REGION):
            if name in ABOUT_A_REGION and self.view.region:
                facts["id"] = self.view.region.id
            self._awaited = self.orders.give(name, facts, self._answered, self._failed)

    def _answered(self, view: View) -> None:
        order, before, self._awaited = self._awaited, self._place, None
        self._show(view)
        if order and order.name == "queue" and self._place != before:
            self._pressed.clear()  # they were about what was shown before, if anything was
        while self._pressed and not self._awaited:
            self._pressed.popleft()()

    def _relabel_by(self, number: int) -> None:
        names = list(self.view.classes) if self.view else []
        if number < len(names):
            self.relabel(names[number])

    def _named(self) -> None:
        self.relabel(self.name.text())
        self.name.clear()
        self.canvas.setFocus()

    def _show(self, view: View) -> None:
        self.view = view
        self._place = view.region.id if view.region else ""
        where = f" in “{self._query}”" if self._query else ""
        self.told.setText(
            f"{view.at + 1:,} of {view.total:,}{where} · {view.waiting:,} waiting" if view.total else NOTHING
        )
        self._show_classes(view)
        if view.note:
            self.said.emit(view.note, "")
        for button in self._buttons[:2]:
            button.setEnabled(view.region is not None)
        if view.region is None or view.path is None:
            self.category.clear()
            self.facts.clear()
            self.canvas.hide()
            return
        self.canvas.show()
        region = view.region
        self.category.setText(region.category)
        lines = [f"{region.state}, from {region.source}"]
        lines += [f"score {region.score:.2f}"] if region.score is not None else []
        lines += ["sources disagree"] if view.disputed else []
        self.facts.setText("\n".join([*lines, view.path.name]))
        if self._photo != view.content_hash:
            self._photo = ""
            self._reading.run(partial(_whole, view.path), partial(self._came, view.content_hash), self._unreadable)
        else:
            self._draw()

    def _came(self, content_hash: str, picture: QImage) -> None:
        self._photo = content_hash
        self.canvas.show_picture(picture, picture.size())
        self._draw()

    def _unreadable(self, error: Exception) -> None:
        self.canvas.show_picture(QImage(), QSize())
        self.facts.setText(f"{self.facts.text()}\nCannot be read: {error}")

    def _draw(self) -> None:
        """The regions of the photo, all of it shaded but the one that is asked about."""
        if self.view is None or self.view.region is None:
            return
        region, size = self.view.region, self.canvas.size_shown
        self.canvas.overlay.show_regions(self.view.regions, size)
        across, down = size.width() / region.width, size.height() / region.height
        x0, y0, x1, y1 = region.box
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.OddEvenFill)
        path.addRect(QRectF(QPointF(0, 0), size))
        path.addRect(QRectF(QPointF(x0 * across, y0 * down), QPointF(x1 * across, y1 * down)))
        self._shade.setPath(path)

    def _show_classes(self, view: View) -> None:
        self.classes.clear()
        for number, (name, count) in enumerate(view.classes.items(), 1):
            keys = self._shortcuts.keys(f"class-{number}").toString() if number <= 9 else ""
            square = QPixmap(STEP + 4, STEP + 4)
            square.fill(QColor(*colour_of(name)))
            item = QListWidgetItem(QIcon(square), f"{keys}  {name}  {count:,}".strip())
            item.setData(Qt.ItemDataRole.UserRole, name)
            self.classes.addItem(item)

    def _failed(self, trouble: Trouble) -> None:
        """What was pressed after it may have been meant for another region."""
        self._awaited = None
        self._pressed.clear()
        self.said.emit(trouble.text, trouble.details)

    def _cannot_look(self, trouble: Trouble) -> None:
        self._show(View(0, 0, 0, {}))
        self._failed(trouble)
        self.told.setText(trouble.text)

    def _ended(self, trouble: Trouble) -> None:
        """The queue is gone; the next visit makes another."""
        self.view = None
        self.told.setText("Looking through has ended. Come back to this screen to go on.")
        if self.isVisible() and not self._awaited:
            self.said.emit(trouble.text, trouble.details)

    def _connect(self) -> None:
        self.orders.ended.connect(self._ended)
        self.name.returnPressed.connect(self._named)
        self.classes.itemActivated.connect(lambda item: self.relabel(item.data(Qt.ItemDataRole.UserRole)))
        keys: dict[str, Callable[[], object]] = {
            "next-label": partial(self._give, "step", by=1),
            "previous-label": partial(self._give, "step", by=-1),
            "undo-label": partial(self._give, "undo"),
            "redo-label": partial(self._give, "redo"),
            "name-label": self.name.setFocus,
            "reject": self.reject,
        }
        for number in range(1, 10):
            keys[f"class-{number}"] = partial(self._relabel_by, number - 1)
        for name, what in keys.items():
            self._shortcuts.bind(self, name, what)
        # Enter belongs to the list of classes and to a button while that has the focus.
        self._shortcuts.bind(self.canvas, "accept", self.accept, Qt.ShortcutContext.WidgetShortcut)

    def _button(self, key: str, what: Callable[[], object]) -> QPushButton:
        button = QPushButton(SAID[key])
        self._shortcuts.explain(button, key)
        button.clicked.connect(lambda: what())  # noqa: PLW0108 - as in `Shortcuts.bind`
        return button

    def _lay_out(self) -> None:
        side = QWidget()
        side.setFixedWidth(SIDE)
        right = QVBoxLayout(side)
        right.setContentsMargins(2 * STEP, 0, 0, 0)
        right.setSpacing(STEP)
        right.addWidget(self.category)
        right.addWidget(self.facts)
        for pair in (self._buttons[:2], self._buttons[2:]):
            row = QHBoxLayout()
            for button in pair:
                row.addWidget(button)
            right.addLayout(row)
        right.addWidget(self.classes, 1)
        right.addWidget(self.name)
        middle = QHBoxLayout()
        middle.addWidget(self.canvas, 1)
        middle.addStretch(0)
        middle.addWidget(side)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, 3 * STEP, 3 * STEP, 3 * STEP)
        column.setSpacing(STEP)
        column.addWidget(self.heading)
        column.addWidget(self.told)
        column.addLayout(middle, 1)


SAID = {"accept": "Accept", "reject": "Reject", "undo-label": "Undo", "redo-label": "Redo"}


def _whole(path: Path) -> QImage:
    return as_qimage(read_photo(path).image)

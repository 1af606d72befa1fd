"""Teaching a tag: yes and no on photos, what it is least sure of next, and how good it is beside them."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QItemSelectionModel, QStringListModel, Qt, Signal
from PySide6.QtWidgets import (
    QCompleter,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lens.tagging import Attempt, LearnedTag, Lesson
from lens_gui.blank import Blank
from lens_gui.orders import Order, Orders
from lens_gui.pictures import Pictures
from lens_gui.search.grid import Grid
from lens_gui.shortcuts import Shortcuts
from lens_gui.teach.lesson import LessonPanel
from lens_gui.teach.questions import Questions
from lens_gui.theme import STEP
from lens_gui.trouble import Trouble

__all__ = ["TeachScreen"]

SIDE = 280  # pixels
AT_ONCE = 24
"""Photos that are asked about before those that it is least sure of are sought again."""
NOTHING = ("No photo can be asked about", "Index a folder on the screen Library first.")


class TeachScreen(QWidget):
    """Photos that are asked about, and what is learned from the answers.

    An answer is marked, and written down in the index, at once; the tag is given to photos only when it is kept.
    """

    said = Signal(str, str)
    changed = Signal()
    """Photos have other tags."""

    def __init__(self, orders: Orders, pictures: Pictures, shortcuts: Shortcuts) -> None:
        super().__init__()
        self.setObjectName("screen")
        self.orders, self._shortcuts = orders, shortcuts
        self.tag = ""
        """What is taught; empty before anybody said."""
        self.answers: dict[str, bool] = {}
        """What was said of photos, by id, whether or not it is written down yet."""
        self._before: list[dict[str, bool | None]] = []  # what each answer has changed, the last one last
        self._attempt: Order | None = None
        self._wants_more = False
        self.heading, self.told = QLabel("Teach"), QLabel()
        self.heading.setObjectName("title")
        self.told.setObjectName("muted")
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.name = QLineEdit()
        self._known = QStringListModel(self)
        self.questions = Questions(pictures, self.answers.get, self)
        self.grid, self.lesson, self.blank = Grid(self.questions, self), LessonPanel(), Blank()
        self.grid.setAccessibleName("Photos to answer")
        self.buttons = {
            "yes": self._button("yes", "Yes", partial(self.answer, shows=True)),
            "no": self._button("no", "No", partial(self.answer, shows=False)),
            "undo-answer": self._button("undo-answer", "Undo", self.undo),
            "more-asked": self._button("more-asked", "More photos", self.more),
            "keep-tag": self._button("keep-tag", "Keep the tag", self.keep),
        }
        self.buttons["keep-tag"].setDefault(True)
        self._stack, self._side = QStackedWidget(), QWidget()
        self._lay_out()
        shortcuts.bind(self, "name-tag", self._to_name)
        self.name.returnPressed.connect(lambda: self.open(self.name.text()))
        pictures.ready.connect(lambda _: self.grid.viewport().update())
        self._begin()
        self._show_state()

    @property
    def first(self) -> QWidget:
        """What has the focus when the screen comes up."""
        return self.grid if self.questions.rowCount() else self.name

    @property
    def awaits(self) -> bool:
        """Whether what is learned from the answers is still to come."""
        return self._attempt is not None

    def refresh(self) -> None:
        """Look anew what was taught, and what it comes to."""
        self.orders.give("taught", {}, self._show_taught, lambda _: None)  # without an index there is nothing
        self._try()

    def open(self, name: str) -> None:
        """Teach a tag, a new one or one that has examples."""
        if not (name := name.strip()):
            return
        self.tag = name
        self.name.setText(name)
        self.answers.clear()
        self._before.clear()
        self.questions.ask(Attempt(None, (), (), ()))
        self.grid.setFocus()
        self.more()

    def answer(self, *, shows: bool) -> None:
        """Say of the chosen photos whether they show it."""
        rows = sorted({index.row() for index in self.grid.selectedIndexes()})
        ids = [self.questions.photo(row).id for row in rows]
        if ids:
            self._before.append({id_: self.answers.get(id_) for id_ in ids})
            self._note(dict.fromkeys(ids, shows))
            rest = list(self.questions.open_rows())
            if rest and rows[0] < self.questions.asked:
                self._choose(next((row for row in rest if row > rows[-1]), rest[0]))

    def undo(self) -> None:
        """Take the last answer back."""
        if self._before:
            before = self._before.pop()
            self._note(before)
            row = next((row for row in range(self.questions.rowCount()) if self.questions.photo(row).id in before), -1)
            if row >= 0:
                self._choose(row)

    def more(self) -> None:
        """Ask about those photos that it is least sure of now."""
        self._wants_more = True
        self._try()

    def keep(self) -> None:
        """Give the tag to the photos that show it."""
        if any(self.answers.values()):
            self.told.setText("Giving the tag to photos…")
            self.orders.give("teach", {"name": self.tag}, self._kept, self._failed)

    def close_down(self) -> None:
        """Learn nothing more; what was answered gets into the index."""
        if self._attempt:
            self._attempt.cancel()

    def _note(self, answers: dict[str, bool | None]) -> None:
        """Mark answers and have them written down; what they come to is found out after the last of them."""
        for id_, shows in answers.items():
            self.answers.pop(id_, None)
            if shows is not None:
                self.answers[id_] = shows
        self.grid.viewport().update()
        self.orders.give("note", {"name": self.tag, "shown": answers}, lambda _: None, self._failed)
        self._try()

    def _try(self) -> None:
        if self._attempt:
            self._attempt.cancel()
        if self.tag:
            facts = {"name": self.tag, "top": AT_ONCE}
            self.blank.say("", "")
            self._attempt = self.orders.give("attempt", facts, self._tried, self._cannot)
        self._show_state()

    def _tried(self, attempt: Attempt) -> None:
        self._attempt = None
        self.answers.clear()  # the index has them all: an answer that came later would have cancelled this
        self.answers |= dict.fromkeys((each.id for each in attempt.yes), True)
        self.answers |= dict.fromkeys((each.id for each in attempt.no), False)
        self.lesson.show_lesson(attempt.lesson)
        if self._wants_more or not any(self.questions.open_rows()):
            self._wants_more = False
            self.questions.ask(attempt)
            self.grid.verticalScrollBar().setValue(0)
            self.blank.say(*NOTHING)
            if self.questions.rowCount():
                self._choose(0)
        self.grid.viewport().update()
        self._show_state()

    def _choose(self, row: int) -> None:
        index = self.questions.index(row)
        self.grid.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.grid.scrollTo(index)

    def _kept(self, lesson: Lesson) -> None:
        photos = "1 photo has" if lesson.tagged == 1 else f"{lesson.tagged:,} photos have"
        self.said.emit(f'Kept: {photos} the tag now. tag:"{lesson.name}" finds them.', "")
        self.refresh()
        self.changed.emit()

    def _failed(self, trouble: Trouble) -> None:
        """The index knows what is so."""
        self.said.emit(trouble.text, trouble.details)
        self._try()

    def _cannot(self, trouble: Trouble) -> None:
        self._attempt = None
        self._show_state()
        if self.questions.rowCount():
            self.said.emit(trouble.text, trouble.details)
        else:
            self.blank.say("This cannot be taught", trouble.text)

    def _show_taught(self, taught: list[LearnedTag]) -> None:
        self._known.setStringList([each.name for each in taught])
        if not self.tag:
            self._begin(taught)

    def _begin(self, taught: Sequence[LearnedTag] = ()) -> None:
        yes, no = (self._shortcuts.keys(name).toString() for name in ("yes", "no"))
        lines = [
            "Write above what it is, and press Enter.",
            f"Then say yes ({yes}) or no ({no}) to photos: about ten of each make a beginning.",
        ]
        if taught:
            lines += ["", "Taught so far:", *(f"{each.name}: {each.yes:,} yes, {each.no:,} no" for each in taught)]
        self.blank.say("Teach Lens something of your own", "\n".join(lines))

    def _show_state(self) -> None:
        """What follows from the answers at once."""
        yes = sum(self.answers.values())
        there = bool(self.questions.rowCount())
        self.lesson.count(yes, len(self.answers) - yes)
        self._side.setVisible(there)
        for name, on in {"yes": there, "no": there, "undo-answer": bool(self._before), "keep-tag": yes > 0}.items():
            self.buttons[name].setEnabled(on)
        self.buttons["more-asked"].setEnabled(bool(self.tag))
        self._stack.setCurrentWidget(self.grid if there else self.blank)
        left = sum(1 for _ in self.questions.open_rows())
        if not self.tag:
            self.told.setText("A tag of your own, learned from photos that you say yes and no to.")
        elif self.awaits:
            self.told.setText("Learning…" if there else "Looking for photos to ask about…")
        elif left:
            self.told.setText(f"Does it show “{self.tag}”? {left:,} to answer.")
        else:
            self.told.setText("Every photo has an answer." if there else "")

    def _to_name(self) -> None:
        self.name.setFocus()
        self.name.selectAll()

    def _button(self, key: str, text: str, what: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        self._shortcuts.explain(button, key)
        button.clicked.connect(lambda: what())  # noqa: PLW0108 - as in `Shortcuts.bind`
        self._shortcuts.bind(self, key, what)
        return button

    def _lay_out(self) -> None:
        self.name.setPlaceholderText("What to teach, such as our dog")
        self.name.setAccessibleName("What to teach")
        completer, offers = QCompleter(self._known, self), QListView()
        offers.setObjectName("offers")
        completer.setPopup(offers)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.name.setCompleter(completer)
        self._stack.addWidget(self.blank)
        self._stack.addWidget(self.grid)
        self._side.setFixedWidth(SIDE)
        right = QVBoxLayout(self._side)
        right.setContentsMargins(2 * STEP, 0, 0, 0)
        right.setSpacing(STEP)
        for pair in (("yes", "no"), ("undo-answer", "more-asked")):
            row = QHBoxLayout()
            for key in pair:
                row.addWidget(self.buttons[key])
            right.addLayout(row)
        right.addSpacing(STEP)
        right.addWidget(self.lesson)
        right.addStretch(1)
        right.addWidget(self.buttons["keep-tag"])
        middle = QHBoxLayout()
        middle.addWidget(self._stack, 1)
        middle.addWidget(self._side)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, 3 * STEP, 3 * STEP, 3 * STEP)
        column.setSpacing(STEP)
        for widget in (self.heading, self.name, self.told):
            column.addWidget(widget)
        column.addLayout(middle, 1)

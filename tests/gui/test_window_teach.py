"""Teaching a tag by the keys: answers are in the index at once, and photos have the tag once it is kept."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lens import Library
from lens.tagging import Lesson
from lens_gui.search.results import Role
from lens_gui.teach.lesson import meaning
from lens_gui.teach.screen import TeachScreen
from lens_gui.window import Window
from lens_indexes import Index

WAIT = 120_000  # milliseconds: a process starts, on a machine that may be busy
CONTROL = Qt.KeyboardModifier.ControlModifier

Open = Callable[[Library], Window]


@pytest.fixture
def animals(library: Library, samples: Path) -> Library:
    """An index of the sample photos."""
    library.index([samples])
    return library


def settled(teach: TeachScreen, qtbot: QtBot) -> None:
    def there() -> None:
        assert teach.questions.rowCount() and not teach.awaits, teach.told.text()

    qtbot.waitUntil(there, timeout=WAIT)


def begin(window: Window, name: str, qtbot: QtBot) -> TeachScreen:
    """Go to the screen by its key, and write what to teach."""
    qtbot.keyClick(window, Qt.Key.Key_5, CONTROL)
    teach = window.teach
    assert teach.name.hasFocus() and "press Enter" in teach.blank.text
    qtbot.keyClicks(teach.name, name)
    qtbot.keyClick(teach.name, Qt.Key.Key_Return)
    settled(teach, qtbot)
    return teach


def chosen(teach: TeachScreen) -> str:
    return teach.questions.photo(teach.grid.currentIndex().row()).id


def held(library: Library, name: str) -> dict[str, bool]:
    return Index.open(library.uri).taught.of(name)


def test_answers_by_key_are_in_the_index_undone_measured_and_kept(
    open_window: Open, animals: Library, qtbot: QtBot
) -> None:
    window = open_window(animals)
    teach = begin(window, "any dog", qtbot)  # with letters that are keys: the field has them while one writes
    assert teach.tag == "any dog"
    assert "poodle" in teach.questions.photo(0).path.name  # nearest to the words
    answered = {}
    for key in "yynn":  # faster than any answer
        answered[chosen(teach)] = key == "y"
        qtbot.keyClick(teach.grid, key)
    assert len(answered) == 4 and teach.lesson.counts.text() == "2 yes · 2 no"
    assert [teach.questions.index(row).data(Role.SAID) for row in range(5)] == [True, True, False, False, None]
    assert teach.questions.index(0).data(Qt.ItemDataRole.AccessibleTextRole).endswith("yes")
    settled(teach, qtbot)
    assert held(animals, "any dog") == answered
    assert teach.lesson.accuracy.text().endswith("% right")
    assert "chance is 50%" in teach.lesson.meaning.text()
    assert animals.tags.all() == []  # no photo has it yet

    last = list(answered)[-1]
    qtbot.keyClick(teach.grid, "u")
    assert chosen(teach) == last and teach.lesson.counts.text() == "2 yes · 1 no"
    settled(teach, qtbot)
    del answered[last]
    assert held(animals, "any dog") == answered

    qtbot.keyClick(teach.grid, "m")
    settled(teach, qtbot)
    asked = [teach.questions.photo(row) for row in range(teach.questions.asked)]
    doubt = [abs(each.probability - 0.5) for each in asked]  # type: ignore[operator]
    assert doubt == sorted(doubt) and not answered.keys() & {each.id for each in asked}
    assert [section.count for section in teach.questions.sections] == [len(asked), 2, 1]

    with qtbot.waitSignal(teach.changed, timeout=WAIT):
        qtbot.keyClick(teach.grid, "k")
    found = {match.id for match in animals.search('tag:"any dog"', top=99)}
    assert {id_ for id_, shows in answered.items() if shows} <= found
    assert 'tag:"any dog"' in window.toast.text


def test_several_photos_are_answered_at_once_and_a_tag_is_taken_up_again(
    open_window: Open, builtin: Library, qtbot: QtBot
) -> None:
    window = open_window(builtin)
    teach = begin(window, "mine", qtbot)
    every = {teach.questions.photo(row).id for row in range(4)}
    reached = set()
    for _ in range(8):  # all of it without a mouse
        reached.add(QApplication.focusWidget())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    wanted = (teach.name, teach.grid, teach.buttons["yes"], teach.buttons["no"], teach.buttons["more-asked"])
    assert set(wanted) <= reached
    teach.grid.setFocus()
    qtbot.keyClick(teach.grid, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(teach.grid, "y")
    qtbot.keyClick(teach.grid, "n")
    qtbot.keyClick(teach.grid, "n")  # the last of all: what is asked next comes by itself
    qtbot.waitUntil(lambda: not teach.awaits and teach.questions.asked == 0, timeout=WAIT)
    assert teach.told.text() == "Every photo has an answer."
    said = held(builtin, "mine")
    assert said.keys() == every and sorted(said.values()) == [False, False, True, True]
    os.kill(window.orders.process, signal.SIGKILL)
    qtbot.waitUntil(lambda: not window.orders.runs, timeout=WAIT)
    qtbot.keyClick(teach.grid, "n")  # an example may be corrected
    settled(teach, qtbot)
    assert sum(held(builtin, "mine").values()) == 1
    window.close()

    again = open_window(builtin)
    again.show_teach()
    teach = again.teach
    qtbot.waitUntil(lambda: "mine: 1 yes, 3 no" in teach.blank.text, timeout=WAIT)
    teach.open("mine")
    settled(teach, qtbot)
    assert teach.lesson.counts.text() == "1 yes · 3 no"


def test_what_cannot_be_taught_is_said(open_window: Open, builtin: Library, library: Library, qtbot: QtBot) -> None:
    window = open_window(builtin)
    window.show_teach()
    teach = window.teach
    for key in ("y", "u", "m", "k"):  # there is nothing to answer yet
        qtbot.keyClick(teach, key)
    assert not teach.awaits
    teach.open("a/b")
    qtbot.waitUntil(lambda: "may have no /" in teach.blank.text, timeout=WAIT)
    assert not teach.buttons["keep-tag"].isEnabled()


def test_without_an_index_it_is_said_what_to_do(open_window: Open, library: Library, qtbot: QtBot) -> None:
    window = open_window(library)
    window.show_teach()
    window.teach.open("mine")
    qtbot.waitUntil(lambda: "lens index" in window.teach.blank.text, timeout=WAIT)


def test_an_answer_is_seen_on_its_tile(open_window: Open, builtin: Library, qtbot: QtBot) -> None:
    window = open_window(builtin)
    teach = begin(window, "mine", qtbot)

    def corner() -> tuple[int, int, int]:
        rect = teach.grid.visualRect(teach.questions.index(0))
        picture: QImage = teach.grid.viewport().grab(rect).toImage()
        colour = picture.pixelColor(9 * picture.width() // rect.width(), 18 * picture.height() // rect.height())
        return colour.red(), colour.green(), colour.blue()

    plain = corner()
    qtbot.keyClick(teach.grid, "y")
    red, green, _ = yes = corner()
    assert yes != plain and green > red
    qtbot.keyClick(teach.grid, "u")
    assert corner() == plain
    qtbot.keyClick(teach.grid, "n")
    red, green, _ = corner()
    assert red > green


@pytest.mark.parametrize(
    ("accuracy", "no", "words", "said"),
    [
        (None, 0, None, "Say yes to two photos"),
        (0.6, 5, None, "little better than chance"),
        (0.8, 0, 0.7, "stand in for no"),
        (0.8, 5, 0.9, "90%, which is still better"),
        (0.95, 30, 0.9, "This is good"),
    ],
)
def test_an_accuracy_is_said_in_words(accuracy: float | None, no: int, words: float | None, said: str) -> None:
    assert said in meaning(Lesson("mine", 12, no, 50, accuracy, words, 3))

"""Orders to the process at the desk: their turns, and its death."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from lens import Library
from lens_gui import orders as orders_module
from lens_gui.orders import Order, Orders
from lens_gui.tasks import Tasks
from lens_gui.trouble import Trouble
from lens_gui.window import Window

WAIT = 120_000  # milliseconds: a process starts, on a machine that may be busy


class Heard:
    """Gives orders, and keeps what is answered, in its order."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.answers: list[Any] = []

    def give(self, name: str, /, **facts: object) -> Order:
        return self.orders.give(name, facts, self.answers.append, self.answers.append)


@pytest.fixture
def heard(indexed: Library, qtbot: QtBot) -> Iterator[Heard]:
    orders = Orders(indexed.uri)
    yield Heard(orders)
    orders.close()
    assert not orders.runs


def test_orders_have_their_turns_and_one_that_fails_is_told(heard: Heard, indexed: Library, qtbot: QtBot) -> None:
    photos = [match.id for match in indexed.browse("", 4)]
    heard.give("put", name="best", ids=photos[:2])
    heard.give("put", name="best", ids=photos[1:3])
    heard.give("about", id_="nobody")
    heard.give("take", name="best", ids=photos)
    heard.give("about", id_=photos[0])
    qtbot.waitUntil(lambda: len(heard.answers) == 5, timeout=WAIT)
    first, second, trouble, third, about = heard.answers
    assert (first, second, sorted(third)) == (photos[:2], photos[2:3], sorted(photos[:3]))
    assert isinstance(trouble, Trouble) and "nobody" in trouble.text and "Traceback" in trouble.details
    assert about == indexed.about(photos[0])
    assert not heard.orders.busy


@pytest.fixture
def threaded(indexed: Library, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Heard, Tasks]]:
    """Every answer counts as a long one, which a thread reads."""
    monkeypatch.setattr(orders_module, "LONG", 0)
    tasks = Tasks(1)
    orders = Orders(indexed.uri, tasks=tasks)
    yield Heard(orders), tasks
    orders.close()
    tasks.close()


def test_long_answers_are_read_by_a_thread_in_their_turn(
    threaded: tuple[Heard, Tasks], indexed: Library, qtbot: QtBot
) -> None:
    heard, _ = threaded
    photos = [match.id for match in indexed.browse("", 4)]
    heard.give("put", name="best", ids=photos[:2])
    heard.give("about", id_=photos[0])
    heard.give("about", id_="nobody")
    heard.give("take", name="best", ids=photos)
    qtbot.waitUntil(lambda: len(heard.answers) == 4, timeout=WAIT)
    first, about, trouble, taken = heard.answers
    assert (first, about, sorted(taken)) == (photos[:2], indexed.about(photos[0]), sorted(photos[:2]))
    assert isinstance(trouble, Trouble) and not heard.orders.busy


def test_what_was_ordered_is_done_though_a_long_answer_is_being_read_when_the_window_closes(
    threaded: tuple[Heard, Tasks], indexed: Library, qtbot: QtBot
) -> None:
    heard, tasks = threaded
    photos = [match.id for match in indexed.browse("", 4)]
    may_read = threading.Event()
    tasks.run(lambda: may_read.wait(60), lambda _: None, lambda _: None)  # its one thread is busy
    heard.give("put", name="best", ids=photos[:1])
    heard.give("put", name="best", ids=photos[1:2])
    qtbot.waitUntil(lambda: heard.orders._reading is not None, timeout=WAIT)
    heard.orders.close()
    may_read.set()
    assert indexed.albums.ids("best") == photos[:2]
    assert heard.answers == [photos[:1], photos[1:2]], "what somebody would have done next is lost"


def test_once_it_is_closed_no_other_process_is_started(heard: Heard) -> None:
    heard.orders.close()
    heard.give("about", id_="one")
    heard.orders.start()
    assert not heard.orders.runs


def test_what_nobody_waits_for_is_not_done(heard: Heard, indexed: Library, qtbot: QtBot) -> None:
    photos = [match.id for match in indexed.browse("", 4)]
    begun = heard.give("about", id_=photos[0])
    heard.give("put", name="best", ids=photos[:1]).cancel()
    heard.give("put", name="others", ids=photos[:1])
    begun.cancel()
    qtbot.waitUntil(lambda: not heard.orders.busy, timeout=WAIT)
    assert heard.answers == [photos[:1]]
    assert set(indexed.albums.all()) == {"others"}


def test_closing_finishes_what_was_ordered(heard: Heard, indexed: Library) -> None:
    photos = [match.id for match in indexed.browse("", 4)]
    for album in ("a", "b", "c"):
        heard.give("put", name=album, ids=photos)
    heard.orders.close()
    assert heard.answers == [photos] * 3
    assert indexed.albums.all() == dict.fromkeys("abc", 4)


def test_of_a_process_that_dies_only_the_order_under_way_is_lost(heard: Heard, indexed: Library, qtbot: QtBot) -> None:
    photos = [match.id for match in indexed.browse("", 4)]
    heard.give("about", id_=photos[0])
    heard.give("put", name="best", ids=photos[:1])
    with qtbot.waitSignal(heard.orders.ended, timeout=WAIT):
        os.kill(heard.orders.process, signal.SIGKILL)  # while it starts
    qtbot.waitUntil(lambda: len(heard.answers) == 2, timeout=WAIT)
    lost, done = heard.answers
    assert isinstance(lost, Trouble) and "ended unexpectedly" in lost.text
    assert done == photos[:1]
    with qtbot.waitSignal(heard.orders.ended, timeout=WAIT):
        os.kill(heard.orders.process, signal.SIGKILL)  # while it has nothing to do
    heard.give("about", id_=photos[0])
    qtbot.waitUntil(lambda: len(heard.answers) == 3, timeout=WAIT)
    assert heard.answers[-1] == indexed.about(photos[0])


def test_a_process_that_cannot_be_started_is_said(heard: Heard, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    heard.give("about", id_="one")
    heard.give("about", id_="other")
    qtbot.waitUntil(lambda: len(heard.answers) == 2, timeout=WAIT)
    assert all("could not be started" in trouble.text for trouble in heard.answers)


def test_a_window_whose_process_dies_says_so_and_lives(window: Window, indexed: Library, qtbot: QtBot) -> None:
    photo = window.search.results.photo(0).id

    def facts() -> str:
        return "\n".join(label.text() for label in window.photo.facts.widget().findChildren(QLabel))

    qtbot.waitUntil(lambda: window.orders.runs, timeout=WAIT)
    window.open_photo(0)
    os.kill(window.orders.process, signal.SIGKILL)
    qtbot.waitUntil(lambda: "ended unexpectedly" in facts(), timeout=WAIT)
    qtbot.keyClick(window.photo.canvas, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not window.orders.busy, timeout=WAIT)
    assert indexed.albums.ids("flagged") == [photo]
    window.photo.step(1)
    qtbot.waitUntil(lambda: "32 × 24" in facts(), timeout=WAIT)


def test_a_flag_taken_back_before_it_is_kept_takes_nothing_else_back(
    open_window: Callable[[Library], Window], indexed: Library, qtbot: QtBot, tmp_path: Path
) -> None:
    photos = [match.id for match in indexed.browse("", 4)]
    indexed.albums.put("best", photos[:1])
    window = open_window(indexed)
    window.search.keeping.add("best", photos[:2])
    window.search.keeping.undo()  # while the first is on its way
    qtbot.waitUntil(lambda: not window.orders.busy, timeout=WAIT)
    assert indexed.albums.ids("best") == photos[:1]

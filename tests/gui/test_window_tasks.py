"""Threads whose results come back."""

import threading

from pytestqt.qtbot import QtBot

from lens_gui.tasks import Latest, Tasks


def test_results_and_errors_come_back_in_the_thread_of_the_window(qtbot: QtBot) -> None:
    tasks, here = Tasks(2), threading.get_ident()
    got: list[object] = []

    def take(result: object) -> None:
        assert threading.get_ident() == here
        got.append(result)

    def fail() -> None:
        raise ValueError("no")

    tasks.run(threading.get_ident, take, take)
    tasks.run(fail, take, take)
    qtbot.waitUntil(lambda: len(got) == 2)
    tasks.close()
    numbers = [each for each in got if isinstance(each, int)]
    assert numbers and numbers[0] != here
    assert [str(each) for each in got if isinstance(each, ValueError)] == ["no"]


def test_only_the_last_answer_counts(qtbot: QtBot) -> None:
    tasks = Tasks(1)
    latest = Latest(tasks)
    got: list[int] = []
    begun: list[int] = []
    go_on = threading.Event()

    def work(number: int) -> int:
        begun.append(number)
        go_on.wait(10)
        return number

    for number in range(5):
        latest.run(lambda number=number: work(number), got.append, got.append)
        if number == 0:
            qtbot.waitUntil(lambda: begun == [0])
    go_on.set()
    qtbot.waitUntil(lambda: bool(got))
    tasks.close()
    assert got == [4]
    assert begun == [0, 4]  # those between were never begun


def test_nothing_is_delivered_after_the_end(qtbot: QtBot) -> None:
    tasks = Tasks(1)
    got: list[int] = []
    begun = threading.Event()

    def work() -> int:
        begun.set()
        return 1

    tasks.run(work, got.append, got.append)
    begun.wait(10)
    tasks.close()
    qtbot.wait(50)
    assert not got

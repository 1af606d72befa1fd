"""Who goes first where several want the processors."""

import os
import subprocess
import sys
import threading

import pytest
from pytestqt.qtbot import QtBot

from lens_gui import priority
from lens_gui.tasks import Tasks

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="niceness is the system's")


def stepped_back(steps: int) -> int:
    """The niceness of what has stepped back from that of the tests."""
    return min(19, os.nice(0) + steps)


def niceness(code: str) -> int:
    """What a process that runs this prints of its own."""
    reading, writing = os.pipe()  # a standard input that does not end: with it a worker would
    try:
        found = subprocess.run([sys.executable, "-c", code], stdin=reading, capture_output=True, text=True, check=True)
    finally:
        os.close(reading)
        os.close(writing)
    return int("".join(filter(str.isdigit, found.stdout)))


def test_what_the_window_waits_for_steps_back_a_little() -> None:
    assert niceness("import os; from lens_gui.asking import tell; tell(lambda: os.nice(0))") == stepped_back(
        priority.SOON
    )


def test_long_work_steps_back_more() -> None:
    code = """
import os
from lens_gui import worker
worker.TASKS = {name: lambda say: str(os.nice(0)) for name in worker.TASKS}
worker.main(["WHICH"])
"""
    assert niceness(code.replace("WHICH", "index")) == stepped_back(priority.LONG)
    assert niceness(code.replace("WHICH", "forget")) == stepped_back(priority.SOON)


def test_threads_of_the_window_step_back_and_the_window_does_not(qtbot: QtBot) -> None:
    found: list[int] = []
    tasks = Tasks(1)
    tasks.run(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()), found.append, found.append)
    qtbot.waitUntil(lambda: bool(found), timeout=60_000)
    tasks.close()
    assert found == [stepped_back(priority.SOON)]

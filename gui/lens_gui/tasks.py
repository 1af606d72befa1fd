"""Work in threads, whose results come back in the thread of the window."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from lens_gui import priority

__all__ = ["Latest", "Task", "Tasks"]

T = TypeVar("T")


@dataclass(eq=False)
class Task:
    """Something asked for."""

    work: Callable[[], Any]
    then: Callable[[Any], object]
    failed: Callable[[Exception], object]
    cancelled: bool = False
    """Nobody waits for it any more: it is not begun, and if it was, its result is dropped."""

    def cancel(self) -> None:
        """Want no answer."""
        self.cancelled = True


class Tasks(QObject):
    """A pool of threads that belongs to a window.

    Results wait in a queue of Python's, and a signal without arguments says that there are some. Were they arguments,
    Qt would copy Python's objects under locks of its own; and Qt's pool, when it is destroyed, waits for its threads
    without letting them run Python. Both end in a window that answers no more.
    """

    _some = Signal()

    def __init__(self, threads: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(threads, "lens-window", priority.step_back_thread)
        self._over: SimpleQueue[tuple[Task, Any, Exception | None]] = SimpleQueue()
        self._kept: set[Task] = set()
        self._closed = False
        self._some.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(self, work: Callable[[], T], then: Callable[[T], object], failed: Callable[[Exception], object]) -> Task:
        """Do `work` in a thread; then call one of the others, in the window's thread, unless the task was cancelled."""
        task = Task(work, then, failed, cancelled=self._closed)
        if not self._closed:
            self._kept.add(task)
            self._pool.submit(self._carry_out, task)
        return task

    def close(self) -> None:
        """Begin nothing more, wait for what has begun, and deliver nothing."""
        self._closed = True
        for task in self._kept:
            task.cancel()
        self._pool.shutdown(cancel_futures=True)
        self._kept.clear()

    def _carry_out(self, task: Task) -> None:
        result, error = None, None
        try:
            result = None if task.cancelled else task.work()
        except Exception as caught:  # noqa: BLE001 - whatever it is, `failed` is told
            error = caught
        self._over.put((task, result, error))
        self._some.emit()

    def _deliver(self) -> None:
        while True:
            try:
                task, result, error = self._over.get_nowait()
            except Empty:
                return
            self._kept.discard(task)
            if task.cancelled:
                continue
            if error is not None:
                task.failed(error)
            else:
                task.then(result)


class Latest:
    """Tasks of which only the last one counts, such as searches while somebody types."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._task: Task | None = None

    def run(self, work: Callable[[], T], then: Callable[[T], object], failed: Callable[[Exception], object]) -> None:
        """As `Tasks.run`; the answers of all earlier ones are dropped."""
        self.drop()
        self._task = self._tasks.run(work, then, failed)

    def drop(self) -> None:
        """Drop the answer that is still to come."""
        if self._task:
            self._task.cancel()
            self._task = None

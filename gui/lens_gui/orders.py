"""Orders to a process that stays, by default the one at the desk, and its answers."""

import base64
import io
import json
import pickle
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QProcess, Qt, Signal

from lens_gui.tasks import Task, Tasks
from lens_gui.trouble import Trouble, trouble_of
from lens_gui.work import kill, let_end

__all__ = ["Order", "Orders"]

PATIENCE = 60  # seconds that what was ordered may take when the window closes
LONG = 100_000  # bytes of an answer, from which on a thread reads it


@dataclass(eq=False)
class Order:
    """Something asked for."""

    name: str
    """One of `orders_of` of the module that the process runs."""
    facts: Mapping[str, Any]
    """What it is about, as JSON can have it."""
    then: Callable[[Any], object]
    failed: Callable[[Trouble], object]
    cancelled: bool = False
    """Nobody waits for it any more: it is not begun, and if it was, its answer is dropped."""

    def cancel(self) -> None:
        """Want no answer."""
        self.cancelled = True


class Orders(QObject):
    """Has orders carried out one after another, by one process that stays until the window closes.

    Facts are sent when an order's turn has come, so that they may be what an earlier answer has made of them.

    Args:
        about: what the process is told when it starts, such as the URI of an index.
        parent: of this.
        module: what it runs.
        tasks: read long answers; without them, those too are read at once.
    """

    ended = Signal(Trouble)
    """The process ended by itself. The next order starts another, which knows nothing of what the first one held."""

    def __init__(
        self, about: str, parent: QObject | None = None, *, module: str = "lens_gui.desk", tasks: Tasks | None = None
    ) -> None:
        super().__init__(parent)
        self._about, self._module, self._tasks = about, module, tasks
        self._reading: Task | None = None  # a long answer to the order that is under way
        self._line: bytes | bytearray | memoryview = b""  # that answer, as it came
        self._closed = False
        self._waiting: deque[Order] = deque()
        self._under_way: Order | None = None
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(self._over)
        self._process.errorOccurred.connect(self._not_started, Qt.ConnectionType.QueuedConnection)  # may start again

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._under_way or self._waiting)

    @property
    def runs(self) -> bool:
        """Whether there is a process."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    @property
    def process(self) -> int:
        """Its number; 0 if there is none."""
        return self._process.processId()

    def start(self) -> None:
        """Have the process there before anything is ordered, unless it is; once this is closed, no more."""
        if not (self.runs or self._closed):
            self._process.start(sys.executable, ["-m", self._module, self._about])

    def give(
        self,
        name: str,
        facts: Mapping[str, Any],
        then: Callable[[Any], object],
        failed: Callable[[Trouble], object],
    ) -> Order:
        """Have an order carried out after all that were given before; `then` is given its answer."""
        order = Order(name, facts, then, failed)
        self._waiting.append(order)
        if not self._under_way:
            self._send()
        return order

    def stop(self) -> None:
        """Want nothing any more: the process ends at once, and nobody is told."""
        self._waiting.clear()
        self._drop_reading()
        self._under_way = None
        if self.runs:
            self._process.blockSignals(True)
            kill(self._process)
            self._process.blockSignals(False)

    def close(self) -> None:
        """Have everything carried out that somebody still waits for, and let the process end."""
        self._tasks = None
        if self._reading:  # what it was about is done, and other orders may come of it
            self._drop_reading()
            self._settle(_answer_in(self._line))
        ends = time.monotonic() + PATIENCE
        while self._awaited() and (left := ends - time.monotonic()) > 0:
            if not self._process.waitForReadyRead(int(1000 * left)) and not self.runs:
                break
        self._closed = True
        if self.runs:
            let_end(self._process)

    def _awaited(self) -> bool:
        return any(order and not order.cancelled for order in (self._under_way, *self._waiting))

    def _send(self) -> None:
        while self._waiting and self._waiting[0].cancelled:
            self._waiting.popleft()
        if self._waiting and not self._closed:
            self._under_way = order = self._waiting.popleft()
            self.start()
            self._process.write(json.dumps([order.name, order.facts]).encode() + b"\n")

    def _read(self) -> None:
        while self._process.canReadLine():
            line = self._process.readLine().data()
            if self._tasks is None or len(line) < LONG:
                self._settle(_answer_in(line))
            else:
                self._line = line
                self._reading = self._tasks.run(partial(_answer_in, line), self._read_through, self._unreadable)

    def _read_through(self, answer: object) -> None:
        self._reading, self._line = None, b""
        self._settle(answer)

    def _unreadable(self, error: Exception) -> None:
        self._read_through(trouble_of(error))

    def _drop_reading(self) -> None:
        if self._reading:
            self._reading.cancel()
            self._reading = None

    def _settle(self, answer: Any) -> None:
        """Hand on the answer to the order that is under way, and send the next one."""
        order, self._under_way = self._under_way, None
        if order and not order.cancelled:
            if isinstance(answer, Trouble):
                order.failed(answer)
            else:
                order.then(answer)
        if not self._under_way:  # else somebody has given an order just now, and the next one is sent already
            self._send()

    def _over(self) -> None:
        heard = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip()
        trouble = Trouble("It ended unexpectedly. What was done before is kept.", heard)
        self.ended.emit(trouble)
        if not self._reading:
            self._settle(trouble)

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._settle(Trouble("It could not be started.", self._process.errorString()))


class _InPieces:
    """Bytes that are read some at a time, by Python: in between, other threads can go on."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        return self._data.read(size)

    def readline(self) -> bytes:
        return self._data.readline()


def _answer_in(line: bytes | bytearray | memoryview) -> object:
    return pickle.Unpickler(_InPieces(base64.b64decode(line))).load()

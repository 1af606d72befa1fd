"""Orders to the process that looks through regions, and its answers."""

import json
import sys

from PySide6.QtCore import QObject, QProcess, Signal

from lens_gui.label.view import View, view_of
from lens_gui.trouble import Trouble
from lens_gui.work import let_end

__all__ = ["Orders"]


class Orders(QObject):
    """One order at a time; what has not been seen is not decided, so those in between are not taken."""

    answered = Signal(View)
    failed = Signal(Trouble)

    def __init__(self, uri: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._uri = uri
        self.busy = False
        """Whether an answer is still to come."""
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(self._ended)
        self._process.errorOccurred.connect(self._not_started)

    @property
    def runs(self) -> bool:
        """Whether there is a process that has a queue."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    @property
    def process(self) -> int:
        """Its number; 0 if there is none."""
        return self._process.processId()

    def begin(self, query: str) -> bool:
        """Look through what waits in the photos that answer a query; whether it was taken."""
        if not self.runs:
            self.busy = False
            self._process.start(sys.executable, ["-m", "lens_gui.label.desk", self._uri])
        return self.give("queue", query=query)

    def give(self, order: str, **facts: str | int) -> bool:
        """Give an order, unless one is under way; whether it was taken."""
        if self.busy or not self.runs:
            return False
        self.busy = True
        self._process.write(json.dumps({"order": order} | facts).encode() + b"\n")
        return True

    def close(self) -> None:
        """Let it finish what it does."""
        if self.runs:
            let_end(self._process)

    def _read(self) -> None:
        while self._process.canReadLine():
            line = json.loads(bytes(self._process.readLine().data()))
            self.busy = False
            if "trouble" in line:
                self.failed.emit(Trouble(**line["trouble"]))
            else:
                self.answered.emit(view_of(line["view"]))

    def _ended(self) -> None:
        self.busy = False
        heard = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip()
        self.failed.emit(Trouble("It ended unexpectedly. What was decided before is kept.", heard))

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.busy = False
            self.failed.emit(Trouble("It could not be started.", self._process.errorString()))

"""Long work, in a process of its own, so that it never holds up the window."""

import json
import sys
from dataclasses import dataclass

from PySide6.QtCore import QObject, QProcess, Signal

from lens.indexing.report import Progress

__all__ = ["Outcome", "Work", "kill", "let_end"]

PATIENCE = 5000  # milliseconds that a process may take to stop


@dataclass(frozen=True)
class Outcome:
    """How work ended, or what it has to say meanwhile."""

    text: str
    """One line."""
    details: str = ""
    failed: bool = False
    stopped: bool = False
    """Somebody stopped it."""
    changed: bool = True
    """Whether the index may hold something else than before."""


def let_end(process: QProcess) -> None:
    """Have a process that ends with its standard input end, by force if it takes long; nobody hears of it."""
    process.blockSignals(True)
    process.closeWriteChannel()
    if not process.waitForFinished(PATIENCE):
        kill(process)


def kill(process: QProcess) -> None:
    """End a process by force, and wait until it has, however long that takes a system with much else to do."""
    process.kill()
    process.waitForFinished(-1)


class Work(QObject):
    """One task of `lens_gui.worker` at a time; it may be stopped at any moment, and ends with the window."""

    moved = Signal(Progress)
    told = Signal(Outcome)
    """Something happened, and the work goes on."""
    ended = Signal(Outcome)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._not_started)
        self._outcome: Outcome | None = None
        self._stopped = False
        self.task = ""
        """The name of the task that runs, or ran last."""

    @property
    def runs(self) -> bool:
        """Whether a task is under way."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    def start(self, task: str, *arguments: str) -> bool:
        """Begin a task, unless one is under way; whether it began."""
        if self.runs:
            return False
        self.task, self._outcome, self._stopped = task, None, False
        self._process.start(sys.executable, ["-m", "lens_gui.worker", task, *arguments])
        return True

    def stop(self) -> None:
        """Stop; what has been done is kept."""
        if self.runs:
            self._stopped = True
            self._process.closeWriteChannel()

    def close(self) -> None:
        """Stop, and wait until it has."""
        if self.runs:
            let_end(self._process)

    def _read(self) -> None:
        while self._process.canReadLine():
            line = json.loads(bytes(self._process.readLine().data()))
            if "step" in line:
                self.moved.emit(Progress(**line["step"]))
            elif "note" in line:
                self.told.emit(Outcome(line["note"], changed=line.get("changed", False)))
            elif "failed" in line:
                self._outcome = Outcome(line["failed"], line["details"], failed=True)
            else:
                self._outcome = Outcome(line["done"], line["details"])

    def _finished(self) -> None:
        self._read()
        heard = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip()
        if self._outcome:
            self.ended.emit(self._outcome)
        elif self._stopped:
            self.ended.emit(Outcome("Stopped. What has been done is kept.", stopped=True))
        else:
            self.ended.emit(Outcome("It ended before it was done, and can be started again.", heard, failed=True))

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.ended.emit(Outcome("It could not be started.", self._process.errorString(), failed=True))

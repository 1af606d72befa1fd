"""Reading in a process of its own, whose answer comes back as JSON.

Importing LanceDB, or the libraries that know of models, keeps Python to itself for a tenth of a second at a time, in
whatever thread; the window would stand.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from typing import Any

from PySide6.QtCore import QObject, QProcess, Signal

from lens_gui import priority
from lens_gui.trouble import Trouble, trouble_of
from lens_gui.work import kill

__all__ = ["Asking", "tell"]


class Asking(QObject):
    """Runs a module that ends in `tell`, again whenever it is asked to.

    Args:
        module: its name.
        arguments: of its command line.
        make: makes the answer of what was told.
    """

    answered = Signal(object)
    failed = Signal(Trouble)

    def __init__(
        self, module: str, *arguments: str, make: Callable[[Any], object], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._command, self._make, self._again = ["-m", module, *arguments], make, False
        self._closed = False
        self.asked = False
        """Whether it ever was."""
        self._process = QProcess(self)
        self._process.finished.connect(self._over)
        self._process.errorOccurred.connect(self._not_started)

    def ask(self) -> None:
        """Read; if that is under way, once more after it."""
        if self._closed:
            return
        self.asked = True
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._again = True
            return
        self._again = False
        self._process.start(sys.executable, self._command)

    def close(self) -> None:
        """Read nothing more."""
        self._closed = True
        self._process.blockSignals(True)
        if self._process.state() != QProcess.ProcessState.NotRunning:
            kill(self._process)

    def _over(self) -> None:
        told = bytes(self._process.readAllStandardOutput().data())
        heard = bytes(self._process.readAllStandardError().data()).decode(errors="replace").strip()
        if self._again:  # what was told may be outdated
            self.ask()
        elif not told:
            self.failed.emit(Trouble("It ended before it was done.", heard))
        else:
            line = json.loads(told)
            if "trouble" in line:
                self.failed.emit(Trouble(**line["trouble"]))
            else:
                self.answered.emit(self._make(line["answer"]))

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.failed.emit(Trouble("It could not be started.", self._process.errorString()))


def tell(read: Callable[[], object]) -> None:
    """Print as JSON what is read, or what went wrong."""
    priority.step_back(priority.SOON)
    out, sys.stdout = sys.stdout, sys.stderr  # what libraries print is not for the window
    try:
        line = {"answer": read()}
    except Exception as error:  # noqa: BLE001 - whatever it is, the window is told
        line = {"trouble": asdict(trouble_of(error))}
    json.dump(line, out, default=_plain)


def _plain(value: Any) -> object:
    return vars(value) if is_dataclass(value) else str(value)

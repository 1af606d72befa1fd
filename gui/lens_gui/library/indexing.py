"""An index run in a process of its own, so that it never holds up the window."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Signal

from lens.indexing.report import Progress

__all__ = ["IndexingProcess"]


class IndexingProcess(QObject):
    """One run at a time; it may be stopped at any moment, and the next one goes on from there."""

    moved = Signal(Progress)
    ended = Signal(str)
    """In words: what was done, or why it could not be."""

    def __init__(self, uri: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._uri = uri
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(self._finished)
        self._said = ""
        self._stopped = False

    @property
    def runs(self) -> bool:
        """Whether a run is under way."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    def start(self, folders: Sequence[Path]) -> None:
        """Bring the index up to date with folders, unless a run is under way."""
        if not self.runs:
            self._said, self._stopped = "", False
            arguments = ["-m", "lens_gui.library.run", self._uri, *map(str, folders)]
            self._process.start(sys.executable, arguments)

    def stop(self) -> None:
        """Stop; what has been read is kept."""
        self._stopped = True
        self._process.terminate()

    def close(self) -> None:
        """Stop, and wait until it has."""
        if self.runs:
            self._process.blockSignals(True)
            self._process.terminate()
            if not self._process.waitForFinished(5000):
                self._process.kill()
                self._process.waitForFinished(5000)

    def _read(self) -> None:
        while self._process.canReadLine():
            line = json.loads(bytes(self._process.readLine().data()))
            if "said" in line:
                self._said = line["said"]
            else:
                self.moved.emit(Progress(**line))

    def _finished(self) -> None:
        self._read()
        if self._stopped:
            self.ended.emit("Stopped. What has been read is kept; indexing goes on from there.")
        else:
            self.ended.emit(self._said or "Indexing ended before it was done. It can be started again.")

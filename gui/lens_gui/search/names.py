"""What an index knows by name, found out in a process of its own.

Importing LanceDB keeps Python to itself for a tenth of a second at a time, in whatever thread; the window would stand.
"""

import json
import sys
from dataclasses import asdict, dataclass, field

from PySide6.QtCore import QObject, QProcess, Signal

from lens import Library
from lens.errors import LensError

__all__ = ["FLAGGED", "Names", "NamesProcess"]

FLAGGED = "flagged"
"""The album of flagged photos."""


@dataclass(frozen=True)
class Names:
    """Names that people can use."""

    completions: list[str] = field(default_factory=list)
    """What can be typed, in alphabetical order."""
    albums: list[str] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    """Queries that were saved."""
    flagged: list[str] = field(default_factory=list)
    """The ids of the flagged photos."""


class NamesProcess(QObject):
    """Finds out the names of one index, again whenever it is asked to."""

    learned = Signal(Names)

    def __init__(self, uri: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._uri, self._again = uri, False
        self.asked = False
        """Whether they ever were."""
        self._process = QProcess(self)
        self._process.finished.connect(self._over)

    def learn(self) -> None:
        """Find them out; if that is under way, once more after it."""
        self.asked = True
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._again = True
            return
        self._again = False
        self._process.start(sys.executable, ["-m", "lens_gui.search.names", self._uri])

    def close(self) -> None:
        """Find out nothing more."""
        self._process.blockSignals(True)
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._process.kill()
            self._process.waitForFinished(5000)

    def _over(self) -> None:
        told = bytes(self._process.readAllStandardOutput().data())
        if self._process.exitCode() == 0:
            self.learned.emit(Names(**json.loads(told)))
        if self._again:
            self.learn()


def main(uri: str) -> None:
    """Print the names as JSON; none if there is no index."""
    library = Library.open(uri)
    try:
        albums, saved = sorted(library.albums.all()), sorted(library.saved.all())
        names = Names(library.completions(), albums, saved, library.albums.ids(FLAGGED))
    except LensError:
        names = Names()
    print(json.dumps(asdict(names)))


if __name__ == "__main__":
    main(*sys.argv[1:])

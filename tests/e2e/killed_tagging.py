"""A program that tags an index, with side-cars, and kills itself, as a power cut would.

Arguments: index; whether at a commit or when progress is told, of which side-cars are the last; at which of these;
milliseconds after it.
"""

import itertools
import os
import signal
import sys
import threading
import time

from lens import Library
from lens.tagging import parse_vocabulary, tagging
from lens.tagging.tagging import TagReport
from lens_indexes.tags import Tags
from tests.fakes import ColourEncoder

COLOURS = parse_vocabulary("prompts: {}\ncolour\nred < colour\ngreen < colour\nblue < colour", "colours")


class Killer:
    """Sends SIGKILL to this process some time after it was called for the n-th time."""

    def __init__(self, occurrence: int, delay_ms: int) -> None:
        self._last, self._delay, self._calls = occurrence, delay_ms / 1000, itertools.count(1)

    def __call__(self, *_: object) -> None:
        if next(self._calls) == self._last:
            threading.Thread(target=self._kill, daemon=True).start()

    def _kill(self) -> None:
        time.sleep(self._delay)
        os.kill(os.getpid(), signal.SIGKILL)


class WatchedTags(Tags):
    """Tells of each commit before it is made."""

    def __init__(self, tags: Tags, told: Killer) -> None:
        super().__init__(tags._uri, tags._database)
        self._told = told

    def put(self, run, vocabulary, model, rows):
        self._told()
        super().put(run, vocabulary, model, rows)


def tag(library: Library, **more) -> TagReport:
    return library.tags.tag(vocabulary=COLOURS, encoder=ColourEncoder(), **more)


if __name__ == "__main__":
    uri, stage, occurrence, delay_ms = sys.argv[1:]
    tagging.AT_ONCE = 8
    library, killer, never = Library.open(uri), Killer(int(occurrence), int(delay_ms)), Killer(0, 0)
    index = library._index()
    index.tags = WatchedTags(index.tags, killer if stage == "commit" else never)
    tag(library, write_xmp=True, on_progress=killer if stage == "progress" else never)
    print("finished")

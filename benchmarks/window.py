"""How long the window takes to show something, and how long it ever keeps people waiting.

    python benchmarks/window.py [--photos N] [--rows N] [--indexing] [--json]

The index holds photos that do not exist, so their tiles stay empty; drawn is off the screen, so a graphics driver's
part is missing. A stall is the longest time in which the window answered nothing while something was done: photos
appear, one scrolls from end to end, types a query, visits other screens. With `--indexing` another process indexes the
sample photos meanwhile, again and again. With `--rows` the list of all photos is so long, whatever the index holds,
each of its rows made when it is asked for; words are still answered from the index.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QEventLoop, QObject, QSettings, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lens import Library
from lens.search.match import Match
from lens.search.sorting import Order, SortedMatch
from lens_gui import theme
from lens_gui.app import SWITCH, show
from lens_gui.window import Window

BEAT = 2  # milliseconds
PATIENCE = 120  # seconds
VISIT = 4  # seconds, in which a screen has read anew what it shows
SAMPLES = Path(__file__).resolve().parent.parent / "samples"


class Heart(QObject):
    """Beats in the event loop, and knows the longest pause between two beats."""

    def __init__(self) -> None:
        super().__init__()
        self.longest, self._last = 0.0, time.perf_counter()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT)

    def since(self) -> float:
        """The longest pause since this was last asked, in milliseconds."""
        self._beat()
        longest, self.longest = self.longest, 0.0
        return longest

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, 1000 * (now - self._last))
        self._last = now


def until(done: Callable[[], bool]) -> float:
    """Run the window until something is so: seconds."""
    started = time.perf_counter()
    while not done():
        if time.perf_counter() - started > PATIENCE:
            raise TimeoutError("the window does not get there")
        loop = QEventLoop()
        QTimer.singleShot(BEAT, loop.quit)
        loop.exec()
    return time.perf_counter() - started


@contextmanager
def indexing(folder: Path) -> Iterator[None]:
    """Another process indexes photos all the time."""
    again = f"while :; do {sys.executable} -m lens_gui.worker index {folder}/other-$RANDOM {SAMPLES}; done"
    other = subprocess.Popen(["bash", "-c", again], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, process_group=0)
    try:
        yield
    finally:
        os.killpg(other.pid, signal.SIGKILL)
        other.wait()


def prepare(uri: str, photos: int) -> None:
    """Make an index, and what searches read."""
    from searching import fill

    fill(uri, photos)
    Library.open(uri).search("a dog")


def measure(app: QApplication, library: Library, settings: QSettings) -> dict[str, float]:
    """Seconds until something is there, and milliseconds of the longest stalls."""
    heart = Heart()
    heart.since()
    began = time.perf_counter()
    window = Window(library, settings)
    show(window)
    app.processEvents()
    found = {"window painted, ms": 1000 * (time.perf_counter() - began)}
    heart.since()
    search = window.search
    found["all photos, s"] = until(lambda: search.results.rowCount() > 0)
    found["stall while they appear, ms"] = heart.since()
    bar = search.grid.verticalScrollBar()
    steps = iter(range(0, bar.maximum(), max(1, bar.maximum() // 200)))

    def scroll() -> bool:
        position = next(steps, None)
        if position is not None:
            bar.setValue(position)
        return position is None

    until(scroll)
    found["stall while scrolling, ms"] = heart.since()
    before = search.told.text()
    for letter in "a dog":
        QTest.keyClick(search.field, letter)
        pressed = time.perf_counter()
        until(lambda pressed=pressed: time.perf_counter() - pressed > 0.08)
    found["answer after the last key, s"] = until(lambda: search.told.text() != before)
    found["stall while typing, ms"] = heart.since()
    for name, visit, there in (
        ("Library", window.show_library, lambda: window.library.folders.rows.rows),
        ("Models", window.show_models, lambda: window.models.rows.rows),
    ):
        for which in ("first", "second", "third"):
            heart.since()
            visit()
            until(lambda there=there: bool(there()))
            visited = time.perf_counter()
            until(lambda visited=visited: time.perf_counter() - visited > VISIT)
            found[f"stall, {name}, {which} visit, ms"] = heart.since()
            window.show_search()
    window.close()
    return found


class Long(Sequence[Match]):
    """Photos that do not exist, each made when it is asked for; `made` counts them."""

    def __init__(self, length: int) -> None:
        self._length, self.made = length, 0

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, at: Any) -> Any:
        self.made += 1
        row = range(self._length)[at]
        found = Match(row + 1, Path(f"/none/{row}.jpg"), 1.0, f"{row:032x}", f"{row:032x}")
        return SortedMatch(**vars(found), order=Order.DATE, value=None)


class LongLibrary(Library):
    """Lists that many photos."""

    rows = Long(0)

    def browse(self, query: str = "", top: int = 20, order: Order = Order.RELEVANCE) -> Sequence[Match]:
        """The synthetic rows to an empty query."""
        return super().browse(query, top, order) if query else self.rows


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--indexing", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sys.setswitchinterval(SWITCH)
    app = QApplication([])
    theme.apply(app, dark=False)
    with tempfile.TemporaryDirectory() as made:
        uri = f"{made}/index"
        with ProcessPoolExecutor(1, get_context("spawn")) as apart:  # this one is to load only what a window does
            apart.submit(prepare, uri, options.photos).result()
        settings = QSettings(f"{made}/settings.ini", QSettings.Format.IniFormat)
        with indexing(Path(made)) if options.indexing else nullcontext():
            library = LongLibrary(uri) if options.rows else Library.open(uri)
            LongLibrary.rows = Long(options.rows or 0)
            library.warm()  # as the program does while it starts
            found = measure(app, library, settings)
            if options.rows:
                found["rows made"] = LongLibrary.rows.made
    if options.json:
        print(
            json.dumps(
                {"photos": options.photos, "rows": options.rows, "indexing": options.indexing, **found}, indent=2
            )
        )
        return
    print(
        f"{options.rows or options.photos:,} photos" + (", while another process indexes" if options.indexing else "")
    )
    for name, value in found.items():
        print(f"{name:32} {value:8.2f}")


if __name__ == "__main__":
    main()

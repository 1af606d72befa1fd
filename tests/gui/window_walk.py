"""`python window_walk.py INDEX`: a person at the window that `lens gui` opens, by nothing but keys and mouse.

The Pictures folder is indexed, a dog sought, the best hit opened, and a part of it sought. What was seen is printed.
"""

import json
import sys
import time
from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from lens_gui.app import main
from lens_gui.window import Window

PATIENCE = 240  # seconds
LEFT = Qt.MouseButton.LeftButton


def until(done: Callable[[], object], what: str) -> None:
    """Let the window work until something is so."""
    ends = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > ends:
            sys.exit(f"never: {what}")
        QTest.qWait(20)


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key wherever the focus is."""
    QTest.keyClick(QApplication.focusWidget(), key, modifiers)


def drag(widget: QWidget, begin: QPoint, end: QPoint) -> None:
    """Press, move and let go."""
    QTest.mousePress(widget, LEFT, pos=begin)
    for part in range(1, 6):
        QTest.mouseMove(widget, begin + (end - begin) * (part / 5))
    QTest.mouseRelease(widget, LEFT, pos=end)


def walk() -> int:
    """In the place of the event loop's own beginning."""
    [window] = [each for each in QApplication.topLevelWidgets() if isinstance(each, Window)]
    search, photo = window.search, window.photo
    until(lambda: window.windowHandle().isExposed() and search.empty.isVisible(), "an empty window")
    QTest.mouseClick(search.empty.suggested, LEFT)
    until(lambda: search.results.rowCount() and not window.library.work.runs, "photos")
    window.activateWindow()
    until(QApplication.focusWidget, "the focus")
    press(Qt.Key.Key_Slash)
    QTest.keyClicks(QApplication.focusWidget(), "a dog")
    until(lambda: search.told.text().endswith("found"), "an answer")
    best = search.results.photo(0).path.name
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_Return)
    until(lambda: photo.isVisible() and photo.is_whole, "a photo")
    press(Qt.Key.Key_C)
    canvas = photo.canvas
    size = canvas.size_shown
    part = [QPoint(round(size.width() * share), round(size.height() * share)) for share in (0.2, 0.8)]
    drag(canvas.viewport(), *(canvas.mapFromScene(corner) for corner in part))
    until(lambda: search.isVisible() and "#" in search.field.text(), "a part sought")
    until(lambda: search.told.text().endswith("found"), "its answer")
    names = [search.results.photo(row).path.name for row in range(3)]
    seen = {"indexed": search.results.rowCount(), "best": best, "query": search.field.text(), "like it": names}
    print(json.dumps(seen), flush=True)
    window.close()
    QTest.qWait(0)
    return 0


if __name__ == "__main__":
    QApplication.exec = staticmethod(walk)  # type: ignore[method-assign]
    sys.exit(main(["--index", sys.argv[1]]))

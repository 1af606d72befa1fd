"""What the window must not load, since it would stand still meanwhile."""

import subprocess
import sys
from pathlib import Path

from lens import Library
from tests.fakes import ColourEncoder

LOOK = """
import os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import QSettings
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from lens import Library
from lens_gui.window import Window

uri, settings = sys.argv[1:]
app = QApplication([])
window = Window(Library.open(uri), QSettings(settings, QSettings.Format.IniFormat))
window.show()
learned = []
window.search.names.answered.connect(learned.append)
for _ in range(600):
    QTest.qWait(50)
    if learned and window.search.results.rowCount():
        break
print(window.search.results.rowCount(), "format:png" in learned[0].completions)
window.show_library()
for _ in range(600):
    QTest.qWait(50)
    if window.library.folders.rows.rows:
        break
print(window.library.counts.text().splitlines()[0])
ended = []
window.library.work.ended.connect(ended.append)


def finished(many):
    for _ in range(1200):
        QTest.qWait(50)
        if len(ended) == many:
            break
    print(ended[-1].text)


window.library.encoders.chosen_default.emit("colour")
finished(1)
window.library.folders.forgotten.emit(window.library.folders.rows.rows[0].folder)
finished(2)
for _ in range(1200):  # until the photos are listed anew
    if not window.search.results.rowCount():
        break
    QTest.qWait(50)
print(window.search.results.rowCount())
print(*sorted({"lancedb", "pyarrow", "torch", "onnxruntime", "qtawesome", "qtpy"} & set(sys.modules)))
window.close()
"""


def test_photos_names_and_the_library_are_there_and_changed_without_lancedb(
    indexed: Library, photos: Path, encoder: ColourEncoder, tmp_path: Path
) -> None:
    indexed.search("red", encoder=encoder)  # writes what searches read
    arguments = [sys.executable, "-c", LOOK, indexed.uri, f"{tmp_path}/settings.ini"]
    told = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=300).stdout
    assert told.splitlines() == [
        "4 True",
        "4 photos",
        "Searches now use colour.",
        f"{photos} is out of the index, with 4 photos. The files were not touched.",
        "0",
        "",
    ]

"""What the window must not load, since it would stand still meanwhile."""

import subprocess
import sys
from pathlib import Path

from lens import Library

LOOK = """
import os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from lens import Library
from lens_gui.window import Window

uri, settings = sys.argv[1:]
app = QApplication([])
window = Window(Library.open(uri), QSettings(settings, QSettings.Format.IniFormat))
window.show()
learned = []
window.search.names.answered.connect(learned.append)


def until(done):
    for _ in range(2400):
        QTest.qWait(50)
        if done():
            return
    sys.exit("it does not get there")


until(lambda: learned and window.search.results.rowCount())
print(window.search.results.rowCount(), "format:png" in learned[0].completions)
search, photo, said = window.search, window.photo, []
search.said.connect(lambda text, _: said.append(text))
before = search.told.text()
search.field.setText("red")
until(lambda: search.told.text() != before)
window.open_photo(0)
until(lambda: any("32 × 24" in label.text() for label in photo.facts.widget().findChildren(QLabel)))
QTest.keyClick(photo.canvas, Qt.Key.Key_Space)
until(lambda: not window.orders.busy)
QTest.keyClick(photo, Qt.Key.Key_Escape)
search.keeping.add("best", [search.results.photo(0).id])
until(lambda: len(said) == 1)
for query, count in (("album:best", 1), ("album:flagged", 1), ("red", 4)):
    search.field.setText(query)
    until(lambda: search.results.rowCount() == count)
for many in (2, 3):
    QTest.keyClick(search.grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    until(lambda: len(said) == many)
search.kept.named.emit("reds")
until(lambda: len(said) == 4)
for query, count in (("format:gif", 0), ("saved:reds", 4)):
    search.field.setText(query)
    until(lambda: search.results.rowCount() == count)
print(*said, sep=os.linesep)
window.show_label()
until(lambda: window.label.view is not None and not window.label.awaits)
window.show_teach()
teach = window.teach
teach.open("mine")
until(lambda: teach.questions.rowCount() and not teach.awaits)
for key in "ynk":
    QTest.keyClick(teach.grid, key)
until(lambda: window.toast.text.startswith("Kept"))
print(teach.lesson.counts.text())
window.show_library()
until(lambda: window.library.folders.rows.rows)
print(window.library.counts.text().splitlines()[0])
ended = []
window.library.work.ended.connect(ended.append)


def finished(many):
    until(lambda: len(ended) == many)
    print(ended[-1].text)


window.library.encoders.chosen_default.emit("builtin")
finished(1)
search.field.setText("tag:mine -format:gif")
until(lambda: search.results.rowCount())
window.library.folders.forgotten.emit(window.library.folders.rows.rows[0].folder)
finished(2)
until(lambda: not search.results.rowCount())  # it is asked anew
search.field.clear()
until(lambda: search.told.text() and not search.results.rowCount())
print(window.search.results.rowCount())
print(*sorted({"lancedb", "pyarrow", "sklearn", "torch", "qtawesome", "qtpy"} & set(sys.modules)))
window.close()
"""


def test_all_that_a_window_shows_and_does_is_done_without_lancedb(
    builtin: Library, photos: Path, tmp_path: Path
) -> None:
    arguments = [sys.executable, "-c", LOOK, builtin.uri, f"{tmp_path}/settings.ini"]
    ended = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=600)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [
        "4 True",
        "1 photo put into best.",
        "1 photo taken out of best.",
        "1 photo taken out of flagged.",
        "Saved. saved:reds finds it again.",
        "1 yes · 1 no",
        "4 photos",
        "Searches now use builtin.",
        f"{photos} is out of the index, with 4 photos. The files were not touched.",
        "0",
        "",
    ]

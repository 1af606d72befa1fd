"""Pictures of the window's screens, light and dark, with the photos of a folder.

python docs/screenshots.py [FOLDER] [--to DIR] [--query WORDS]

Nothing comes up on a screen: the windows are drawn in memory.
"""

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QEventLoop, QPoint, QSettings, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from staging import again, give_second_source, train

from lens import Library
from lens.search.sorting import Order
from lens_gui import theme
from lens_gui.window import Window

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
THINGS = "dog, person, horse, giraffe, pizza, bus, flowers, hat"
"""What is found in the photos, so that there is something to look through."""
PATIENCE, STEP = 120_000, 50  # milliseconds


def wait(milliseconds: int) -> None:
    """Let the window work."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def until(done: Callable[[], bool]) -> None:
    """Let the window work until something is so, and a moment longer for the thumbnails."""
    for _ in range(PATIENCE // STEP):
        if done():
            wait(800)
            return
        wait(STEP)
    raise TimeoutError("the window does not get there")


def answer_some(window: Window) -> None:
    """Say yes and no to photos."""
    window.show_teach()
    window.teach.open("dog")
    until(lambda: window.teach.questions.rowCount() > 0)
    for answer in ("yes", "yes", "no", "no"):
        window.teach.buttons[answer].click()
    until(lambda: not window.teach.awaits)


def draw(window: Window, save: Callable[..., object]) -> None:
    """A polygon that is not closed yet, and a mask under the brush, which is taken back."""
    window.show_label()
    label = window.label
    until(lambda: label.view is not None and not label.awaits)
    label.canvas.setFocus()
    save("label")
    viewport = label.canvas.viewport()
    middle = viewport.rect().center()
    label.tools.choose("draw-polygon")
    for across, down in ((-120, -90), (60, -120), (130, 40), (-20, 120)):
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=middle + QPoint(across, down))
    wait(100)
    save("label-polygon")
    QTest.keyClick(label.canvas, Qt.Key.Key_Escape)
    QTest.keyClick(label.canvas, Qt.Key.Key_Q)
    label.tools.choose("paint")
    stroke(viewport, [middle + QPoint(10 * step, 40 - step * step) for step in range(-9, 10)])
    until(lambda: not label.awaits)
    save("label-brush")
    label.tools.choose("")
    QTest.keyClick(label.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    until(lambda: not label.awaits)


def stroke(widget: QWidget, places: list[QPoint]) -> None:
    """Hold the button from the first place to the last."""
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=places[0])
    for place in places:
        QTest.mouseMove(widget, place)
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=places[-1])


def curate_all(window: Window, save: Callable[..., object]) -> None:
    """Every tab of the screen that puts in order."""
    window.show_curate()
    for kind in window.curate.choices.tabs:
        window.curate.choices.choose(kind)
        until(lambda: not window.curate.awaits)
        if kind == "map":
            view = window.curate.map.view
            QTest.mouseMove(view, view.place_of(0).toPoint())
            wait(800)
        save(f"curate-{kind}")


def compare(window: Window, save: Callable[..., object]) -> None:
    """What was found, judged by what was drawn."""
    window.show_compare()
    until(lambda: not window.compare.awaits)
    window.compare.truth.setCurrentText("me")
    window.compare.found.setCurrentIndex(1 - window.compare.truth.currentIndex())
    window.compare.judge()
    until(lambda: not window.compare.awaits)
    save("compare")
    window.compare.buttons["all-missed"].click()
    until(lambda: not window.compare.awaits)
    save("compare-missed")


def export(window: Window, save: Callable[..., object]) -> None:
    """The sheet that exports, once it has counted."""
    sheet = window.label.exporting
    sheet.open_for("")
    sheet.split.setText("0.8, 0.1, 0.1")
    until(lambda: sheet.counts.text().startswith("Photos"))
    save("export", sheet)
    sheet.close()


def tune(window: Window, save: Callable[..., object]) -> None:
    """A training that has ended, the question before it is adopted, and a new one."""
    window.show_tune()
    screen = window.tune
    until(lambda: bool(screen.rows.rows))
    for number, run in enumerate(screen.rows.rows):
        screen.table.choose(number)
        wait(100)
        save(f"tune-{run.state}")
        if run.name == "mine":
            screen.ask_to_adopt()
            wait(100)
            save("tune-adopt")
            screen.question.hide()
    screen.buttons["new-run"].click()
    until(lambda: screen.new.method.count() > 0)
    save("tune-new", screen.new)
    screen.new.close()


def take(app: QApplication, library: Library, query: str, folder: Path, *, dark: bool) -> None:
    """Every screen in one of the two colours."""
    theme.apply(app, dark=dark)
    with tempfile.TemporaryDirectory() as made:
        window = Window(library, QSettings(f"{made}/settings.ini", QSettings.Format.IniFormat))
        window.show()

        def save(name: str, shown: QWidget = window) -> None:
            shown.grab().save(str(folder / f"{name}-{'dark' if dark else 'light'}.png"))

        search, photo = window.search, window.photo
        until(lambda: search.results.rowCount() > 0)
        save("all")
        search.field.setText(query)
        until(lambda: search.told.text().endswith("found"))
        search.choose(0)
        save("search")
        search.sort.set_order(Order.PIXELS)
        search.field.setText(f"{query} format:jpeg -folder:travel")
        until(lambda: len(search.chips.shown) > 1)
        search.keeping.flag([search.results.photo(1).id])
        search.choose(0)
        wait(100)
        save("filters")
        search.keeping.flag([search.results.photo(1).id])
        search.sort.set_order(Order.RELEVANCE)
        search.field.setText(query)
        until(lambda: not search.chips.shown)
        window.open_photo(0)
        until(lambda: photo.is_whole and not window.orders.busy)
        save("photo")
        search.field.clear()
        draw(window, save)
        window.show_library()
        until(lambda: bool(window.library.counts.text()))
        save("library")
        window.show_models()
        until(lambda: bool(window.models.rows.rows))
        save("models")
        answer_some(window)
        save("teach")
        curate_all(window, save)
        compare(window, save)
        export(window, save)
        tune(window, save)
        window.show_preferences()
        until(lambda: bool(window.preferences.menu.actions()))
        save("preferences")
        search.field.setText("date:1850")
        window.show_search()
        until(search.empty.isVisible)
        save("nothing")
        window.close()


def take_first(app: QApplication, index: str, folder: Path, *, dark: bool) -> None:
    """The window before there is anything in it."""
    theme.apply(app, dark=dark)
    with tempfile.TemporaryDirectory() as made:
        window = Window(Library.open(index), QSettings(f"{made}/settings.ini", QSettings.Format.IniFormat))
        window.show()
        until(window.search.empty.isVisible)
        window.grab().save(str(folder / f"first-{'dark' if dark else 'light'}.png"))
        window.close()


def main() -> None:
    """Index the photos, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLES)
    parser.add_argument("--to", type=Path, default=Path("screenshots"))
    parser.add_argument("--query", default="a dog")
    parser.add_argument("--letters", type=float, default=1.0, help="times the size of all text")
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    font = app.font()
    font.setPointSizeF(font.pointSizeF() * options.letters)
    app.setFont(font)
    with tempfile.TemporaryDirectory() as made:
        os.environ["LENS_MODELS"] = f"{made}/models"
        library = Library.open(f"{made}/index")
        library.index([again(options.folder, Path(made) / "photos")])
        library.tags.tag(vocabulary="scenes", top=3)
        library.labels.label(THINGS, segmenter="builtin")
        give_second_source(library)
        train(library)
        for dark in (False, True):
            take(app, library, options.query, options.to, dark=dark)
            take_first(app, f"{made}/none", options.to, dark=dark)


if __name__ == "__main__":
    main()

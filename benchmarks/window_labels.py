"""How fluid the label screen stays: many regions on one photo, masks of a large photo, many photos to look through.

    python benchmarks/window_labels.py [--photos N] [--regions N] [--crowd N] [--edits N] [--json]

The index holds photos that do not exist, a region in each of `--regions` of them, and two photos of 24 megapixels: one
with `--crowd` boxes, one with masks. A stall is the longest time in which the window answered nothing, as in
`benchmarks/window.py`. An edit's seconds are those from the key until the desk has said that it is in the index.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import numpy as np
from PIL import Image
from PySide6.QtCore import QPointF, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from window import Heart, until

from lens import Library
from lens.labeling.masks import encoded, extent_of
from lens_gui import theme
from lens_gui.app import SWITCH, show
from lens_gui.label.screen import LabelScreen
from lens_gui.window import Window
from lens_indexes import Index, RegionRow, RegionState

SIZE = (6000, 4000)
CLASSES = 20
MASKS = 20
CONTROL = Qt.KeyboardModifier.ControlModifier
ENTER, UNDO = (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_Z, CONTROL)


def prepare(uri: str, folder: str, photos: int, regions: int, crowd: int) -> None:
    """Make the index with its photos, and what is known of them."""
    from searching import fill

    fill(uri, photos)
    random = np.random.default_rng(0)
    small = Image.fromarray(random.integers(0, 255, (SIZE[1] // 100, SIZE[0] // 100, 3), np.uint8))
    for name in ("crowd", "masks"):
        (Path(folder) / name).mkdir()
        large = small.resize(SIZE, Image.Resampling.BICUBIC)
        large.rotate(180 * (name == "masks")).save(f"{folder}/{name}/photo.jpg")
    Library.open(uri).index([folder])
    index = Index.open(uri)
    ids = dict(zip(*(index.photos.facts(["path", "id"])[name] for name in ("path", "id")), strict=True))
    made = [_region(f"{number:032x}", (0, 0, 3, 2), number, (4, 3)) for number in range(min(regions, photos))]
    lefts, tops = random.integers(0, SIZE[0] - 120, crowd), random.integers(0, SIZE[1] - 120, crowd)
    sides = random.integers(20, 120, (crowd, 2))
    for at in range(crowd):
        box = (lefts[at], tops[at], lefts[at] + sides[at, 0], tops[at] + sides[at, 1])
        made.append(_region(ids["crowd/photo.jpg"], box, at, SIZE))
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]].astype(np.float32)
    for at in range(MASKS):
        x, y, radius = random.uniform(1000, 5000), random.uniform(1000, 3000), random.uniform(500, 1500)
        wave = radius * (1 + 0.1 * np.sin(40 * np.arctan2(rows - y, columns - x)))
        mask = encoded((rows - y) ** 2 + (columns - x) ** 2 < wave**2)
        made.append(_region(ids["masks/photo.jpg"], extent_of(mask, *SIZE) or (0, 0, 1, 1), at, SIZE, mask))
    index.regions.add(made, {})


def _region(photo: str, box: Sequence[float], at: int, size: tuple[int, int], mask: bytes | None = None) -> RegionRow:
    x0, y0, x1, y1 = map(float, box)
    about = (
        f"class {at % CLASSES}",
        (x0, y0, x1, y1),
        *size,
        "detector",
        RegionState.PROPOSED,
        datetime.now(UTC),
        0.5,
        mask,
    )
    return RegionRow(uuid.uuid4().hex, photo, photo, *about)


class Labelling:
    """Does what a person does on the label screen, and notes how long it took."""

    def __init__(self, label: LabelScreen) -> None:
        self._label, self._heart = label, Heart()
        self.found: dict[str, float] = {}

    def look_through(self, query: str, what: str) -> None:
        """Open the photos of a query."""

        def opened() -> bool:
            view = self._label.view
            return view is not None and not self._label.awaits

        self._watch(f"opening {what}", lambda: self._label.refresh(query), opened)

    def press(self, what: str, *keys: tuple[Qt.Key, Qt.KeyboardModifier], times: int = 1) -> None:
        """Press keys, each once the one before is answered: the longest stall, and seconds of answers."""
        taken, worst = [], 0.0
        for key, how in keys * times:
            self._heart.since()
            QTest.keyClick(self._label.canvas, key, how)
            taken.append(until(lambda: not self._label.awaits))
            self._rest(0.2)
            worst = max(worst, self._heart.since())
        self.found[f"stall, {what}, ms"] = worst
        self.found[f"answer, {what}, median s"] = statistics.median(taken)
        self.found[f"answer, {what}, p95 s"] = float(np.quantile(taken, 0.95))

    def move_about(self, what: str) -> None:
        """Move the mouse all over the photo, click here and there, zoom in and out."""
        canvas = self._label.canvas
        viewport = canvas.viewport()
        self._heart.since()
        for x in range(100, SIZE[0], 200):
            QTest.mouseMove(viewport, canvas.mapFromScene(QPointF(x, 2000)))
            self._rest(0.01)
        self.found[f"stall, hovering over {what}, ms"] = self._heart.since()
        for x in range(500, SIZE[0], 1000):
            QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=canvas.mapFromScene(QPointF(x, 1500)))
            self._rest(0.1)
        self.found[f"stall, selecting in {what}, ms"] = self._heart.since()
        for factor in [1.25] * 12 + [0.8] * 12:
            canvas.zoom(factor)
            self._rest(0.1)
        canvas.fit()
        self._rest(0.5)
        self.found[f"stall, zooming into {what}, ms"] = self._heart.since()

    def _watch(self, what: str, do: Callable[[], object], done: Callable[[], bool]) -> None:
        self._heart.since()
        do()
        self.found[f"{what}, s"] = until(done)
        self._rest(2.0)
        self.found[f"stall, {what}, ms"] = self._heart.since()

    def _rest(self, seconds: float) -> None:
        """Let the window do what it does."""
        ends = time.perf_counter() + seconds
        until(lambda: time.perf_counter() > ends)


def measure(library: Library, settings: QSettings, edits: int) -> dict[str, float]:
    """Milliseconds of the longest stalls, and seconds until something is there."""
    window = Window(library, settings)
    show(window)
    window.show_label()
    label = Labelling(window.label)
    step = (Qt.Key.Key_D, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)
    label.look_through("", "all photos")
    label.press("next and previous photo", *step, times=10)
    label.look_through("folder:crowd", "many boxes")
    label.move_about("many boxes")
    label.press("accepting among many boxes", ENTER, times=5)
    label.press("undo among many boxes", UNDO, times=5)
    label.look_through("folder:masks", "masks")
    label.move_about("masks")
    label.press("accepting a mask", ENTER, times=5)
    label.press("undo of a mask", UNDO, times=5)
    label.look_through("", "all photos again")
    label.press("edits one by one", ENTER, times=edits)
    window.close()
    return label.found


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--regions", type=int, default=90_000)
    parser.add_argument("--crowd", type=int, default=10_000)
    parser.add_argument("--edits", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sys.setswitchinterval(SWITCH)
    app = QApplication([])
    theme.apply(app, dark=False)
    with tempfile.TemporaryDirectory() as made:
        uri, folder = f"{made}/index", Path(made) / "photos"
        folder.mkdir()
        with ProcessPoolExecutor(1, get_context("spawn")) as apart:  # this one is to load only what a window does
            apart.submit(prepare, uri, str(folder), options.photos, options.regions, options.crowd).result()
        library = Library.open(uri)
        library.warm()  # as the program does while it starts
        found = measure(library, QSettings(f"{made}/settings.ini", QSettings.Format.IniFormat), options.edits)
    if options.json:
        print(json.dumps(vars(options) | found, indent=2))
        return
    print(f"{options.photos:,} photos, {options.regions:,} regions, {options.crowd:,} on one photo")
    for name, value in found.items():
        print(f"{name:48} {value:8.2f}")


if __name__ == "__main__":
    main()

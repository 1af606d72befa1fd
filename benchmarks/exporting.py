"""How long an export of many regions takes, and how much memory.

    python benchmarks/exporting.py [--regions N …] [--formats coco …] [--json]

The photos are rows of an index without files, five regions each, four of them with masks of various shapes. Each export
is made by a process of its own, whose peak memory is that of the whole process; one of a tenth of the regions says what
of it grows. Beside the seconds on the wall stand those of the processor, which others on the machine lengthen less.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SIZE = (640, 480)
EACH = 5  # regions in a photo
FORMATS = ("coco", "coco-results", "yolo-seg", "voc", "labelme", "cvat", "csv", "jsonl")


def fill(uri: str, regions: int) -> None:
    """An index with so many regions."""
    from lens.labeling.masks import box_of, encoded
    from lens_indexes import EncoderColumn, Index, PhotoRow, RegionRow, RegionState

    index = Index.create(uri)
    encoder = EncoderColumn("none", "none", "1", 10)
    index.photos.bind(encoder)
    root = index.roots.add(Path("/nowhere"))
    rng, now = np.random.default_rng(0), datetime.now(UTC)
    columns, rows = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    shapes = []
    for number in range(400):
        x, y, radius = rng.uniform(100, 540), rng.uniform(100, 380), rng.uniform(10, 90)
        angles = np.arctan2(rows - y, columns - x)
        distance = np.hypot(columns - x, rows - y)
        mask = distance < radius * (1 + 0.2 * np.sin(angles * rng.integers(2, 9)))
        if number % 4 == 0:
            mask &= distance > radius / 3
        shapes.append((tuple(map(float, box_of(mask) or ())), encoded(mask)))
    for start in range(0, regions // EACH, 5_000):
        numbers = range(start, min(start + 5_000, regions // EACH))
        facts = {"size": 1, "mtime_ns": 1, "width": SIZE[0], "height": SIZE[1], "format": "JPEG", "orientation": 1}
        photos = [
            PhotoRow(f"{at:032x}", root.name, f"{at:07d}.jpg", f"hash {at}", indexed_at=now, **facts) for at in numbers
        ]
        index.photos.add(photos, {encoder: np.full((len(photos), 10), 10**-0.5, np.float32)})
        made = []
        for at in range(start * EACH, numbers[-1] * EACH + EACH):
            box, mask = shapes[at % len(shapes)]
            made.append(
                RegionRow(
                    id=f"{at:032x}",
                    photo=f"{at // EACH:032x}",
                    content_hash=f"hash {at // EACH}",
                    category=f"category {at % 80}",
                    box=box,
                    width=SIZE[0],
                    height=SIZE[1],
                    source="made",
                    state=RegionState.ACCEPTED,
                    made_at=now,
                    score=0.5,
                    mask=None if at % EACH == 0 else mask,
                )
            )
        index.regions.add(made, {})


def export(uri: str, name: str, out: str) -> None:
    """Export, and print the seconds on the wall and of the processor, and the peak in MB."""
    from lens import Library
    from lens.export.dataset import Dataset
    from lens.export.pictures import Pictures

    if name == "yolo-seg":  # the photos are no files: only the labels are timed
        each = Dataset.each
        Dataset.each = lambda self, split, _, place, folder: each(self, split, Pictures.LEAVE, place, folder)  # type: ignore[method-assign]
    library = Library.open(uri)
    library.exchange  # noqa: B018 - what it imports is no part of an export
    wall, processor = time.perf_counter(), time.process_time()
    library.exchange.export(name, out)
    print(
        time.perf_counter() - wall,
        time.process_time() - processor,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def measured(uri: str, name: str) -> tuple[float, ...]:
    """Seconds on the wall and of the processor, and MB, of an export."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--run", uri, name, f"{folder}/out"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return tuple(map(float, done.stdout.split()[-3:]))


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--regions", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--formats", nargs="+", default=FORMATS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--run", nargs=3, metavar=("INDEX", "FORMAT", "OUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        export(*options.run)
        return
    found: dict[str, dict[int, tuple[float, ...]]] = {name: {} for name in options.formats}
    for regions in options.regions:
        with tempfile.TemporaryDirectory() as folder:
            fill(f"{folder}/index", regions)
            for name in options.formats:
                found[name][regions] = measured(f"{folder}/index", name)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{'format':14}" + "".join(f"{regions:>30,} regions" for regions in options.regions))
    for name, by_count in found.items():
        cells = (f"{wall:10.1f} s {cpu:10.1f} s CPU {peak:7.0f} MB" for wall, cpu, peak in by_count.values())
        print(f"{name:14}" + "".join(cells))


if __name__ == "__main__":
    main()

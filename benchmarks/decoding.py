"""How fast photos are decoded and folders scanned.

    python benchmarks/decoding.py [PHOTO…] [--count N] [--side N] [--json]

Mosaics of the photos, or else of the samples, are stored as JPEG of 12 megapixels and quality 92; then they are read
with one and two threads, whole and only as large as an encoder needs. The scan is of 100,000 files in 100 folders.
"""

import argparse
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from lens.photos import read_photo, scan

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
WIDTH, HEIGHT, TILE = 4000, 3000, 500
ROUNDS = 3


def compose(photos: list[Path], folder: Path, count: int) -> list[Path]:
    """`count` JPEGs of 12 megapixels, each a mosaic, so that they have a camera's detail."""
    images = [read_photo(path).image for path in photos]
    made = []
    for number in range(count):
        mosaic = Image.new("RGB", (WIDTH, HEIGHT))
        choice = itertools.cycle(images[number % len(images) :] + images[: number % len(images)])
        for x, y in itertools.product(range(0, WIDTH, TILE), range(0, HEIGHT, TILE)):
            mosaic.paste(next(choice).resize((TILE, TILE)), (x, y))
        made.append(folder / f"{number}.jpg")
        mosaic.save(made[-1], quality=92)
    return made


def rate(paths: list[Path], threads: int, work: Callable[[Path], object]) -> float:
    """Photos per second, the median of three rounds."""
    rates = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, paths))
        rates.append(len(paths) / (time.perf_counter() - start))
    return statistics.median(rates)


def scan_rate(folder: Path, folders: int = 100, files: int = 1000) -> float:
    """Files per second, the median of three rounds."""
    for outer in range(folders):
        (folder / f"{outer:03}").mkdir(parents=True)
        for inner in range(files):
            (folder / f"{outer:03}" / f"IMG_{inner:04}.jpg").touch()
    rates = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        found = sum(1 for _ in scan(folder))
        rates.append(found / (time.perf_counter() - start))
    return statistics.median(rates)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("photos", nargs="*", type=Path)
    parser.add_argument("--count", type=int, default=16, help="how many photos to decode (default: 16)")
    parser.add_argument("--side", type=int, default=260, help="the shorter side an encoder needs (default: 260)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    photos = options.photos or sorted(SAMPLES.rglob("*.jpg"))

    results: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        paths = compose(photos, Path(name), options.count)
        megabytes = sum(path.stat().st_size for path in paths) / len(paths) / 1e6
        print(f"{len(paths)} photos of 12 megapixels, {megabytes:.1f} MB each", file=sys.stderr)
        for threads in (1, 2):
            results[f"whole, {threads} threads"] = rate(paths, threads, read_photo)
            results[f"reduced, {threads} threads"] = rate(
                paths, threads, lambda path: read_photo(path, min_side=options.side)
            )
        results["scan, files"] = scan_rate(Path(name) / "scan")

    if options.json:
        print(json.dumps({name: round(value, 1) for name, value in results.items()}))
        return
    for title, value in results.items():
        print(f"{title:<20} {value:>10,.1f} /s")


if __name__ == "__main__":
    main()

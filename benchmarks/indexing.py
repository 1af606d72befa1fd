"""How fast photos are indexed, against how fast they can be read and encoded.

    python benchmarks/indexing.py [FOLDER] [--rounds N] [--json]

Reads, encodes, and indexes the photos of a folder (the COCO photos beside the checkout, else the samples) with the
built-in encoder, each alone and on all processors, in photos per second. If reading and encoding simply took turns,
indexing would run at 1 ÷ (1/read + 1/encode); the last line says how close to that it comes.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lens import Library
from lens.models import load
from lens.photos import FoundPhoto, read_photo, scan

ROOT = Path(__file__).resolve().parent.parent
COCO = ROOT.parent / "shared" / "data" / "coco" / "images"


def seconds(work: Callable[[], object], rounds: int) -> float:
    """Median seconds of some rounds, after one that is not counted."""
    work()
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=COCO if COCO.is_dir() else ROOT / "samples")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    encoder = load("builtin")
    files = [found.path for found in scan(options.folder) if isinstance(found, FoundPhoto)]

    def read(file: Path) -> object:
        return encoder.prepare(read_photo(file, min_side=encoder.info.min_side).image)

    def read_all() -> list[object]:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(read, files))

    prepared = read_all()

    def encode_all() -> None:
        for start in range(0, len(prepared), encoder.batch):
            encoder.encode_prepared(prepared[start : start + encoder.batch])

    def index_all() -> None:
        with tempfile.TemporaryDirectory() as index:
            Library.open(index).index([options.folder], encoder)

    rates = {
        name: len(files) / seconds(work, options.rounds)
        for name, work in (("read", read_all), ("encode", encode_all), ("index", index_all))
    }
    in_turns = 1 / (1 / rates["read"] + 1 / rates["encode"])
    machine = {"photos": len(files), "processors": os.cpu_count()}
    result = {**machine, **rates, "index / in turns": rates["index"] / in_turns}
    if options.json:
        print(json.dumps(result, indent=2))
        return
    print(f"{len(files)} photos of {options.folder}, {os.cpu_count()} processors, median of {options.rounds}")
    for name, rate in rates.items():
        print(f"{name:8} {rate:7.1f} photos/s")
    print(f"index ÷ (1 ÷ (1/read + 1/encode)) = {result['index / in turns']:.2f}")


if __name__ == "__main__":
    main()

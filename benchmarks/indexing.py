"""How fast photos are indexed, against how fast they can be read and encoded.

    python benchmarks/indexing.py [FOLDER] [--encoder builtin|random-clip] [--large] [--backends] [--rounds N] [--json]

Reads, encodes, and indexes the photos of a folder (the COCO photos beside the checkout, else the samples), each alone
and on all processors, in photos per second. If reading and encoding simply took turns, indexing would run at
1 ÷ (1/read + 1/encode); the last column says how close to that it comes. `without` is indexing without thumbnails.
`random-clip` is a ViT-B/32 with random weights; `--large` takes photos of 12 megapixels made from the others;
`--backends` runs the network in every way that this machine has.
"""

import argparse
import json
import logging
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from photos import default_folder, enlarge, random_clip

from lens import Library
from lens.config import thumbnail_folder
from lens.models import load
from lens.models.backends import CANDIDATES, REFERENCE
from lens.photos import FoundPhoto, read_photo, scan


def seconds(work: Callable[[], object], rounds: int) -> float:
    """Median seconds of some rounds, after one that is not counted."""
    work()
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def measure(folder: Path, encoder: Any, rounds: int) -> dict[str, float]:
    """Rates of reading, encoding and indexing the photos of a folder."""
    files = [found.path for found in scan(folder) if isinstance(found, FoundPhoto)]

    def read(file: Path) -> object:
        return encoder.prepare(read_photo(file, min_side=encoder.info.min_side).image)

    def read_all() -> list[Any]:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(read, files))

    prepared = read_all()

    def encode_all() -> None:
        for start in range(0, len(prepared), encoder.batch):
            encoder.encode_prepared(prepared[start : start + encoder.batch])

    def index_all(thumbnails: bool = True) -> None:
        shutil.rmtree(thumbnail_folder(), ignore_errors=True)
        with tempfile.TemporaryDirectory() as index:
            Library.open(index).index([folder], encoder, thumbnails=thumbnails)

    works: dict[str, Callable[[], object]] = {
        "read": read_all,
        "encode": encode_all,
        "index": index_all,
        "no thumbnails": lambda: index_all(thumbnails=False),
    }
    rates = {name: len(files) / seconds(work, rounds) for name, work in works.items()}
    in_turns = 1 / (1 / rates["read"] + 1 / rates["encode"])
    return {"photos": len(files), **rates, "index / in turns": rates["index"] / in_turns}


def runs(name: str, backends: bool, folder: Path) -> list[tuple[str, Any]]:
    """The encoder, once for each way of running it that is asked for."""
    if name == "builtin":
        return [("builtin", load("builtin"))]
    clip = str(random_clip(folder / "clip"))
    chosen = (REFERENCE, *CANDIDATES) if backends else (REFERENCE,)
    return [
        (f"{name}, {way}", load(clip, device="cpu", precision=way.precision, backend=way.library)) for way in chosen
    ]


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=default_folder())
    parser.add_argument("--encoder", choices=["builtin", "random-clip"], default="builtin")
    parser.add_argument("--large", action="store_true", help="photos of 12 megapixels made from these")
    parser.add_argument("--backends", action="store_true", help="random-clip in every way this machine has")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    logging.getLogger().setLevel(logging.ERROR)  # open_clip tells that the weights are random, which is meant
    with tempfile.TemporaryDirectory() as made:
        os.environ["LENS_CACHE"] = str(Path(made) / "cache")
        folder = enlarge(options.folder, Path(made) / "large") if options.large else options.folder
        results = {
            name: measure(folder, encoder, options.rounds)
            for name, encoder in runs(options.encoder, options.backends, Path(made))
        }
    if options.json:
        print(json.dumps({"processors": os.cpu_count(), "results": results}, indent=2))
        return
    size = " of 12 megapixels" if options.large else ""
    print(f"{os.cpu_count()} processors, photos{size} from {options.folder}, median of {options.rounds}, photos/s")
    print(f"{'':30} {'read':>7} {'encode':>7} {'index':>7} {'without':>7}  index ÷ (1 ÷ (1/read + 1/encode))")
    for name, row in results.items():
        rates = "".join(f"{row[each]:8.1f}" for each in ("read", "encode", "index", "no thumbnails"))
        print(f"{name:29}{rates}  {row['index / in turns']:.2f}")


if __name__ == "__main__":
    main()

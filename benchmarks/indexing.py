"""How fast photos are indexed, against how fast they can be read and encoded.

    python benchmarks/indexing.py [FOLDER] [--photos N] [--encoder builtin|random-clip] [--large] [--backends] [--json]

Reads, encodes, and indexes the photos of a folder (the COCO photos beside the checkout, else the samples), each alone
and on all processors, in photos per second. If reading and encoding simply took turns, indexing would run at
1 ÷ (1/read + 1/encode); the last columns say how close to that it comes, with thumbnails, which reading alone does not
make, and bare, without them. Then the same against encoding batches side by side, each in one thread, as an index run
does where onnxruntime runs the network, and which is quicker than a network on all processors. For processor seconds,
read and encode together ÷ index with thumbnails, it weighs less what else the machine does. `random-clip` is a ViT-B/32
with random weights; `--large` takes photos of 12 megapixels made from the others; `--backends` runs the network in
every way that this machine has, and says which a long run would choose. JSON has the seconds of each stage of an index
run, which threads add up to more than the run takes.
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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from photos import copies, default_folder, enlarge, random_clip

from lens import Library
from lens.config import thumbnail_folder
from lens.indexing.threads import THREADS, libraries_keep_to_one_thread
from lens.models import load
from lens.models.backends import CANDIDATES, REFERENCE, calibrate
from lens.photos import FoundPhoto, read_photo, scan

SAMPLE = 64
USUAL = {("builtin", False): 1000, ("builtin", True): 250, ("random-clip", False): 500, ("random-clip", True): 100}
"""Photos, by encoder and whether they are large: so many that what a run does once weighs little."""
TAKES_LONG = 10.0  # seconds


@dataclass(frozen=True)
class Taken:
    """Seconds."""

    wall: float
    processor: float


def taken(work: Callable[[], object], rounds: int, clear: Callable[[], object]) -> Taken:
    """The medians of some rounds, after one that is not counted; what takes long is not repeated.

    `clear` removes what the last round left, and is not timed.
    """
    work()
    found = []
    for _ in range(rounds):
        clear()
        started, began = time.perf_counter(), time.process_time()
        work()
        found.append((time.perf_counter() - started, time.process_time() - began))
        if found[-1][0] > TAKES_LONG:
            break
    return Taken(*map(statistics.median, zip(*found, strict=True)))


def measure(folder: Path, encoder: Any, rounds: int, index: Path) -> dict[str, Any]:
    """Rates of reading, encoding and indexing the photos of a folder into an index that is made for it."""
    files = [found.path for found in scan(folder) if isinstance(found, FoundPhoto)]
    stages: dict[str, float] = {}

    def read(file: Path) -> object:
        return encoder.prepare(read_photo(file, min_side=encoder.info.min_side).image)

    def read_all() -> list[Any]:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(read, files))

    prepared = read_all()

    batches = [prepared[start : start + encoder.batch] for start in range(0, len(prepared), encoder.batch)]

    def encode_all() -> None:
        for batch in batches:
            encoder.encode_prepared(batch)

    def encode_side_by_side() -> None:
        if not encoder.thread_safe:
            return
        with libraries_keep_to_one_thread(), ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(encoder.encode_prepared, batches))

    def index_all() -> None:
        stages.update(Library.open(index).index([folder], encoder).stages)

    def index_plainly() -> None:
        Library.open(index).index([folder], encoder, thumbnails=False)

    def clear() -> None:
        shutil.rmtree(thumbnail_folder(), ignore_errors=True)
        shutil.rmtree(index, ignore_errors=True)

    works: dict[str, Callable[[], object]] = {
        "read": read_all,
        "encode": encode_all,
        "encode side by side": encode_side_by_side,
        "index": index_all,
        "index without thumbnails": index_plainly,
    }
    clear()
    times = {name: taken(work, rounds, clear) for name, work in works.items()}
    alone = [times["read"], times["encode"]]
    best = [times["read"], times["encode side by side" if encoder.thread_safe else "encode"]]
    return {
        "photos": len(files),
        **{name: len(files) / each.wall for name, each in times.items()},
        "index / in turns": sum(each.wall for each in alone) / times["index"].wall,
        "without thumbnails / in turns": sum(each.wall for each in alone) / times["index without thumbnails"].wall,
        "index / in turns, side by side": sum(each.wall for each in best) / times["index"].wall,
        "the same, processor": sum(each.processor for each in alone) / times["index"].processor,
        "stages": stages,
    }


def runs(name: str, backends: bool, folder: Path) -> list[tuple[str, Any]]:
    """The encoder, once for each way of running it that is asked for."""
    if name == "builtin":
        return [("builtin", load("builtin"))]
    clip = str(random_clip(folder / "clip"))
    chosen = (REFERENCE, *CANDIDATES) if backends else (REFERENCE,)
    return [
        (f"{name}, {way}", load(clip, device="cpu", precision=way.precision, backend=way.library)) for way in chosen
    ]


def chosen(clip: Path, folder: Path) -> dict[str, Any]:
    """What a long run would choose on this machine for the random CLIP, and how fast it is beside float32."""
    encoder: Any = load(str(clip), device="cpu")
    files = [found.path for found in scan(folder) if isinstance(found, FoundPhoto)][:SAMPLE]
    sample = [encoder.prepare(read_photo(file, min_side=encoder.info.min_side).image) for file in files]
    choice = calibrate(encoder, sample)
    return asdict(choice) | {"backend": str(choice.backend)}


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=default_folder())
    parser.add_argument(
        "--photos", type=int, help="how many, copies of these in turn (default: 1000, or less of what is slow)"
    )
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
        usual = USUAL[options.encoder, options.large]
        folder = copies(folder, Path(made) / "photos", options.photos or usual)
        results = {
            name: measure(folder, encoder, options.rounds, Path(made) / "index")
            for name, encoder in runs(options.encoder, options.backends, Path(made))
        }
        choice = chosen(Path(made) / "clip", folder) if options.backends else None
    if options.json:
        found = {"processors": os.cpu_count(), "load": os.getloadavg()[0], "results": results, "chosen": choice}
        print(json.dumps(found, indent=2))
        return
    size = " of 12 megapixels" if options.large else ""
    print(f"{os.cpu_count()} processors, photos{size} from {options.folder}, median of {options.rounds}, photos/s")
    print(
        f"{'':30} {'read':>7} {'encode':>7} {'index':>7}  "
        "index ÷ (1 ÷ (1/read + 1/encode)); bare; side by side; of processor"
    )
    for name, row in results.items():
        rates = "".join(f"{row[each]:8.1f}" for each in ("read", "encode", "index"))
        ratios = (
            "index / in turns",
            "without thumbnails / in turns",
            "index / in turns, side by side",
            "the same, processor",
        )
        print(f"{name:29}{rates}  {'; '.join(f'{row[each]:.2f}' for each in ratios)}")
    if choice:
        told = f"{choice['photos_per_second']:.1f} photos/s, {choice['reference_per_second']:.1f} in float32"
        print(f"a long run would choose {choice['backend']}: {told}, least cosine {choice['cosine']:.5f}")


if __name__ == "__main__":
    main()

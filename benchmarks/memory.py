"""The peak memory of an index run, by the number of photos.

    python benchmarks/memory.py [--sizes N …] [--encoder seldom|builtin|colours] [--json]

Each size is indexed by a process of its own, from small photos made for it. `builtin` encodes every photo, which takes
half an hour for a hundred thousand. `seldom` is the built-in encoder of which one batch in 50 goes through the network
and the others get vectors by chance: all networks are in memory and every table has its full size, but the run takes
minutes. `colours` is a trivial encoder with vectors of 12 numbers: the rest of the run is then all there is to see.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from lens.models.encoders.builtin import BuiltinEncoder
from lens.models.encoders.heads import HEADS_FILE, Heads

EVERY = 50
ROOT = Path(__file__).resolve().parent.parent


class Seldom(BuiltinEncoder):
    """The built-in encoder, of whose batches few go through the network."""

    def __init__(self) -> None:
        super().__init__(Heads.load(HEADS_FILE))
        self._batches = 0

    def encode_prepared(self, inputs):
        self._batches += 1
        if self._batches % EVERY in {1, 2, 3}:  # the first of a run is a single photo, then two are encoded at once
            return super().encode_prepared(inputs)
        vectors = np.random.default_rng(self._batches).normal(size=(len(inputs), self.info.dim)).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def paint(folder: Path, count: int) -> None:
    """Photos that are all different."""
    for number in range(count):
        place = folder / f"{number // 1000:03d}"
        if number % 1000 == 0:
            place.mkdir(parents=True)
        colour = (number % 256, number // 256 % 256, number // 65536)
        Image.new("RGB", (64, 48), colour).save(place / f"{number:06d}.bmp")


def index(folder: str, uri: str, encoder: str) -> None:
    """Index, and print the peak in MB."""
    sys.path.insert(0, str(ROOT))
    from lens import Library
    from tests.fakes import ColourEncoder

    made = {"colours": ColourEncoder, "seldom": Seldom, "builtin": lambda: "builtin"}
    Library.open(uri).index([folder], made[encoder]())
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def peak_of(size: int, encoder: str) -> float:
    """MB that a process takes at the most to index so many photos."""
    with tempfile.TemporaryDirectory() as made:
        paint(Path(made) / "photos", size)
        command = [sys.executable, __file__, "--encoder", encoder, "--run", f"{made}/photos", f"{made}/index"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--encoder", choices=["seldom", "builtin", "colours"], default="seldom")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--run", nargs=2, metavar=("FOLDER", "INDEX"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        index(*options.run, options.encoder)
        return
    with tempfile.TemporaryDirectory() as cache:
        os.environ["LENS_CACHE"] = cache  # the user's would remember how fast this encoder seems to be
        peak_of(32, options.encoder)  # what is made once, such as exported networks, is made now
        peaks = {size: peak_of(size, options.encoder) for size in options.sizes}
    if options.json:
        print(json.dumps(peaks, indent=2))
        return
    print(f"{'photos':>9}  peak memory ({options.encoder})")
    for size, peak in peaks.items():
        print(f"{size:9,}  {peak:7.0f} MB")


if __name__ == "__main__":
    main()

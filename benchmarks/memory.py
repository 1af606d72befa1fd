"""The peak memory of an index run, by the number of photos.

    python benchmarks/memory.py [--sizes N …] [--encoder builtin|colours] [--json]

Each size is indexed by a process of its own, from small photos made for it. `colours` is a trivial encoder: the rest of
the run is then all there is to see, and a hundred thousand photos take minutes.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent


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

    Library.open(uri).index([folder], ColourEncoder() if encoder == "colours" else encoder)
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
    parser.add_argument("--encoder", choices=["builtin", "colours"], default="colours")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--run", nargs=2, metavar=("FOLDER", "INDEX"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        index(*options.run, options.encoder)
        return
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

"""An index run on a cluster of Ray that begins here, beside the same run without: photos a second, and what Ray costs.

Three runs each over real photos (the built-in encoder, which does the work) and over tiny ones, where hardly anything
is left but what a photo costs in planning, handing out and committing. Whole commands, from their start to their end;
what it takes Ray to begin is told apart, from a run over one shard.

    python benchmarks/cluster.py [--photos 2000] [--tiny 10000] [--json]
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
from commands import run
from photos import copies, default_folder
from PIL import Image

WAYS = {"here": [], "ray, 1 worker": ["--workers", "1"], "ray, 2 workers": ["--workers", "2"]}
SIDE = 16
LENS = [sys.executable, "-c", "from lens_cli.app import main; main()"]


def tiny(folder: Path, count: int) -> Path:
    """Photos of a few pixels."""
    folder.mkdir(parents=True)
    colours = np.random.default_rng(0).integers(0, 256, (count, 3), np.uint8)
    for number, colour in enumerate(colours):
        Image.new("RGB", (SIDE, SIDE), tuple(colour.tolist())).save(folder / f"{number:06d}.png")
    return folder


def seconds(photos: Path, index: Path, options: list[str]) -> float:
    """Of one index run."""
    engine = ["--engine", "ray", *options] if options else []
    command = [*LENS, "index", str(photos), "--index", str(index), "--no-thumbnails", "-q"]
    return run([*command, *engine], os.environ, Path.cwd())[0].wall


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--tiny", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        sets = {
            "one shard": copies(default_folder(), place / "few", 16),
            "real": copies(default_folder(), place / "real", asked.photos),
            "tiny": tiny(place / "tiny", asked.tiny),
        }
        begun: dict[str, float] = {}
        for name, photos in sets.items():
            count = sum(1 for _ in photos.iterdir())
            for way, options in WAYS.items():
                took = seconds(photos, place / f"{name} {way}", options)
                begun.setdefault(way, took)
                rest = max(took - begun[way], 1e-9)
                found.append({"photos": name, "count": count, "way": way, "seconds": took, "beginning": begun[way]})
                if not asked.json:
                    told = (
                        ""
                        if name == "one shard"
                        else f", {count / rest:.0f} photos/s, {1000 * rest / count:.1f} ms each"
                    )
                    print(f"{name:10} {count:6} {way:15} {took:6.1f} s{told}", flush=True)
    if asked.json:
        print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()

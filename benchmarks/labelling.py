"""How fast photos are labelled, and the peak memory it takes, by the number of photos.

    python benchmarks/labelling.py [--sizes N …] [--detector colours|tiny-owlv2|builtin] [--side PIXELS] [--json]

Each size is labelled by a process of its own, for three categories, on photos made for it, which were indexed before
with a trivial encoder. `colours` is a trivial detector, so that the rest of the run is all there is to see;
`tiny-owlv2` is an OWLv2 with small random weights, through the path of the real one.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
PROMPTS = "red, sky=blue|navy, plant=green"
COLOURS = ["red", "blue", "navy", "green", "white", "black"]


def paint(folder: Path, count: int, side: int) -> None:
    """Photos with some things in them, all different."""
    draw_from = random.Random(0)
    for number in range(count):
        place = folder / f"{number // 1000:03d}"
        if number % 1000 == 0:
            place.mkdir(parents=True)
        image = Image.effect_noise((side, side * 3 // 4), 60).convert("RGB")
        for _ in range(4):
            x, y = draw_from.randrange(side * 3 // 4), draw_from.randrange(side // 2)
            size = draw_from.randrange(side // 10, side // 3)
            ImageDraw.Draw(image).rectangle((x, y, x + size, y + size), fill=draw_from.choice(COLOURS))
        image.save(place / f"{number:06d}.jpg", quality=85)


def label(uri: str, detector: str) -> None:
    """Label, and print what came of it."""
    from lens import Library
    from tests.fakes import ColourEncoder
    from tests.label_fakes import ColourDetector

    library = Library.open(uri)
    library._encoders._encoders["colour"] = ColourEncoder()
    chosen = ColourDetector() if detector == "colours" else detector
    score = 0.3 if "/" in detector else None
    report = library.labels.label(PROMPTS, detector=chosen, min_score=score)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = report.labelled / report.seconds
    print(json.dumps({"rate": rate, "peak": peak, "regions": report.regions, "failed": len(report.failed)}))


def measure(size: int, detector: str, side: int) -> dict[str, Any]:
    """Photos a second, peak MB, regions and failures of a process that labels so many photos."""
    from lens import Library
    from tests.fakes import ColourEncoder
    from tests.region_checkpoints import owlv2

    with tempfile.TemporaryDirectory() as made:
        paint(Path(made) / "photos", size, side)
        Library.open(f"{made}/index").index([f"{made}/photos"], ColourEncoder(), thumbnails=False)
        name = str(owlv2(Path(made) / "tiny-owlv2")) if detector == "tiny-owlv2" else detector
        command = [sys.executable, __file__, "--run", f"{made}/index", name]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[500, 5_000])
    parser.add_argument("--detector", choices=["colours", "tiny-owlv2", "builtin"], default="tiny-owlv2")
    parser.add_argument("--side", type=int, default=640, help="Of a photo's longer side, in pixels.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--run", nargs=2, metavar=("INDEX", "DETECTOR"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        label(*options.run)
        return
    measured = {size: measure(size, options.detector, options.side) for size in options.sizes}
    if options.json:
        print(json.dumps(measured, indent=2))
        return
    print(f"{'photos':>9}  photos/s  peak memory  regions ({options.detector})")
    for size, each in measured.items():
        print(f"{size:9,}  {each['rate']:8.1f}  {each['peak']:8.0f} MB  {each['regions']:7,}")


if __name__ == "__main__":
    main()

"""Thousands of real photos labelled by `lens label`, killed again and again at random moments, each time taken up.

    python benchmarks/killed_labelling.py FOLDER … [--photos N] [--kills N] [--detector builtin|tiny-owlv2] [--work DIR]

The photos are distinct parts of those in the folders, at most 320 pixels wide and high. Memory is read off the process
every few hundred photos. In the end every photo must have been looked through, none twice, and what was found in a
slice of them must be what an undisturbed run finds there. Each line of the output is whole; the last says HOLDS or
FAILS, and the exit status is 0 or 1. Linux only: it reads /proc.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
LENS = Path(sys.executable).with_name("lens")
PROMPTS = "dog, red car, person=human|man|woman"
SOURCE = "killed"
SIDE = 320
EVERY = 500
"""Photos between two readings of the memory."""
SLICE = 200
"""Photos that are labelled without a kill too; they are a folder."""
LONGEST_DELAY = 12.0
"""Seconds after the commit that a kill waits for: longer than the time between two commits."""
SAME = 0.01
"""Pixels by which two boxes of one thing may differ: photos share other batches after a kill."""


def say(line: str) -> None:
    """A line with the time."""
    print(f"{datetime.now():%H:%M:%S} {line}", flush=True)


def cut_photos(folders: list[Path], place: Path, count: int, draw: random.Random) -> None:
    """Distinct parts of real photos, in folders of SLICE."""
    files = sorted(file for folder in folders for file in folder.rglob("*.jpg"))
    for number in range(count):
        with Image.open(files[number % len(files)]) as opened:
            image = ImageOps.exif_transpose(opened).convert("RGB")
        width, height = (max(32, round(side * draw.uniform(0.5, 1))) for side in image.size)
        left, top = draw.randint(0, max(0, image.width - width)), draw.randint(0, max(0, image.height - height))
        part = image.crop((left, top, left + width, top + height))
        part.thumbnail((SIDE, SIDE))
        file = place / f"{number // SLICE:03d}" / f"{number:05d}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        part.save(file, quality=88)


def command(index: Path, detector: str, *more: str) -> list[str]:
    """To label all, or what more says."""
    score = ["--min-score", "0.995"] if detector != "builtin" else []  # random weights see things everywhere
    named = ["--detector", detector, "--source", SOURCE, "--index", str(index)]
    return [str(LENS), "label", PROMPTS, *more, *named, *score, "--quiet"]


def memory(process: int) -> tuple[float, float]:
    """Now, and at the most so far: MB of resident memory of a process; zeros once it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0, 0.0
    held = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.startswith(("VmRSS", "VmHWM"))}
    return held.get("VmRSS", 0.0), held.get("VmHWM", 0.0)


def looked_through(index: Path) -> Counter[str]:
    """How often each photo is said to have been looked through."""
    from lens import Library

    return Counter(Library.open(index)._index().labelled.rows()["id"].to_pylist())


def run_once(index: Path, detector: str, until: int | None, delay: float, number: int) -> tuple[bool, float]:
    """One run, killed some seconds after it has looked through so many photos; whether it was, and its peak MB."""
    process = subprocess.Popen(command(index, detector))
    peak, told = 0.0, looked_through(index).total() // EVERY
    while process.poll() is None:
        time.sleep(1)
        now, most = memory(process.pid)
        peak, done = max(peak, most), looked_through(index).total()
        if done // EVERY > told:
            told = done // EVERY
            say(f"run {number}: {done:,} photos, {now:.0f} MB now, {peak:.0f} MB at the most")
        if until is not None and done >= until:
            time.sleep(delay)
            process.kill()
            break
    status = process.wait()
    if status not in (0, -9):
        raise SystemExit(f"FAILS: lens label ended with {status}")
    say(f"run {number}: {'killed' if status else 'ended'} at {looked_through(index).total():,} photos, {peak:.0f} MB")
    return status == -9, peak


def found_in(index: Path, folder: Path) -> dict[str, list[Any]]:
    """By the id of each photo in a folder, what was found in it: category, box and score, in order."""
    from lens import Library
    from lens.search.filters import condition_of
    from lens.search.syntax import Filter

    opened = Library.open(index)._index()
    within = condition_of(Filter("folder", str(folder)), opened.roots.all(), lambda: opened)
    found: dict[str, list[Any]] = {photo: [] for photo in opened.photos.matching(within)["id"].to_pylist()}
    for row in opened.regions.of_photos(list(found)):
        found[row.photo].append((row.category, *row.box, row.score))
    return {photo: sorted(rows) for photo, rows in found.items()}


def alike(one: list[Any], other: list[Any]) -> bool:
    """Whether the same things were found at the same places."""
    return [row[0] for row in one] == [row[0] for row in other] and all(
        abs(a - b) <= SAME for x, y in zip(one, other, strict=True) for a, b in zip(x[1:], y[1:], strict=True)
    )


def problems(index: Path, plain: Path, folder: Path, count: int) -> list[str]:
    """What is wrong in the end; empty if nothing is."""
    from lens import Library

    wrong = [str(problem) for problem in Library.open(index).verify()]
    looked = looked_through(index)
    if len(looked) != count or looked.total() != count:
        wrong.append(f"{len(looked):,} of {count:,} photos were looked through, {looked.total() - len(looked):,} twice")
    here, there = found_in(index, folder), found_in(plain, folder)
    differ = [photo for photo in there if not alike(here.get(photo, []), there[photo])]
    say(
        f"slice: {len(there)} photos, {sum(map(len, there.values()))} regions, {len(differ)} photos differ {differ[:5]}"
    )
    regions = Library.open(index)._index().regions.table().to_arrow().select(["photo", "category", "box"]).to_pylist()
    doubles = len(regions) - len(set(map(str, regions)))
    say(f"all: {len(regions):,} regions, {doubles} doubles")
    if not there or len(differ) + doubles:
        wrong.append(f"{len(differ)} photos of the slice differ, {doubles} regions are there twice")
    return wrong


def main() -> None:
    """Label, kill, go on, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--photos", type=int, default=5_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--detector", choices=["builtin", "tiny-owlv2"], default="builtin")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, help="Where photos and indexes lie. [default: a folder that is removed]")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as removed:
        work = options.work or Path(removed)
        work.mkdir(parents=True, exist_ok=True)
        wrong = measure(work.absolute(), options)
    say("FAILS: " + "; ".join(wrong) if wrong else "HOLDS")
    sys.exit(bool(wrong))


def measure(work: Path, options: argparse.Namespace) -> list[str]:
    """What is wrong with a labelling that was killed so often."""
    from tests.region_checkpoints import owlv2

    draw, photos, before = random.Random(options.seed), work / "photos", work / "before"
    detector = str(owlv2(work / "tiny-owlv2")) if options.detector == "tiny-owlv2" else options.detector
    if not before.exists():
        cut_photos(options.folders, photos, options.photos, random.Random(0))
        subprocess.run([LENS, "index", photos, "--index", before, "--quiet"], check=True)
    say(f"{options.photos:,} photos are indexed; {options.detector}, {options.kills} kills, seed {options.seed}")
    plain, index = work / f"{options.detector}-undisturbed", work / f"{options.detector}-killed"
    for copy in (plain, index):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(before, copy)
    part = photos / f"{options.photos // SLICE // 2:03d}"
    subprocess.run(command(plain, detector, str(part)), check=True)
    say(f"undisturbed: {sum(map(len, found_in(plain, part).values()))} regions in the slice")

    moments = sorted(draw.randrange(options.photos) for _ in range(options.kills))
    runs = [run_once(index, detector, at, draw.uniform(0, LONGEST_DELAY), n) for n, at in enumerate(moments, start=1)]
    runs.append(run_once(index, detector, None, 0, len(runs) + 1))
    kills, peaks = sum(killed for killed, _ in runs), [f"{peak:.0f}" for _, peak in runs]
    say(f"{kills} kills; peak MB of each run: {' '.join(peaks)}")
    short = [f"only {kills} runs were killed"] if kills < options.kills else []
    return [*short, *problems(index, plain, part, options.photos)]


if __name__ == "__main__":
    main()

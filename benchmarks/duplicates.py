"""How well near duplicates are found, beside the hashes of imagededup (https://github.com/idealo/imagededup).

    python benchmarks/duplicates.py --data DIR --env DIR [--photos N] [--vectors N] [--json]

Edits are made of CC0 photos (`clothing/`) and of the COCO photos that judge the built-in encoder, half of each, put
among all others of both. A first look at false pairs among the clothing changed how cuts are confirmed, so COCO's
half alone is an untouched judge. Each program says, in the same run, which pairs are near duplicates; a pair is right
if both come from one photo. Recall is told for each edit: whether it is found with its original. Precision is over
all pairs that were said. The same for `duplicates/`, by file names, two of them corrected after the results were
seen. imagededup runs its four hashes at its default threshold, in an environment of its own; its network is left out.

Also measured: how many blurred photos are called so, what measuring costs a photo, and how long comparing all with
all takes for many photos (random hashes, and random vectors with the spectrum of real ones).
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from edits import EDITS
from PIL import ImageFilter

from lens import Library
from lens.align.datasets import validation_split
from lens.curation.candidates import pairs_by_hash, pairs_by_vector
from lens.curation.collection import load, vectors_of
from lens.curation.near import BITS, COARSE_BITS, COSINE, EACH, near_pairs, units_of
from lens.curation.quality import SHARPNESS
from lens.indexing.report import nothing_to_tell
from lens.photos import read_photo
from lens.photos.measures import MIN_SIDE, measure
from lens_indexes import Index

Pairs = set[frozenset[str]]
METHODS = ("PHash", "DHash", "WHash", "AHash")
NEEDED = (
    "imagededup==0.3.3.post2",
    "PyWavelets",
    "matplotlib",
    "contourpy",
    "cycler",
    "fonttools",
    "kiwisolver",
    "pyparsing",
)
PROGRAM = """
import json, sys
from pathlib import Path
import imagededup.methods
found = {}
for name in sys.argv[2:]:
    hasher = getattr(imagededup.methods, name)(verbose=False)
    near = hasher.find_duplicates(image_dir=Path(sys.argv[1]))
    found[name] = sorted({tuple(sorted((one, other))) for one, others in near.items() for other in others})
print(json.dumps(found))
"""
BLURS = (0.25, 0.5, 1.0, 2.0)  # standard deviation, percent of the shorter side
DRAWS = 1000
BOOKS = {f"ukbench{number}": f"ukbench{number}" for number in ("00120", "09268", "09380")}
SHOWN = BOOKS | {"alpha_channel": "ukbench00120", "bridge": "bridge", "modes": "bridge"}
"""Part of a path → what the photo shows; each other one of `duplicates/` shows something of its own."""


def make_edits(sources: Sequence[Path], others: Sequence[Path], folder: Path) -> dict[str, str]:
    """Fill a folder with photos, their edits and other photos; file name → the photo it comes from."""
    origin = {}
    for file in [*sources, *others]:
        name = f"{file.stem}.jpg"
        (folder / name).write_bytes(file.read_bytes())
        origin[name] = file.stem
    for file in sources:
        image = read_photo(file).image
        for number, edit in enumerate(EDITS.values()):
            name = f"{file.stem}__{number}.jpg"
            edit(image).save(folder / name, quality=88)
            origin[name] = file.stem
    return origin


def gather(data: Path, folder: Path) -> dict[str, str]:
    """Copy the photos of `duplicates/` into one folder; file name → what it shows."""
    origin = {}
    for number, file in enumerate(sorted(each for each in data.rglob("*") if each.is_file())):
        name = f"{number:03d}{file.suffix}"
        (folder / name).write_bytes(file.read_bytes())
        origin[name] = next((shown for part, shown in SHOWN.items() if part in str(file.relative_to(data))), name)
    return origin


def pairs_of_lens(folder: Path) -> tuple[Pairs, set[str]]:
    """The pairs that Lens says, and the files it could read."""
    with tempfile.TemporaryDirectory() as made:
        library = Library.open(Path(made) / "index")
        library.index([folder], "builtin")
        library.curation.duplicates()  # hashes pixels, as a user's first look does
        index = Index.open(library.uri)
        photos = load(index)
        units = units_of(photos)
        near = near_pairs(photos, units, vectors_of(index, photos), nothing_to_tell)
        joined = [unit for unit in units if len(unit) > 1] + [[*units[pair.one], *units[pair.other]] for pair in near]
        names = [photo.path.name for photo in photos]
        return {frozenset((names[a], names[b])) for unit in joined for a in unit for b in unit if a < b}, set(names)


def pairs_of_imagededup(folder: Path, environment: Path) -> dict[str, Pairs]:
    """The pairs that each hash of imagededup says; it is installed first where it is not yet."""
    python = environment / "bin" / "python"
    if not python.exists():
        venv.create(environment, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", *NEEDED], check=True)
        place = next((environment / "lib").glob("python3*")) / "site-packages"
        (place / "shared.pth").write_text(str(Path(np.__file__).parent.parent))  # torch, numpy and the like
    done = subprocess.run(
        [python, "-W", "ignore", "-c", PROGRAM, str(folder), *METHODS], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"imagededup failed:\n{done.stderr[-2000:]}")
    found = json.loads(done.stdout.splitlines()[-1])
    return {name: {frozenset(pair) for pair in pairs} for name, pairs in found.items()}


def interval(right: Sequence[float], weights: Sequence[float] | None = None) -> tuple[float, float, float]:
    """Percent, with a 95 % bootstrap interval over photos; `right` of `weights` for each photo."""
    hits, of = np.array(right, float), np.ones(len(right)) if weights is None else np.array(weights, float)
    drawn = np.random.default_rng(0).integers(0, len(hits), (DRAWS, len(hits)))
    sums = of[drawn].sum(axis=1)
    rates = np.divide(hits[drawn].sum(axis=1), sums, out=np.ones(DRAWS), where=sums > 0)
    low, high = np.quantile(rates, [0.025, 0.975])
    return 100 * hits.sum() / max(of.sum(), 1e-9), 100 * low, 100 * high


def judge(pairs: Pairs, origin: dict[str, str], sources: Iterable[str]) -> dict[str, tuple[float, float, float]]:
    """Recall of each edit, and precision, where the edits were made here."""
    table = {}
    for number, edit in enumerate(EDITS):
        table[edit] = interval([frozenset((f"{name}.jpg", f"{name}__{number}.jpg")) in pairs for name in sources])
    return table | {"all edits": interval_of_recall(pairs, origin), "precision": interval_of_precision(pairs, origin)}


def interval_of_recall(pairs: Pairs, origin: dict[str, str]) -> tuple[float, float, float]:
    """Of all pairs from one photo, edits of the same photo among each other included."""
    families: dict[str, list[str]] = {}
    for name, photo in origin.items():
        families.setdefault(photo, []).append(name)
    wanted = [
        [frozenset((a, b)) for a in names for b in names if a < b] for names in families.values() if len(names) > 1
    ]
    return interval([sum(pair in pairs for pair in each) for each in wanted], [len(each) for each in wanted])


def interval_of_precision(pairs: Pairs, origin: dict[str, str]) -> tuple[float, float, float]:
    """Of all pairs that were said, those from one photo; drawn over the photo of a pair's first file."""
    said: dict[str, list[bool]] = {}
    for pair in pairs:
        one, other = sorted(origin[name] for name in pair)
        said.setdefault(one, []).append(one == other)
    return (
        interval([sum(each) for each in said.values()], [len(each) for each in said.values()])
        if said
        else (100, 0, 100)
    )


def blurred(files: Sequence[Path]) -> dict[str, tuple[float, float, float]]:
    """How many photos are called blurred: as they are, and after a Gaussian blur."""
    found: dict[str, list[float]] = {}
    for file in files:
        image = read_photo(file).image
        for percent in (0.0, *BLURS):
            radius = percent / 100 * min(image.size)
            seen = image.filter(ImageFilter.GaussianBlur(radius)) if radius else image
            found.setdefault(f"{percent:g} %", []).append(measure(seen).sharpness < SHARPNESS)
    return {name: interval(each) for name, each in found.items()}


def speed(files: Sequence[Path], count: int) -> dict[str, float]:
    """Processor milliseconds to measure a photo as a run decodes it, and seconds to compare `count` with each other."""
    images = [read_photo(file, min_side=2 * MIN_SIDE).image for file in files]
    rounds = []
    for _ in range(3):
        started = time.thread_time()
        for image in images:
            measure(image)
        rounds.append((time.thread_time() - started) / len(images) * 1000)
    rng = np.random.default_rng(0)
    bits = rng.random((count, 256)) < 0.5
    vectors = rng.normal(size=(count, 512)).astype(np.float32) * np.exp(-np.arange(512) / 60).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    started = time.perf_counter()
    pairs_by_hash(bits, COARSE_BITS, BITS)
    hashed = time.perf_counter()
    pairs_by_vector(vectors, COSINE, EACH)
    return {
        "measuring, ms a photo": min(rounds),
        f"{count:,} hashes, s": hashed - started,
        f"{count:,} vectors, s": time.perf_counter() - hashed,
    }


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with clothing, coco and duplicates")
    parser.add_argument("--env", type=Path, required=True, help="where imagededup is, or is to be installed")
    parser.add_argument("--photos", type=int, default=60, help="that edits are made of")
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    clothing = sorted((asked.data / "clothing").rglob("*.jpg"))
    coco = [item.path for item in validation_split(asked.data)["COCO"]]
    rng = np.random.default_rng(0)
    sources, others = [], []
    for files in (clothing, coco):
        chosen = [files[number] for number in rng.permutation(len(files))]
        sources += chosen[: asked.photos // 2]
        others += chosen[asked.photos // 2 :]
    tables: dict[str, Any] = {"edits": {}, "duplicates": {}}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "photos"
        folder.mkdir()
        origin = make_edits(sources, others, folder)
        found = {"Lens": pairs_of_lens(folder)[0]} | pairs_of_imagededup(folder, asked.env)
        names = [file.stem for file in sources]
        tables["edits"] = {name: judge(pairs, origin, names) for name, pairs in found.items()}
    with tempfile.TemporaryDirectory() as made:
        origin = gather(asked.data / "duplicates", Path(made))
        mine, readable = pairs_of_lens(Path(made))
        origin = {name: photo for name, photo in origin.items() if name in readable}
        for name, pairs in ({"Lens": mine} | pairs_of_imagededup(Path(made), asked.env)).items():
            known = {pair for pair in pairs if pair <= origin.keys()}
            tables["duplicates"][name] = {
                "recall": interval_of_recall(known, origin),
                "precision": interval_of_precision(known, origin),
            }
    tables["blurred"] = {"called blurred after a blur of": blurred(sources)}
    tables["speed"] = speed(sorted((asked.data / "coco" / "images").glob("*.jpg"))[:100], asked.vectors)
    if asked.json:
        print(json.dumps(tables, indent=2))
        return
    for part in ("edits", "duplicates", "blurred"):
        print(f"\n{part}: percent, with 95 % bootstrap intervals over photos")
        for name, row in tables[part].items():
            print(name)
            for key, (value, low, high) in row.items():
                print(f"    {key:16} {value:5.1f} ({low:.0f}–{high:.0f})")
    print("\nspeed")
    for name, value in tables["speed"].items():
        print(f"    {name:24} {value:.2f}")


if __name__ == "__main__":
    sys.exit(main())

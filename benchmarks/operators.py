"""How well AND, OR and NOT find the photos that have two things, either, or one without the other.

The photos are those of COCO with instances, which no encoder of ours was trained on; the things are pairs of its
categories. Each way of asking ranks all photos; the figure is the mean average precision over pairs.
"""

import argparse
import itertools
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens import Library

FEWEST = 4  # photos that answer a pair, and that do not
RESAMPLED = 1000
WAYS = {
    "both": ('"a {a}" AND "a {b}"', '"a {a}" "a {b}"', "a {a} and a {b}"),
    "either": ('"a {a}" OR "a {b}"', '"a {a}" "a {b}"', "a {a} or a {b}"),
    "one without the other": ('"a {a}" NOT "a {b}"', '"a {a}" - "a {b}"', "a {a} without a {b}", "a {a}"),
}
WANTED = {"both": np.logical_and, "either": np.logical_or, "one without the other": lambda a, b: a & ~b}

Mask = NDArray[np.bool_]


def things(data: Path) -> tuple[list[str], dict[str, Mask]]:
    """File names of the photos, and for each category which photos it is in."""
    content = json.loads((data / "coco" / "instances.json").read_bytes())
    names = {image["id"]: image["file_name"] for image in content["images"]}
    files = sorted(name for name in names.values() if any((data / "coco").rglob(name)))
    titles = {each["id"]: each["name"] for each in content["categories"]}
    held = {title: np.zeros(len(files), bool) for title in titles.values()}
    place = {name: at for at, name in enumerate(files)}
    for each in content["annotations"]:
        if names[each["image_id"]] in place:
            held[titles[each["category_id"]]][place[names[each["image_id"]]]] = True
    return files, held


def pairs(kind: str, held: dict[str, Mask]) -> Iterator[tuple[str, str, Mask]]:
    """Two categories, and which photos answer what is asked of them."""
    make = itertools.permutations if kind == "one without the other" else itertools.combinations
    for a, b in make(held, 2):
        both = held[a] & held[b]
        if both.sum() >= FEWEST and (held[a] & ~held[b]).sum() >= FEWEST and (held[b] & ~held[a]).sum() >= FEWEST:
            yield a, b, WANTED[kind](held[a], held[b])


def average_precision(relevant: Mask) -> float:
    """Of photos in their order; NaN if none is relevant."""
    hits = np.cumsum(relevant)
    return float((hits / np.arange(1, len(relevant) + 1))[relevant].mean()) if relevant.any() else np.nan


def judge(library: Library, files: list[str], held: dict[str, Mask], way: str, kind: str) -> NDArray[np.float64]:
    """(1 + RESAMPLED,), mean average precision as it is, and with photos drawn again."""
    place = {name: at for at, name in enumerate(files)}
    asked = list(pairs(kind, held))
    answers = library.search_many([way.format(a=a, b=b) for a, b, _ in asked], top=len(files))
    orders = [np.array([place[match.path.name] for match in matches]) for matches in answers]
    draws = np.random.default_rng(0).multinomial(len(files), np.full(len(files), 1 / len(files)), size=RESAMPLED)
    figures = []
    for times in [np.ones(len(files), int), *draws]:
        each = [
            average_precision(np.repeat(wanted[order], times[order]))
            for order, (_, _, wanted) in zip(orders, asked, strict=True)
        ]
        figures.append(np.nanmean(each))
    return np.array(figures)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with coco")
    parser.add_argument("--json", action="store_true", help="numbers instead of a table")
    asked = parser.parse_args()
    files, held = things(asked.data)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        photos.mkdir()
        for name in files:
            (photos / name).symlink_to(next((asked.data / "coco").rglob(name)).resolve())
        library = Library.open(Path(folder) / "index")
        library.index([photos], "builtin", thumbnails=False)
        for kind, ways in WAYS.items():
            count = sum(1 for _ in pairs(kind, held))
            for way in ways:
                figures = 100 * judge(library, files, held, way, kind)
                low, high = np.percentile(figures[1:], [2.5, 97.5])
                rows.append({"asked": kind, "pairs": count, "way": way, "map": figures[0], "low": low, "high": high})
    if asked.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"Mean average precision in percent over {len(files)} photos, 95 % bootstrap intervals over photos")
    for row in rows:
        interval = f"{row['map']:.1f} ({row['low']:.0f}–{row['high']:.0f})"
        print(f"{row['asked']:22} {row['pairs']:4} pairs  {row['way']:24} {interval}")


if __name__ == "__main__":
    main()

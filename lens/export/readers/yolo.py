"""Ultralytics YOLO: labels in text files, which `data.yaml` says where to find.

Read by our own code: supervision joins the boxes of a file that mixes them with polygons, and has to open every photo
for its size, which the index knows. A line is `class x y width height`, perhaps with a confidence behind, or `class x
y x y x y …`; all as shares of the photo.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lens.errors import ImportRefused
from lens.export.found import (
    Doubts,
    Found,
    Known,
    Spot,
    as_box,
    as_mask,
    as_name,
    as_number,
    as_ring,
    refuse,
    region_of,
)
from lens.export.matching import PhotoFinder
from lens.export.readers.text import read_text
from lens.photos.scan import PHOTO_SUFFIXES

__all__ = ["read_yolo"]

MOST_BYTES = 64_000_000


def read_yolo(path: Path, finder: PhotoFinder, doubts: Doubts) -> Iterator[Found]:
    """The regions of a data set, split by split.

    Args:
        path: `data.yaml`, or the folder that it is in.
        finder: finds the photos.
        doubts: told of what cannot be held.

    Raises:
        ImportRefused: there is no such file, or something in it makes no sense.
    """
    described = path if path.is_file() else next(iter(sorted([*path.glob("*.yaml"), *path.glob("*.yml")])), None)
    if described is None:
        raise ImportRefused(f"{path} has no data.yaml, which names the classes: name the folder that it is in.")
    content = _yaml(described)
    names = _names(content.get("names"), described)
    doubts.numbers.update({name: (number, None) for number, name in names.items()})
    for labels, images in _folders(content, described):
        pictures = {each.stem: each for each in sorted(images.glob("*")) if each.suffix.lower() in PHOTO_SUFFIXES}
        for file in sorted(labels.glob("*.txt")):
            photo = finder.find(str(pictures[file.stem]) if file.stem in pictures else file.stem)
            yield from _regions(file, names, photo, doubts)


def _regions(file: Path, names: dict[int, str], photo: Known | None, doubts: Doubts) -> Iterator[Found]:
    for number, line in enumerate(read_text(file, MOST_BYTES).splitlines(), 1):
        words, spot = line.split(), Spot(file, f"line {number}")
        if not words:
            continue
        try:
            class_, *shares = (float(word) for word in words)
        except ValueError:
            raise refuse(spot, "numbers were expected") from None
        if class_ not in names:
            raise refuse(spot, f"there is no class {words[0]}")
        if len(shares) not in (4, 5) and (len(shares) < 6 or len(shares) % 2):
            raise refuse(spot, "class, x, y, width and height were expected, or the corners of a polygon")
        for share in shares:
            as_number(share, spot)
        # A photo that is not in the index has no size: what lies outside is told all the same.
        size = photo.size if photo else (1, 1)
        score = None
        if len(shares) > 5:
            flat = [share * size[at % 2] for at, share in enumerate(shares)]
            ring = as_ring(flat, size, spot)
            corners = (min(flat[::2]), min(flat[1::2]), max(flat[::2]), max(flat[1::2]))
            mask = as_mask([ring], size) if ring is not None and photo else None
        else:
            x, y, wide, high, *more = (share * size[at % 2] for at, share in enumerate(shares))
            corners, mask = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2), None
            score = shares[4] if more else None
            if score is not None and not 0 <= score <= 1:
                raise refuse(spot, "a confidence is from 0 to 1")
        box = as_box(corners, size, spot)
        found = region_of(photo, names[int(class_)], box, mask, doubts, score=score) if photo else None
        if found:
            yield found


def _folders(content: dict[str, Any], described: Path) -> Iterator[tuple[Path, Path]]:
    """The folders of labels and of images, with all below them; each once."""
    start = content.get("path", ".")
    if not isinstance(start, str):
        raise refuse(Spot(described, "path"), "the name of a folder was expected")
    top = described.parent / start
    top = top if top.is_dir() else described.parent
    seen = set()
    for split in ("train", "val", "test"):
        given = content.get(split) or []
        for name in given if isinstance(given, list) else [given]:
            if not isinstance(name, str) or "\0" in name:
                raise refuse(Spot(described, split), "the name of a folder was expected")
            images = top / name
            parts = images.parts
            if "images" not in parts:
                raise refuse(
                    Spot(described, split), f"{name} has no folder `images`, in the place of which `labels` stands"
                )
            at = len(parts) - 1 - parts[::-1].index("images")
            labels = Path(*parts[:at], "labels", *parts[at + 1 :])
            for folder in [labels, *sorted(each for each in labels.rglob("*") if each.is_dir())]:
                if folder not in seen:
                    seen.add(folder)
                    yield folder, images / folder.relative_to(labels)


def _yaml(path: Path) -> dict[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(read_text(path, MOST_BYTES))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise refuse(Spot(path, f"line {mark.line + 1}" if mark else ""), "this is not YAML") from error
    if not isinstance(content, dict):
        raise refuse(Spot(path), "names with values were expected")
    return content


def _names(value: object, path: Path) -> dict[int, str]:
    """The classes by number; YAML has them as a list or by number."""
    if isinstance(value, list):
        value = dict(enumerate(value))
    if not isinstance(value, dict) or not all(type(number) is int for number in value):
        raise refuse(Spot(path, "names"), "a list of classes was expected")
    return {number: as_name(name, Spot(path, f"names[{number}]")) for number, name in value.items()}

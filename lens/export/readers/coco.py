"""COCO instances (https://cocodataset.org/#format-data), read entry by entry, however long the file is.

Read by our own code: `pycocotools.coco.COCO` holds all of a file in memory and checks nothing, so that what is wrong
ends in a KeyError somewhere, or in pixels that are read beyond a mask. Polygons and run lengths are filled by
pycocotools.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from lens.errors import ImportRefused
from lens.export.found import (
    Doubts,
    Found,
    Known,
    Size,
    Spot,
    as_box,
    as_mask,
    as_name,
    as_number,
    as_ring,
    as_size,
    refuse,
    region_of,
    score_of,
)
from lens.export.matching import PhotoFinder
from lens.export.readers.shape import check_shape
from lens.labeling.masks import area_of, from_runs, runs_of

__all__ = ["read_coco"]

_COUNTS = re.compile("(?:[P-o]{0,6}[0-O])+")  # numbers of at most seven characters, of which the last ends it


def read_coco(path: Path, finder: PhotoFinder, doubts: Doubts) -> Iterator[Found]:
    """The regions of a file, in its order.

    Raises:
        ImportRefused: it is no COCO file, or something in it makes no sense.
    """
    _check_beginning(path)
    names = _categories(path, doubts)
    photos = _photos(path, finder)
    seen: set[object] = set()
    for spot, entry in _entries(path, "annotations"):
        id_ = entry.get("id")
        if isinstance(id_, int | str):
            if id_ in seen:
                raise refuse(spot.at(".id"), f"there is another annotation {id_}")
            seen.add(id_)
        image, category = _key(entry, "image_id", spot), _key(entry, "category_id", spot)
        if image not in photos:
            raise refuse(spot.at(".image_id"), f"there is no image {image}")
        if category not in names:
            raise refuse(spot.at(".category_id"), f"there is no category {category}")
        size, photo = photos[image]
        found = _region(entry, names[category], size, photo, doubts=doubts, spot=spot)
        if found:
            yield found


def _region(
    entry: dict[str, Any], category: str, size: Size, photo: Known | None, *, doubts: Doubts, spot: Spot
) -> Found | None:
    """A region; None if its photo is not in the index, though it is checked all the same."""
    box = _box(entry["bbox"], size, spot.at(".bbox")) if entry.get("bbox") not in (None, []) else None
    mask = _mask(entry.get("segmentation"), size, photo is not None, doubts, spot.at(".segmentation"))
    crowd = entry.get("iscrowd", 0)
    if crowd not in (0, 1):
        raise refuse(spot.at(".iscrowd"), "0 or 1 was expected")
    score = score_of(entry, spot)
    held = entry.get("attributes")
    proposed = isinstance(held, dict) and held.get("state") == "proposed"
    if "keypoints" in entry:
        doubts.unheld["keypoints"] += 1
    if photo is None:
        return None
    return region_of(photo, category, box, mask, doubts, score=score, crowd=bool(crowd), proposed=proposed)


def _box(value: object, size: Size, spot: Spot) -> tuple[float, float, float, float] | None:
    if not isinstance(value, list) or len(value) != 4:
        raise refuse(spot, "x, y, width and height were expected")
    x, y, wide, high = (as_number(each, spot) for each in value)
    return as_box((x, y, x + wide, y + high), size, spot)


def _mask(value: object, size: Size, wanted: bool, doubts: Doubts, spot: Spot) -> bytes | None:
    """The run lengths of a segmentation; None if there is none, or none is wanted."""
    if value is None or value == []:
        return None
    if isinstance(value, dict):
        counts = _runs(value, size, spot)
        return counts if area_of(counts, *size) else None
    if not isinstance(value, list):
        raise refuse(spot, "a list of polygons, or run lengths, were expected")
    rings = []
    for number, flat in enumerate(value):
        if not isinstance(flat, list):
            raise refuse(spot.at(f"[{number}]"), "a list of x, y, x, y, … was expected")
        ring = as_ring(flat, size, spot.at(f"[{number}]"))
        if ring is None:
            doubts.unheld["polygons of fewer than three corners"] += 1
        else:
            rings.append(ring)
    return as_mask(rings, size) if wanted else None


def _runs(value: dict[str, Any], size: Size, spot: Spot) -> bytes:
    """Run lengths, compressed or not, as compressed ones; checked, as pycocotools would trust them."""
    if value.get("size") != [size[1], size[0]]:
        raise refuse(spot.at(".size"), f"[{size[1]}, {size[0]}] was expected, the height and width of the image")
    counts = value.get("counts")
    runs = None
    if isinstance(counts, str) and _COUNTS.fullmatch(counts):
        runs = runs_of(counts.encode())
    elif isinstance(counts, list) and all(type(each) is int and 0 <= each < 1 << 40 for each in counts):
        runs = np.array(counts, np.int64)
    if runs is None or not len(runs) or (runs < 0).any() or int(runs.sum()) != size[0] * size[1]:
        raise refuse(spot.at(".counts"), "these are no run lengths of all pixels of the image")
    return from_runs(runs, *size)


def _categories(path: Path, doubts: Doubts) -> dict[object, str]:
    """Names by id."""
    names: dict[object, str] = {}
    for spot, entry in _entries(path, "categories"):
        id_, name = _key(entry, "id", spot), as_name(entry.get("name"), spot.at(".name"))
        if id_ in names:
            raise refuse(spot.at(".id"), f"there is another category {id_}")
        names[id_] = name
        parent = entry.get("supercategory")
        if isinstance(id_, int):
            doubts.numbers[name] = (id_, parent if isinstance(parent, str) and parent else None)
    return names


def _photos(path: Path, finder: PhotoFinder) -> dict[object, tuple[Size, Known | None]]:
    """Size and photo of the index of each image, by id."""
    photos: dict[object, tuple[Size, Known | None]] = {}
    for spot, entry in _entries(path, "images"):
        id_, name = _key(entry, "id", spot), as_name(entry.get("file_name"), spot.at(".file_name"))
        if id_ in photos:
            raise refuse(spot.at(".id"), f"there is another image {id_}")
        size, hash_ = as_size(entry.get("width"), entry.get("height"), spot), entry.get("content_hash")
        photos[id_] = size, finder.find(name, size, hash_ if isinstance(hash_, str) else None)
    return photos


def _key(entry: dict[str, Any], name: str, spot: Spot) -> int | str:
    value = entry.get(name)
    if type(value) is not int and type(value) is not str:
        raise refuse(spot.at(f".{name}"), "a whole number was expected")
    return value


def _entries(path: Path, name: str) -> Iterator[tuple[Spot, dict[str, Any]]]:
    """The objects of a list, each with its place."""
    import ijson

    with _reading(path) as file:
        for number, entry in enumerate(ijson.items(file, f"{name}.item", use_float=True)):
            spot = Spot(path, f"{name}[{number}]")
            if not isinstance(entry, dict):
                raise refuse(spot, "an object was expected")
            yield spot, entry


def _check_beginning(path: Path) -> None:
    """It is one object, with the three lists, and can be streamed."""
    import ijson

    with _reading(path) as file:
        check_shape(path)
        events = ijson.parse(file, use_float=True)
        _, event, _ = next(events)
        if event == "start_array":
            raise refuse(
                Spot(path), "this is a list, perhaps of results, which name no photos; a COCO file is an object"
            )
        kinds = {prefix: event for prefix, event, _ in events if prefix in ("images", "annotations", "categories")}
    for name in ("images", "categories", "annotations"):
        if kinds.get(name) != "end_array":
            raise refuse(Spot(path, name), "a list was expected")


@contextmanager
def _reading(path: Path) -> Iterator[Any]:
    import ijson

    try:
        with path.open("rb") as file:
            try:
                yield file
            finally:
                read = file.tell()
    except OSError as error:
        raise ImportRefused(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ijson.JSONError, UnicodeDecodeError, ValueError) as error:
        lines = [line.strip(" ^-") for line in str(error).splitlines()]
        about = " ".join(line for line in lines if line and "(right here)" not in line)[:160]
        spot = Spot(path, f"before byte {read:,}")
        raise refuse(spot, f"this is not JSON ({about or 'not UTF-8'})") from error

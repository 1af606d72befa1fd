"""LabelMe: one JSON file a photo (https://github.com/wkentaro/labelme, `labelme/_label_file.py`).

Read by our own code: no library we know of reads it with masks. Shapes of one label and one `group_id` are one thing,
as LabelMe's own converters have it.
"""

import base64
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lens.errors import ImportRefused
from lens.export.found import (
    Doubts,
    Found,
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
)
from lens.export.matching import PhotoFinder
from lens.export.readers.text import read_json
from lens.labeling.masks import encoded, joined
from lens.photos.pillow import DECODER_ERRORS
from lens_indexes import Box

__all__ = ["read_labelme"]

MOST_BYTES = 256_000_000  # the photo may be in it


def read_labelme(path: Path, finder: PhotoFinder, doubts: Doubts) -> Iterator[Found]:
    """The regions of all files below a folder, or of one file.

    Raises:
        ImportRefused: there is no file, or something in one makes no sense.
    """
    files = [path] if path.is_file() else sorted(path.rglob("*.json"))
    read = 0
    for file in files:
        content = read_json(file, MOST_BYTES)
        if "shapes" not in content and len(files) > 1:
            continue  # of another program, such as the note of an export
        read += 1
        yield from _regions(file, content, finder, doubts)
    if not read:
        raise ImportRefused(f"{path} has no LabelMe files.")


def _regions(file: Path, content: dict[str, Any], finder: PhotoFinder, doubts: Doubts) -> Iterator[Found]:
    name = as_name(content.get("imagePath"), Spot(file, "imagePath"))
    hash_, told = content.get("contentHash"), (content.get("imageWidth"), content.get("imageHeight"))
    size = (
        None if told == (None, None) else as_size(*told, Spot(file, "imageWidth"))
    )  # files before version 4 have none
    photo = finder.find(name, size, hash_ if isinstance(hash_, str) else None)
    size = size or (photo.size if photo else None)
    if size is None:
        return  # neither the file nor the index knows how large the photo is
    things: dict[tuple[object, ...], list[tuple[Spot, dict[str, Any]]]] = {}
    shapes = content.get("shapes")
    if not isinstance(shapes, list):
        raise refuse(Spot(file, "shapes"), "a list was expected")
    for number, shape in enumerate(shapes):
        spot = Spot(file, f"shapes[{number}]")
        if not isinstance(shape, dict):
            raise refuse(spot, "an object was expected")
        as_name(shape.get("label"), spot.at(".label"))
        group = shape.get("group_id")
        key = (shape["label"], group) if isinstance(group, int | str) else (shape["label"], None, number)
        things.setdefault(key, []).append((spot, shape))
    for (label, *_), some in things.items():
        parts = [_part(shape, size, doubts, spot) for spot, shape in some]
        flags = some[0][1].get("flags")
        crowd = isinstance(flags, dict) and flags.get("crowd") is True
        masks = [part for part in parts if isinstance(part, bytes)]
        boxes = [part for part in parts if isinstance(part, tuple)]
        if photo and (masks or boxes):
            mask = joined(masks, *size) if masks else None
            found = region_of(photo, str(label), None if mask else _around(boxes), mask, doubts, crowd=crowd)
            if found:
                yield found


def _part(shape: dict[str, Any], size: Size, doubts: Doubts, spot: Spot) -> Box | bytes | None:
    """A box, or the run lengths of a mask; None of what cannot be held."""
    kind, points = shape.get("shape_type", "polygon"), _flat(shape.get("points"), spot.at(".points"))
    if kind == "polygon":
        ring = as_ring(points, size, spot.at(".points"))
        counts = None if ring is None else as_mask([ring], size)
        if counts is None:
            doubts.unheld["polygons without area"] += 1
        return counts
    if kind in ("rectangle", "mask") and len(points) >= 4:
        xs, ys = points[::2], points[1::2]
        box = as_box((min(xs), min(ys), max(xs), max(ys)), size, spot.at(".points"))
        return box if kind == "rectangle" else _mask(shape.get("mask"), points, size, spot.at(".mask"))
    doubts.unheld[f"shapes of the kind {kind if isinstance(kind, str) else '?'}"] += 1
    return None


def _mask(value: object, points: Sequence[float], size: Size, spot: Spot) -> bytes:
    """A mask that lies between its first and its last pixel."""
    x0, y0, x1, y1 = (int(each) for each in points[:4])
    try:
        with Image.open(BytesIO(base64.b64decode(str(value), validate=True)), formats=["PNG"]) as image:
            if not (0 <= x0 <= x1 < size[0] and 0 <= y0 <= y1 < size[1]) or image.size != (x1 - x0 + 1, y1 - y0 + 1):
                raise refuse(spot, "the mask has not the size of its box")
            whole = np.zeros((size[1], size[0]), bool)
            whole[y0 : y1 + 1, x0 : x1 + 1] = np.asarray(image.convert("L")) > 0
            return encoded(whole)
    except DECODER_ERRORS as error:
        raise refuse(spot, "a PNG in base64 was expected") from error


def _around(boxes: Sequence[Box]) -> Box:
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return min(x0), min(y0), max(x1), max(y1)


def _flat(points: object, spot: Spot) -> list[float]:
    if not isinstance(points, list) or not all(isinstance(point, list) and len(point) == 2 for point in points):
        raise refuse(spot, "a list of [x, y] was expected")
    return [as_number(value, spot) for point in points for value in point]

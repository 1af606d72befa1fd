"""CVAT for images 1.1 (https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/), read image by image.

Read by our own code: supervision has no such reader, and datumaro does not install beside our other libraries.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

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
from lens.labeling.masks import encoded
from lens_indexes import Box

__all__ = ["read_cvat"]

DEEPEST = 32


def read_cvat(path: Path, finder: PhotoFinder, doubts: Doubts) -> Iterator[Found]:
    """The regions of a file, or of `annotations.xml` in a folder.

    Raises:
        ImportRefused: there is no such file, or something in it makes no sense.
    """
    file = path / "annotations.xml" if path.is_dir() else path
    for number, image in enumerate(_images(file, doubts)):
        spot = Spot(file, f"image {number}")
        name = as_name(image.get("name"), spot.at(", name"))
        size = as_size(_side(image, "width", spot), _side(image, "height", spot), spot)
        photo = finder.find(name, size)
        for at, shape in enumerate(image):
            found = _region(shape, size, photo, doubts, spot.at(f", shape {at}"))
            if found:
                yield found


def _region(shape: Any, size: Size, photo: Known | None, doubts: Doubts, spot: Spot) -> Found | None:
    label = as_name(shape.get("label"), spot.at(", label"))
    told = {each.get("name"): (each.text or "").strip() for each in shape.findall("attribute")}
    score = score_of({"score": _float(told["score"], spot)} if told.get("score") else {}, spot)
    box: Box | None = None
    mask: bytes | None = None
    if shape.tag == "box" and _float(shape.get("rotation", "0"), spot.at(", rotation")) == 0:
        x0, y0, x1, y1 = (_float(shape.get(side), spot.at(f", {side}")) for side in ("xtl", "ytl", "xbr", "ybr"))
        box = as_box((x0, y0, x1, y1), size, spot)
    elif shape.tag == "polygon":
        flat = [_float(each, spot) for each in (shape.get("points") or "").replace(";", ",").split(",")]
        ring = as_ring(flat, size, spot)
        mask = as_mask([ring], size) if ring is not None and photo else None
    elif shape.tag == "mask":
        mask = _mask(shape, size, spot)
    else:
        kind = "rotated boxes" if shape.tag == "box" else f"shapes of the kind {shape.tag}"
        doubts.unheld[kind] += 1
        return None
    if photo is None:
        return None
    return region_of(photo, label, box, mask, doubts, score=score, crowd=told.get("crowd") == "true")


def _mask(shape: Any, size: Size, spot: Spot) -> bytes | None:
    """Run lengths row by row within a box, pixels outside first."""
    left, top = (int(_float(shape.get(name), spot.at(f", {name}"))) for name in ("left", "top"))
    wide, high = (_side(shape, name, spot) for name in ("width", "height"))
    try:
        runs = np.array([int(each) for each in (shape.get("rle") or "").split(",")], np.int64)
    except (ValueError, OverflowError):
        raise refuse(spot.at(", rle"), "whole numbers were expected") from None
    if left < 0 or top < 0 or left + wide > size[0] or top + high > size[1]:
        raise refuse(spot, f"the mask lies outside of a photo of {size[0]} × {size[1]} pixels")
    if (runs < 0).any() or (runs > wide * high).any() or int(runs.sum()) != wide * high:
        raise refuse(spot.at(", rle"), "these are no run lengths of all pixels of the mask")
    whole = np.zeros((size[1], size[0]), bool)
    inside = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    whole[top : top + high, left : left + wide] = inside.reshape(high, wide)
    return encoded(whole) if inside.any() else None


def _images(file: Path, doubts: Doubts) -> Iterator[Any]:
    """The elements of images, each forgotten when the next is asked for."""
    try:
        with file.open("rb") as stream:
            path: list[Any] = []
            for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
                if event == "start":
                    path.append(element)
                    if path[0].tag != "annotations":
                        raise refuse(Spot(file), "<annotations> were expected")
                    if len(path) > DEEPEST:
                        raise refuse(Spot(file), f"it nests deeper than {DEEPEST} levels")
                    continue
                path.pop()
                if len(path) == 1:
                    if element.tag == "image":
                        yield element
                    elif element.tag == "track":
                        doubts.unheld["tracks of videos"] += 1
                    path[0].remove(element)
    except OSError as error:
        raise ImportRefused(f"{file} cannot be read: {error.strerror or error}.") from error
    except DefusedXmlException as error:
        raise refuse(Spot(file), "it declares a document type or entities, which are not read") from error
    except (ParseError, LookupError) as error:
        raise refuse(Spot(file), f"this is not XML ({error})") from error


def _side(element: Any, name: str, spot: Spot) -> int:
    value = _float(element.get(name), spot.at(f", {name}"))
    if value < 1 or value != int(value):
        raise refuse(spot.at(f", {name}"), "a number of pixels was expected")
    return int(value)


def _float(text: str | None, spot: Spot) -> float:
    try:
        return as_number(float(text or ""), spot)
    except ValueError:
        raise refuse(spot, "a number was expected") from None

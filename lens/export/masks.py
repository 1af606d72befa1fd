"""Masks as PNGs with a palette: which category each pixel has, and which thing, as Pascal VOC lays them out.

Written by our own code: supervision has no such writer. A pixel has one value, so where things overlap the smaller
one is seen; how many pixels that hides is told.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.errors import ExportError
from lens.export.dataset import ExportPhoto
from lens.export.form import Writing
from lens.labeling.masks import area_of, decoded
from lens_indexes import RegionRow

__all__ = ["palette", "write_masks"]

CLASSES, THINGS = "SegmentationClass", "SegmentationObject"
MOST = 255  # values of a byte beside 0, which is the ground


def write_masks(photos: Iterable[ExportPhoto], writing: Writing) -> None:
    """`SegmentationClass/x.png` and `SegmentationObject/x.png` for each photo, and `labels.csv` for the values.

    Raises:
        ExportError: there are more categories than a byte can tell apart.
    """
    if len(writing.categories) > MOST:
        raise ExportError(
            f"A PNG with a palette holds {MOST} categories and these regions have {len(writing.categories):,}: choose "
            "some with --category."
        )
    values = {name: at + 1 for name, at in writing.positions.items()}
    _write_labels(writing.place / "labels.csv", values)
    for photo in photos:
        folders = [Path(writing.place, name, photo.split or "") for name in (CLASSES, THINGS)]
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        classes, things = _drawn(photo, values, writing)
        _save(classes, folders[0] / f"{photo.stem}.png")
        _save(things, folders[1] / f"{photo.stem}.png")


def palette() -> NDArray[np.uint8]:
    """(256, 3) the colours of Pascal VOC: the bits of a value, dealt out to red, green and blue from the top."""
    colours = np.zeros((256, 3), np.uint8)
    values = np.arange(256)
    for bit in range(8):
        colours |= ((values[:, None] >> (3 * bit + np.arange(3)) & 1) << (7 - bit)).astype(np.uint8)
    return colours


def _drawn(
    photo: ExportPhoto, values: dict[str, int], writing: Writing
) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """The values of both pictures, (height, width); things are numbered from 1 in the order of the regions."""
    classes = np.zeros((photo.height, photo.width), np.uint8)
    things = np.zeros((photo.height, photo.width), np.uint16)
    held = [(number, region) for number, region in enumerate(photo.regions, 1) if _has_mask(region, writing)]
    drawn = 0
    for number, region in sorted(held, key=lambda each: -_area(each[1])):
        mask = decoded(region.mask or b"", region.width, region.height)
        classes[mask], things[mask] = values[region.category], number
        drawn += _area(region)
    hidden = drawn - int(np.count_nonzero(things))
    if hidden:
        writing.tally.lose("pixels are hidden by other masks", hidden)
    return classes, things


def _has_mask(region: RegionRow, writing: Writing) -> bool:
    if region.mask is None:
        writing.tally.drop(region, "regions that are only boxes")
    return region.mask is not None


def _area(region: RegionRow) -> int:
    return area_of(region.mask or b"", region.width, region.height)


def _save(values: NDArray[np.uint8] | NDArray[np.uint16], path: Path) -> None:
    """With a palette; with 16 bits where there are more things than it has colours."""
    if values.max(initial=0) > MOST:
        Image.fromarray(values).save(path)
        return
    image = Image.fromarray(values.astype(np.uint8), mode="P")
    image.putpalette(palette().ravel().tolist())
    image.save(path)


def _write_labels(path: Path, values: dict[str, int]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["value", "name", "red", "green", "blue"])
        table.writerow([0, "background", 0, 0, 0])
        table.writerows([value, name, *palette()[value].tolist()] for name, value in values.items())

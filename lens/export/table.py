"""CSV, one region a line, and JSONL, one photo a line: all that the index has of them."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lens.export.dataset import ExportPhoto
from lens.export.form import Writing
from lens_indexes import RegionRow

__all__ = ["fields_of", "photo_fields", "write_csv", "write_jsonl"]

PHOTO = ("photo", "split", "width", "height", "content_hash")
REGION = ("id", "category", "x0", "y0", "x1", "y1", "score", "crowd", "state", "source", "prompt", "model", "mask")


def write_csv(photos: Iterable[ExportPhoto], writing: Writing) -> None:
    """A heading, then one line a region; a photo without regions has one line, whose columns for regions are empty."""
    with _path(writing, "regions.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [*PHOTO, *REGION])
        table.writeheader()
        for photo in photos:
            for region in photo.regions or (None,):
                table.writerow(photo_fields(photo) | (fields_of(region) if region else {}))


def write_jsonl(photos: Iterable[ExportPhoto], writing: Writing) -> None:
    """One object a photo, with a list of its regions."""
    with _path(writing, "regions.jsonl").open("w", encoding="utf-8") as file:
        for photo in photos:
            row = photo_fields(photo) | {"regions": [fields_of(region) for region in photo.regions]}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def photo_fields(photo: ExportPhoto) -> dict[str, Any]:
    """What is known of a photo, by the names in `PHOTO`."""
    values = (photo.placed or photo.file, photo.split, photo.width, photo.height, photo.content_hash)
    return dict(zip(PHOTO, values, strict=True))


def fields_of(region: RegionRow) -> dict[str, Any]:
    """What is known of a region, by the names in `REGION`; the mask as COCO's compressed run lengths."""
    x0, y0, x1, y1 = region.box
    return {
        "id": region.id,
        "category": region.category,
        "x0": x0,
        "y0": y0,
        "x1": x1,
        "y1": y1,
        "score": None if region.score is None else round(region.score, 6),
        "crowd": region.crowd,
        "state": str(region.state),
        "source": region.source,
        "prompt": region.prompt,
        "model": region.model,
        "mask": region.mask.decode("ascii") if region.mask else None,
    }


def _path(writing: Writing, name: str) -> Path:
    return writing.place if writing.is_file else writing.place / name

"""LabelMe: one JSON file beside each photo (https://github.com/wkentaro/labelme, `labelme/_label_file.py`).

Written by our own code: no library we know of writes it. LabelMe has a polygon for what is one piece without holes,
and a PNG of the mask within its box for all else, so that every mask is held.
"""

import base64
import json
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from PIL import Image

from lens.export.dataset import ExportPhoto
from lens.export.form import UPRIGHT, Writing
from lens.export.polygons import parts_of
from lens.export.texts import written_aside
from lens.labeling.masks import Extent, cropped, extent_of
from lens_indexes import RegionRow

__all__ = ["write_labelme"]

VERSION = "5.5.0"  # whose form of file this is


def write_labelme(photos: Iterable[ExportPhoto], writing: Writing) -> None:
    """`x.json` beside `x.jpg`; where photos are left, with their absolute paths."""
    with written_aside() as write:
        for photo in photos:
            folder = writing.place / (photo.split or "")
            folder.mkdir(exist_ok=True)
            # On one line, as only then Python's fast writer is taken.
            text = json.dumps(_file(photo, writing), ensure_ascii=False)
            write(folder / f"{photo.stem}.json", text + "\n")


def _file(photo: ExportPhoto, writing: Writing) -> dict[str, Any]:
    return {
        "version": VERSION,
        "flags": {},
        "shapes": [_shape(region, writing) for region in photo.regions],
        "imagePath": photo.file if photo.placed else str(photo.path),
        "imageData": None,
        "imageHeight": photo.height,
        "imageWidth": photo.width,
        "description": UPRIGHT,
        "contentHash": photo.content_hash,
    }


def _shape(region: RegionRow, writing: Writing) -> dict[str, Any]:
    x0, y0, x1, y1 = region.box
    kind, points, mask = "rectangle", [[x0, y0], [x1, y1]], None
    box = extent_of(region.mask, region.width, region.height) if region.mask else None
    if region.mask and box:
        parts = parts_of(region.mask, region.width, region.height, box)
        if len(parts) == 1 and not parts[0].holes:
            kind, points = "polygon", parts[0].outline.tolist()
        else:
            kind, points, mask = "mask", [[box[0], box[1]], [box[2] - 1, box[3] - 1]], _mask(region, box)
        if box != region.box:
            writing.tally.lose("boxes are those of their masks")
    return {
        "label": region.category,
        "points": points,
        "group_id": None,
        "description": "",
        "shape_type": kind,
        "flags": {"crowd": True} if region.crowd else {},
        "mask": mask,
    }


def _mask(region: RegionRow, box: Extent) -> str:
    """The mask within a box as PNG in base64."""
    file = BytesIO()
    Image.fromarray(cropped(region.mask or b"", region.width, region.height, box)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode("ascii")

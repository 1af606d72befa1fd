"""CVAT for images 1.1: one XML file (https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/).

Written by our own code: supervision has no such writer, and datumaro's does not install beside our other libraries.
CVAT has a polygon for what is one piece without holes, and run lengths within a box for all else, so that every mask
is held.
"""

from collections.abc import Iterable
from itertools import count

import numpy as np

from lens.export.dataset import ExportPhoto
from lens.export.form import UPRIGHT, Writing
from lens.export.masks import palette
from lens.export.polygons import parts_of
from lens.export.xml import Xml
from lens.labeling.masks import Extent, cropped, extent_of
from lens_indexes import RegionRow

__all__ = ["write_cvat"]


def write_cvat(photos: Iterable[ExportPhoto], writing: Writing) -> None:
    """`annotations.xml`, which names the split of each photo as its subset."""
    path = writing.place if writing.is_file else writing.place / "annotations.xml"
    numbers = count()
    with path.open("wb") as file:
        xml = Xml(file)
        with xml.within("annotations"):
            xml.leaf("version", "1.1")
            _write_meta(xml, writing)
            for photo in photos:
                facts = {"id": next(numbers), "name": photo.file, "width": photo.width, "height": photo.height}
                with xml.within("image", facts | ({"subset": photo.split} if photo.split else {})):
                    for region in photo.regions:
                        _write_region(xml, region, writing)


def _write_meta(xml: Xml, writing: Writing) -> None:
    """The task, with all labels; CVAT refuses attributes that no label announces."""
    colours = palette()[1:]
    with xml.within("meta"):
        with xml.within("task"):
            xml.leaf("name", writing.about)
            xml.leaf("mode", "annotation")
            xml.leaf("bugtracker", UPRIGHT)
            with xml.within("labels"):
                for at, name in enumerate(writing.categories):
                    with xml.within("label"):
                        xml.leaf("name", name)
                        xml.leaf("color", "#{:02x}{:02x}{:02x}".format(*colours[at % len(colours)].tolist()))
                        with xml.within("attributes"):
                            _write_attribute(xml, "crowd", "checkbox", "false")
                            _write_attribute(xml, "score", "text", "")
        xml.leaf("dumped", f"{writing.made_at:%Y-%m-%d %H:%M:%S.%f+00:00}")


def _write_attribute(xml: Xml, name: str, kind: str, default: str) -> None:
    with xml.within("attribute"):
        xml.leaf("name", name)
        xml.leaf("mutable", "False")
        xml.leaf("input_type", kind)
        xml.leaf("default_value", default)
        xml.leaf("values", default)


def _write_region(xml: Xml, region: RegionRow, writing: Writing) -> None:
    facts: dict[str, object] = {"label": region.category, "source": "manual", "occluded": 0}
    name = "box"
    box = extent_of(region.mask, region.width, region.height) if region.mask else None
    if region.mask and box:
        parts = parts_of(region.mask, region.width, region.height, box)
        if len(parts) == 1 and not parts[0].holes:
            name, outline = "polygon", parts[0].outline
            facts["points"] = ";".join(["%d.00,%d.00"] * len(outline)) % tuple(outline.ravel().tolist())
        else:
            name, facts = "mask", facts | _mask(region, box)
        if box != region.box:
            writing.tally.lose("boxes are those of their masks")
    else:
        facts |= dict(zip(("xtl", "ytl", "xbr", "ybr"), region.box, strict=True))
    with xml.within(name, facts | {"z_order": 0}):
        if region.crowd:
            xml.leaf("attribute", "true", {"name": "crowd"})
        if region.score is not None:
            xml.leaf("attribute", round(region.score, 6), {"name": "score"})


def _mask(region: RegionRow, box: Extent) -> dict[str, object]:
    """Run lengths row by row within a box, pixels outside first."""
    x0, y0, x1, y1 = box
    pixels = cropped(region.mask or b"", region.width, region.height, box).ravel()
    changes = np.flatnonzero(np.diff(pixels, prepend=False))
    runs = np.diff(np.concatenate([[0], changes, [len(pixels)]]))
    return {"rle": ", ".join(map(str, runs.tolist())), "left": x0, "top": y0, "width": x1 - x0, "height": y1 - y0}

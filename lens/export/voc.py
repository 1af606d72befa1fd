"""Pascal VOC: a box for each thing, in one XML file a photo (the VOC2012 development kit, section 4).

Written by our own code: supervision writes no splits, drops `difficult` and rounds boxes down, into the thing. VOC
counts pixels from 1 and both ends of a box are in it, so that a box from 0 to 10 is 1 to 10; it holds whole pixels,
and no mask.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from math import ceil, floor

from lens.export.dataset import ExportPhoto
from lens.export.form import UPRIGHT, Writing
from lens.export.xml import Xml
from lens_indexes import RegionRow

__all__ = ["write_voc"]

PHOTOS = "JPEGImages"


def write_voc(photos: Iterable[ExportPhoto], writing: Writing) -> None:
    """`Annotations/x.xml` for each photo, and `ImageSets/Main/SPLIT.txt`, one name a line."""
    place = writing.place
    for name in ("Annotations", PHOTOS, "ImageSets/Main"):
        (place / name).mkdir(parents=True, exist_ok=True)
    sets = [split or "trainval" for split in writing.splits or (None,)]
    with ExitStack() as stack:
        lists = {
            name: stack.enter_context((place / f"ImageSets/Main/{name}.txt").open("w", encoding="utf-8"))
            for name in sets
        }
        for photo in photos:
            lists[photo.split or "trainval"].write(f"{photo.stem}\n")
            with (place / "Annotations" / f"{photo.stem}.xml").open("wb") as file:
                _write(Xml(file), photo, writing)


def _write(xml: Xml, photo: ExportPhoto, writing: Writing) -> None:
    with xml.within("annotation"):
        xml.leaf("folder", PHOTOS)
        xml.leaf("filename", photo.file)
        with xml.within("source"):
            xml.leaf("database", writing.about)
            xml.leaf("annotation", UPRIGHT)
            xml.leaf("image", photo.content_hash)
        with xml.within("size"):
            xml.leaf("width", photo.width)
            xml.leaf("height", photo.height)
            xml.leaf("depth", 3)
        xml.leaf("segmented", 0)
        for region in photo.regions:
            with xml.within("object"):
                _write_object(xml, region, writing)


def _write_object(xml: Xml, region: RegionRow, writing: Writing) -> None:
    if region.mask is not None:
        writing.tally.lose("masks are not held, only their boxes")
    if region.crowd:
        writing.tally.lose("crowds are marked as difficult")
    if any(value != int(value) for value in region.box):
        writing.tally.lose("boxes are grown to whole pixels")
    x0, y0, x1, y1 = region.box
    xml.leaf("name", region.category)
    xml.leaf("pose", "Unspecified")
    xml.leaf("truncated", 0)
    xml.leaf("difficult", int(region.crowd))
    with xml.within("bndbox"):
        for name, value in (("xmin", floor(x0) + 1), ("ymin", floor(y0) + 1), ("xmax", ceil(x1)), ("ymax", ceil(y1))):
            xml.leaf(name, value)

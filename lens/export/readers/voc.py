"""Pascal VOC: one XML file a photo (the VOC2012 development kit, section 4).

Read by our own code: supervision reads the same elements, but starts counting pixels at 0 on the far side too, opens
every photo, and lets what is wrong end in an AttributeError.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lens.errors import ImportRefused
from lens.export.found import Doubts, Found, Known, Size, Spot, as_box, as_name, as_number, as_size, refuse, region_of
from lens.export.matching import PhotoFinder
from lens.export.readers.text import read_xml

__all__ = ["read_voc"]

MOST_BYTES = 16_000_000
CORNERS = ("xmin", "ymin", "xmax", "ymax")


def read_voc(path: Path, finder: PhotoFinder, doubts: Doubts) -> Iterator[Found]:
    """The boxes of a folder, below which there is one `Annotations` or the files themselves, or of one file.

    Raises:
        ImportRefused: there is no file, or something in one makes no sense.
    """
    folder = path / "Annotations" if (path / "Annotations").is_dir() else path
    files = [path] if path.is_file() else sorted(folder.rglob("*.xml"))
    if not files:
        raise ImportRefused(f"{folder} has no XML files: name the folder that Annotations is in.")
    for file in files:
        yield from _regions(file, finder, doubts)


def _regions(file: Path, finder: PhotoFinder, doubts: Doubts) -> Iterator[Found]:
    root = read_xml(file, MOST_BYTES)
    if root.tag != "annotation":
        raise refuse(Spot(file), "an <annotation> was expected")
    name = as_name(root.findtext("filename") or file.stem, Spot(file, "filename"))
    size = _size(root, file)
    photo = finder.find(name, size)
    for number, thing in enumerate(root.iter("object"), 1):
        spot = Spot(file, f"object {number}")
        category = as_name(thing.findtext("name"), spot.at(", name"))
        box = thing.find("bndbox")
        if box is None:
            raise refuse(spot, "a <bndbox> was expected")
        x0, y0, x1, y1 = (_number(box, corner, spot.at(f", {corner}")) for corner in CORNERS)
        measured = size or (photo.size if photo else None)
        held = as_box((x0 - 1, y0 - 1, x1, y1), measured, spot) if measured else None
        for told, what in (("difficult", "marks as difficult"), ("truncated", "marks as truncated")):
            doubts.unheld[what] += (thing.findtext(told) or "").strip() == "1"
        doubts.unheld["parts of things"] += len(thing.findall("part"))
        found = _found(photo, category, held, doubts)
        if found:
            yield found


def _found(
    photo: Known | None, category: str, box: tuple[float, float, float, float] | None, doubts: Doubts
) -> Found | None:
    return region_of(photo, category, box, None, doubts) if photo else None


def _size(root: Any, file: Path) -> Size | None:
    """Width and height; None where they are not told, or as 0, as some programs do."""
    if root.find("size") is None:
        return None
    wide, high = (_number(root.find("size"), side, Spot(file, f"size, {side}")) for side in ("width", "height"))
    return as_size(int(wide), int(high), Spot(file, "size")) if wide and high else None


def _number(element: Any, name: str, spot: Spot) -> float:
    text = element.findtext(name)
    try:
        return as_number(float(text), spot)
    except (TypeError, ValueError):
        raise refuse(spot, "a number was expected") from None

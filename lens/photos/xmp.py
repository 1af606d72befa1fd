"""Rating, keywords and descriptions from XMP: packets within photos, and the side-cars that lie beside them.

XMP is RDF in XML (ISO 16684-1); a simple property may stand as an element or as an attribute.
"""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from defusedxml.ElementTree import fromstring

from lens.photos.tags import one_line, stars
from lens_indexes.remote import RemotePath, is_remote

MAX_BYTES = 4_000_000
"""Of a packet."""
_MOST = 1000
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_RATING = "{http://ns.adobe.com/xap/1.0/}Rating"
_SUBJECT = "{http://purl.org/dc/elements/1.1/}subject"
_DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"
_HIERARCHY = "{http://ns.adobe.com/lightroom/1.0/}hierarchicalSubject"  # Places|Portugal|Lisbon


@dataclass(frozen=True)
class Xmp:
    """What was found; nothing where there was none, or where it was broken."""

    rating: int | None = None
    """Stars, 0 to 5."""
    keywords: tuple[str, ...] = ()
    """In the order found, without duplicates; every level of a hierarchy is one."""
    descriptions: tuple[str, ...] = ()
    """What the photo shows, in one language or several; likewise."""


def parse_xmp(packet: bytes) -> Xmp:
    """What a packet says; a document type, entities or more than 4 MB make it a broken one."""
    if len(packet) > MAX_BYTES:
        return Xmp()
    if not packet.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        packet = packet.strip(b"\0 \t\r\n")  # what programs pad packets with
    try:
        root = fromstring(packet, forbid_dtd=True)
    except (SyntaxError, ValueError, LookupError):  # ParseError, DefusedXmlException, an encoding that does not exist
        return Xmp()
    ratings = [stars(_whole(text)) for text in _values(root, _RATING)]
    keywords = [*_values(root, _SUBJECT)]
    keywords += [level for path in _values(root, _HIERARCHY) for level in path.split("|")]
    rating = next((rating for rating in ratings if rating is not None), None)
    return Xmp(rating, unique(keywords), unique(_values(root, _DESCRIPTION)))


def sidecar_names(photo: str) -> list[str]:
    """What the side-cars of a photo may be called: `photo.jpg.xmp`, which names it wholly and counts first, …"""
    return [stem + suffix for stem in (photo, PurePath(photo).stem) for suffix in (".xmp", ".XMP")]


def sidecars_of(photo: Path) -> list[Path]:
    """The side-cars that lie beside a photo, in the order in which they count; on a store they are listed at once.

    Raises:
        OSError: a store does not say.
    """
    names = sidecar_names(photo.name)
    if isinstance(photo, RemotePath):
        there = {path.name: path for path in photo.beginning(photo.stem)}
        return [there[name] for name in names if name in there]
    return [file for file in map(photo.with_name, names) if _is_file(file)]


def read_sidecars(photo: Path) -> Xmp:
    """What lies beside a photo in its side-cars.

    Raises:
        OSError: a store does not give them.
    """
    found = [parse_xmp(packet) for file in sidecars_of(photo) if (packet := _read(file)) is not None]
    return Xmp(
        next((xmp.rating for xmp in found if xmp.rating is not None), None),
        unique(keyword for xmp in found for keyword in xmp.keywords),
        unique(description for xmp in found for description in xmp.descriptions),
    )


def unique(texts: Iterable[str]) -> tuple[str, ...]:
    """Clean texts in the order found, each once, the first thousand."""
    clean = (one_line(text) for text in texts)
    return tuple(dict.fromkeys(text for text in clean if text))[:_MOST]


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError):
        if is_remote(path):  # another time it may
            raise
        return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()  # not so a pipe, which would never end
    except (OSError, ValueError):
        return False


def _values(root: Any, name: str) -> Iterator[str]:
    """The texts of a property, in any of the forms RDF allows."""
    for element in root.iter():
        if name in element.attrib:
            yield element.attrib[name]
        if element.tag == name:
            items = element.findall(f"*/{_RDF}li")
            yield from (item.text or "" for item in items or [element])


def _whole(text: str) -> int | None:
    """`5`, and `5.0` as some programs write it."""
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number.is_integer() else None

"""What a photo's file says about the photo: its size, where, when and with what it was taken, and what others said."""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from PIL import ExifTags, Image, IptcImagePlugin
from PIL.ImageFile import ImageFile

from lens.photos.moment import moment
from lens.photos.orientation import swaps_sides
from lens.photos.pillow import DECODER_ERRORS, ignore_warnings
from lens.photos.tags import directory, field, one_line, stars, text_field
from lens.photos.xmp import Xmp, parse_xmp, read_sidecars, unique

_IPTC_KEYWORDS, _IPTC_CAPTION = (2, 25), (2, 120)


@dataclass(frozen=True)
class Facts:
    """What is known of a photo without looking at its pixels; `None` where the file does not say."""

    width: int
    """Pixels of the whole photo, upright."""
    height: int
    format: str
    """`JPEG`, `PNG`, `WEBP`, `TIFF`, `HEIF`, …"""
    orientation: int
    """How the pixels are stored, 1 to 8 as in EXIF; 1 where the file does not say or the format turns them itself."""
    taken_at: datetime | None = None
    """What the camera's clock showed, without a time zone."""
    utc_offset_minutes: int | None = None
    """How far that clock was ahead of UTC."""
    camera: str | None = None
    lens: str | None = None
    lat: float | None = None
    """Degrees north, WGS 84, -90 to 90."""
    lon: float | None = None
    """Degrees east, WGS 84, -180 to 180."""
    rating: int | None = None
    """Stars, 0 to 5; a side-car's before XMP's in the photo before EXIF's."""
    keywords: tuple[str, ...] = ()
    """From XMP and IPTC, in the photo and beside it; in the order found, each once."""


def read_facts(image: Image.Image) -> Facts:
    """The facts of an image as it was opened: neither loaded (PNG may be) nor drafted nor turned."""
    ignore_warnings()  # Pillow decodes a tag when it is asked for, and warns then
    try:
        exif = image.getexif()
    except DECODER_ERRORS:
        exif = Image.Exif()
    format_ = "JPEG" if image.format == "MPO" else image.format or ""
    return facts_of_tags(exif, image.size, format_, packet=image.info.get("xmp"), iptc=_iptc(image, _IPTC_KEYWORDS))


def facts_of_tags(
    exif: Image.Exif, size: tuple[int, int], format_: str, *, packet: Any, iptc: Sequence[str] = ()
) -> Facts:
    """What EXIF, an XMP packet and IPTC keywords tell of a photo whose pixels are stored in this size."""
    details = directory(exif, ExifTags.IFD.Exif)
    orientation = _orientation(field(exif, ExifTags.Base.Orientation))
    width, height = size
    if swaps_sides(orientation) and format_ != "TIFF":  # Pillow turns TIFF itself and gives its upright size
        width, height = height, width
    taken_at, offset = moment(exif, details)
    lat, lon = _position(directory(exif, ExifTags.IFD.GPSInfo))
    xmp = parse_xmp(packet) if isinstance(packet, bytes) else Xmp()
    return Facts(
        width=width,
        height=height,
        format=format_,
        orientation=orientation,
        taken_at=taken_at,
        utc_offset_minutes=offset,
        camera=_camera(text_field(exif, ExifTags.Base.Make), text_field(exif, ExifTags.Base.Model)),
        lens=text_field(details, ExifTags.Base.LensModel),
        lat=lat,
        lon=lon,
        rating=stars(field(exif, ExifTags.Base.Rating)) if xmp.rating is None else xmp.rating,
        keywords=unique([*xmp.keywords, *iptc]),
    )


def with_sidecars(facts: Facts, photo: Path) -> Facts:
    """The facts and what lies beside the photo in XMP side-cars, whose rating counts more than the photo's own."""
    xmp = read_sidecars(photo)
    if xmp == Xmp():
        return facts
    rating = facts.rating if xmp.rating is None else xmp.rating
    return replace(facts, rating=rating, keywords=unique([*facts.keywords, *xmp.keywords]))


def read_descriptions(image: Image.Image) -> tuple[str, ...]:
    """What XMP and IPTC in an image, as it was opened, say that it shows; in the order found, each once."""
    ignore_warnings()
    packet = image.info.get("xmp")
    xmp = parse_xmp(packet) if isinstance(packet, bytes) else Xmp()
    return unique([*xmp.descriptions, *_iptc(image, _IPTC_CAPTION)])


def _iptc(image: Image.Image, dataset: tuple[int, int]) -> list[str]:
    """Texts as IPTC IIM 4.2 has them, in 2:25 or 2:120; UTF-8 or else Latin-1, since few programs say which."""
    try:
        found = (IptcImagePlugin.getiptcinfo(cast("ImageFile", image)) or {}).get(dataset, [])
    except DECODER_ERRORS:
        return []
    texts = found if isinstance(found, list) else [found]
    return [_iptc_text(text) for text in texts if text]  # Pillow gives an empty one as None


def _iptc_text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _orientation(value: Any) -> int:
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _camera(make: str | None, model: str | None) -> str | None:
    """`Make Model`, with the make once: cameras write `Canon` + `Canon EOS 5D`, `NIKON CORPORATION` + `NIKON D70`."""
    if make is None or model is None:
        return model or make
    if model.split()[0].casefold() in make.casefold().split():
        return model
    return one_line(f"{make} {model}")


def _position(gps: dict[int, Any]) -> tuple[float | None, float | None]:
    """Latitude and longitude, both or neither; 0, 0 is what cameras write before they have found themselves."""
    tags = ExifTags.GPS
    lat = _degrees(field(gps, tags.GPSLatitude), text_field(gps, tags.GPSLatitudeRef), "NS", 90)
    lon = _degrees(field(gps, tags.GPSLongitude), text_field(gps, tags.GPSLongitudeRef), "EW", 180)
    if lat is None or lon is None or (lat == 0 and lon == 0):
        return None, None
    return lat, lon


def _degrees(parts: Any, hemisphere: str | None, hemispheres: str, limit: int) -> float | None:
    """Degrees, minutes and seconds as one signed number of degrees."""
    sign = (hemisphere or "?")[0].upper()
    if sign not in hemispheres or not isinstance(parts, tuple) or not 1 <= len(parts) <= 3:
        return None
    try:
        value = math.fsum(float(part) / 60**power for power, part in enumerate(parts))
    except (TypeError, ValueError, ArithmeticError, struct.error):  # 0/0, or text in the place of numbers
        return None
    if not math.isfinite(value) or not 0 <= value <= limit:
        return None
    return -value if sign == hemispheres[1] else value

"""What a photo's file says about the photo: its size, and where, when and with what it was taken.

EXIF is written by thousands of programs and is wrong in as many ways; a field that makes no sense is dropped, alone.
"""

import math
import re
import struct
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image

from lens.photos.pillow import DECODER_ERRORS, ignore_warnings

_LONGEST_TEXT = 200
_DATE = re.compile(r"(\d{4})[:/.-](\d\d?)[:/.-](\d\d?)[ T]+(\d\d?):(\d\d?)(?::(\d\d?))?")
_OFFSET = re.compile(r"([+-])(\d\d?):?(\d\d)$")


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
    """Stars, 0 to 5."""


def read_facts(image: Image.Image) -> Facts:
    """The facts of an image as it was opened: neither loaded (PNG may be) nor drafted nor turned."""
    ignore_warnings()  # Pillow decodes a tag when it is asked for, and warns then
    try:
        exif: Any = image.getexif()
    except DECODER_ERRORS:
        exif = Image.Exif()
    details = _directory(exif, ExifTags.IFD.Exif)
    orientation = _orientation(_field(exif, ExifTags.Base.Orientation))
    width, height = image.size
    if orientation >= 5 and image.format != "TIFF":  # Pillow turns TIFF itself and gives its upright size
        width, height = height, width
    taken_at, offset = _moment(exif, details)
    lat, lon = _position(_directory(exif, ExifTags.IFD.GPSInfo))
    return Facts(
        width=width,
        height=height,
        format="JPEG" if image.format == "MPO" else image.format or "",
        orientation=orientation,
        taken_at=taken_at,
        utc_offset_minutes=offset,
        camera=_camera(
            _text(_field(exif, ExifTags.Base.Make)),
            _text(_field(exif, ExifTags.Base.Model)),
        ),
        lens=_text(_field(details, ExifTags.Base.LensModel)),
        lat=lat,
        lon=lon,
        rating=_rating(_field(exif, ExifTags.Base.Rating)),
    )


def _directory(exif: Any, tag: int) -> dict[int, Any]:
    try:
        found = exif.get_ifd(tag)
    except DECODER_ERRORS:
        return {}
    return found if isinstance(found, dict) else {}


def _field(directory: Any, tag: int) -> Any:
    """The value of a tag, `None` if it is absent or cannot be decoded (Pillow decodes when asked)."""
    try:
        value = directory.get(tag)
    except DECODER_ERRORS:
        return None
    return value[0] if isinstance(value, tuple) and len(value) == 1 else value


def _orientation(value: Any) -> int:
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _rating(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 <= value <= 5 else None


def _text(value: Any) -> str | None:
    """One clean line of at most 200 characters."""
    if isinstance(value, bytes):
        text = value.decode(errors="replace")
    elif isinstance(value, str):
        text = _utf8(value)
    else:
        return None
    text = text.split("\0", 1)[0] if text.strip("\0") and text[0] != "\0" else text.replace("\0", "")
    text = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(text.split())[:_LONGEST_TEXT].rstrip() or None


def _utf8(value: str) -> str:
    """Pillow takes EXIF text for Latin-1; what is well-formed UTF-8 was meant to be UTF-8."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value.encode(errors="replace").decode()


def _camera(make: str | None, model: str | None) -> str | None:
    """`Make Model`, with the make once: cameras write `Canon` + `Canon EOS 5D`, `NIKON CORPORATION` + `NIKON D70`."""
    if make is None or model is None:
        return model or make
    if model.split()[0].casefold() in make.casefold().split():
        return model
    return f"{make} {model}"[:_LONGEST_TEXT]


def _moment(exif: Any, details: dict[int, Any]) -> tuple[datetime | None, int | None]:
    """The first of the three dates EXIF knows that is one, with its own offset."""
    base = ExifTags.Base
    for directory, date, offset in (
        (details, base.DateTimeOriginal, base.OffsetTimeOriginal),
        (details, base.DateTimeDigitized, base.OffsetTimeDigitized),
        (exif, base.DateTime, base.OffsetTime),
    ):
        found = _DATE.match(_text(_field(directory, date)) or "")
        if found is None:
            continue
        try:
            taken_at = datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]
        except ValueError:  # 0000:00:00, or the 31st of a shorter month
            continue
        return taken_at, _offset(_text(_field(details, offset)))
    return None, None


def _offset(text: str | None) -> int | None:
    found = _OFFSET.match(text or "")
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3])
    if minutes > 15 * 60:  # no clock on earth is further from UTC
        return None
    return -minutes if found[1] == "-" else minutes


def _position(gps: dict[int, Any]) -> tuple[float | None, float | None]:
    """Latitude and longitude, both or neither; 0, 0 is what cameras write before they have found themselves."""
    tags = ExifTags.GPS
    lat = _degrees(_field(gps, tags.GPSLatitude), _text(_field(gps, tags.GPSLatitudeRef)), "NS", 90)
    lon = _degrees(_field(gps, tags.GPSLongitude), _text(_field(gps, tags.GPSLongitudeRef)), "EW", 180)
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

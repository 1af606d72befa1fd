"""When a photo was taken: what the camera's clock showed, and how far that clock was ahead of UTC."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import ExifTags, Image

from lens.photos.tags import directory, field, text_field

_DATE = re.compile(r"(\d{4})[:/.-](\d\d?)[:/.-](\d\d?)[ T]+(\d\d?):(\d\d?)(?::(\d\d?))?")
_DAY = re.compile(r"(\d{4})[:/.-](\d\d?)[:/.-](\d\d?)")
_OFFSET = re.compile(r"([+-])(\d\d?):?(\d\d)$")

# Minutes between a clock and UTC that are the law somewhere: half hours, and Nepal, Eucla and the Chatham Islands.
_ZONES = (*range(-12 * 60, 14 * 60 + 1, 30), 5 * 60 + 45, 8 * 60 + 45, 12 * 60 + 45, 13 * 60 + 45)
_CLOCK_ERROR = timedelta(minutes=5)  # of the camera, and of a GPS fix that is a little old


def moment(exif: Image.Exif, details: dict[int, Any]) -> tuple[datetime | None, int | None]:
    """The first of the three dates EXIF knows that is one, with its offset from UTC in minutes.

    The offset is the date's own; where there is none, the time from GPS, which is UTC, gives it away.

    Args:
        exif: All tags.
        details: Those of the Exif directory.
    """
    base = ExifTags.Base
    for tags, date, offset in (
        (details, base.DateTimeOriginal, base.OffsetTimeOriginal),
        (details, base.DateTimeDigitized, base.OffsetTimeDigitized),
        (exif, base.DateTime, base.OffsetTime),
    ):
        taken_at = _date(text_field(tags, date))
        if taken_at is None:
            continue
        minutes = _offset(text_field(details, offset))
        if minutes is None and tags is details:  # the third is of the file's last change
            minutes = _offset_by_gps(taken_at, directory(exif, ExifTags.IFD.GPSInfo))
        return taken_at, minutes
    return None, None


def _date(text: str | None) -> datetime | None:
    found = _DATE.match(text or "")
    if found is None:
        return None
    try:
        return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]
    except ValueError:  # 0000:00:00, or the 31st of a shorter month
        return None


def _offset(text: str | None) -> int | None:
    found = _OFFSET.match(text or "")
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3])
    if minutes > 15 * 60:  # no clock on earth is further from UTC
        return None
    return -minutes if found[1] == "-" else minutes


def _offset_by_gps(taken_at: datetime, gps: dict[int, Any]) -> int | None:
    """The zone in which the camera's clock and that of the satellites, which is UTC, agree to five minutes."""
    utc = _gps_time(gps)
    if utc is None:
        return None
    ahead = taken_at.replace(tzinfo=UTC) - utc
    nearest = min(_ZONES, key=lambda zone: abs(ahead - timedelta(minutes=zone)))
    return nearest if abs(ahead - timedelta(minutes=nearest)) <= _CLOCK_ERROR else None


def _gps_time(gps: dict[int, Any]) -> datetime | None:
    day = _DAY.match(text_field(gps, ExifTags.GPS.GPSDateStamp) or "")
    clock = field(gps, ExifTags.GPS.GPSTimeStamp)
    if day is None or not isinstance(clock, tuple) or len(clock) != 3:
        return None
    try:
        hours, minutes, seconds = (float(part) for part in clock)
        midnight = datetime(*(int(part) for part in day.groups()))  # type: ignore[arg-type]
        return midnight.replace(tzinfo=UTC) + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    except (TypeError, ValueError, ArithmeticError):  # 0/0, text in the place of numbers, the 31st of a shorter month
        return None

"""Photos of the same moment: taken at nearly the same time, nearly at the same place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Protocol

from lens.curation.collection import CuratedPhoto

__all__ = ["Moment", "same_moment"]

WITHIN = timedelta(hours=6)
NEARBY = 10.0  # kilometres
HOUR, KILOMETRE = 3600.0, 1.0  # that halve the score
EARTH = 6371.0  # kilometres, mean radius


class Taken(Protocol):
    """When and where something was taken, as far as it is known."""

    @property
    def taken_at(self) -> datetime | None: ...
    @property
    def utc_offset_minutes(self) -> int | None: ...
    @property
    def lat(self) -> float | None: ...
    @property
    def lon(self) -> float | None: ...


@dataclass(frozen=True)
class Moment:
    """A photo of the same moment."""

    rank: int
    """1 is the nearest."""
    path: Path
    score: float
    """Halved by every hour and every kilometre, 0 to 1; larger is nearer."""
    seconds: float | None
    """How much later than the photo asked for it was taken, negative if earlier; None if that is not known."""
    kilometres: float | None
    """Along the ground; None if the place of either is not known."""
    id: str
    content_hash: str


def same_moment(asked: Taken, photos: Sequence[CuratedPhoto], top: int) -> list[Moment]:
    """The photos taken within six hours and ten kilometres, the nearest first.

    Only what is known of both can be compared; a photo of which that is neither time nor place is left out.
    """
    found = []
    for photo in photos:
        seconds, kilometres = _seconds(asked, photo), _kilometres(asked, photo)
        if seconds is None and kilometres is None:
            continue
        if abs(seconds or 0) <= WITHIN.total_seconds() and (kilometres or 0) <= NEARBY:
            score = 0.5 ** (abs(seconds or 0) / HOUR + (kilometres or 0) / KILOMETRE)
            found.append((score, photo, seconds, kilometres))
    found.sort(key=lambda each: (-each[0], each[1].path))
    return [
        Moment(rank, photo.path, score, seconds, kilometres, photo.id, photo.content_hash)
        for rank, (score, photo, seconds, kilometres) in enumerate(found[:top], start=1)
    ]


def _seconds(one: Taken, other: Taken) -> float | None:
    """By UTC where both zones are known, else by what the clocks showed."""
    if one.taken_at is None or other.taken_at is None:
        return None
    apart = (other.taken_at - one.taken_at).total_seconds()
    if one.utc_offset_minutes is not None and other.utc_offset_minutes is not None:
        apart -= 60 * (other.utc_offset_minutes - one.utc_offset_minutes)
    return apart


def _kilometres(one: Taken, other: Taken) -> float | None:
    """Great-circle distance, by the haversine formula."""
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return None
    lat, to_lat = radians(one.lat), radians(other.lat)
    across = sin((to_lat - lat) / 2) ** 2 + cos(lat) * cos(to_lat) * sin(radians(other.lon - one.lon) / 2) ** 2
    return 2 * EARTH * asin(sqrt(min(1.0, across)))

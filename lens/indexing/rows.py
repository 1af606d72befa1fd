"""A photo that was read, as a row of the index."""

from dataclasses import asdict
from datetime import UTC, datetime

from lens.errors import PlacesMissing
from lens.indexing.reading import Reading
from lens.photos.metadata import Facts
from lens.photos.places import place_of
from lens_indexes import PhotoRow

__all__ = ["row_of"]


def row_of(reading: Reading, root: str, path: str, id_: str) -> PhotoRow:
    """The row of a photo.

    Args:
        reading: of its file.
        root: name of the root that it lies below.
        path: from there, with `/`.
        id_: 32 hexadecimal digits.
    """
    found, facts = reading.work.found, reading.facts
    return PhotoRow(
        id=id_,
        root=root,
        path=path,
        content_hash=reading.content_hash,
        size=found.size,
        mtime_ns=found.mtime_ns,
        width=facts.width,
        height=facts.height,
        format=facts.format,
        orientation=facts.orientation,
        indexed_at=datetime.now(UTC),
        taken_at=facts.taken_at,
        utc_offset_minutes=facts.utc_offset_minutes,
        camera=facts.camera,
        lens=facts.lens,
        lat=facts.lat,
        lon=facts.lon,
        rating=facts.rating,
        keywords=facts.keywords,
        place=_place_of(facts),
        sidecar_mtime_ns=found.sidecar_mtime_ns or None,
        **asdict(reading.measures),
    )


def _place_of(facts: Facts) -> str | None:
    """Where a photo was taken, by name; None without coordinates, or without the package that knows places."""
    if facts.lat is None or facts.lon is None:
        return None
    try:
        return place_of(facts.lat, facts.lon)
    except PlacesMissing:
        return None

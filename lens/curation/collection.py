"""The photos of an index as curation takes them: their facts and measures side by side with their vectors."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens.errors import PhotoError, QueryError
from lens.indexing.report import Progress, Report
from lens.photos.decode import read_photo
from lens.photos.measures import MIN_SIDE, measure
from lens_indexes import Index, Measures

__all__ = ["CuratedPhoto", "load", "measure_missing", "vectors_of"]

AT_ONCE = 256  # photos between two commits


@dataclass(frozen=True, slots=True)
class CuratedPhoto:
    """What the index knows of a photo, as far as curation asks."""

    id: str
    path: Path
    """Absolute."""
    content_hash: str
    size: int
    """Bytes."""
    mtime_ns: int
    width: int
    """Pixels of the upright photo."""
    height: int
    taken_at: datetime | None
    utc_offset_minutes: int | None
    lat: float | None
    lon: float | None
    rating: int | None
    keywords: tuple[str, ...]
    place: str | None
    pixel_hash: str | None
    measures: Measures | None
    """None if the photo could not be read when it was to be measured."""

    @property
    def pixels(self) -> int:
        """Of the whole photo."""
        return self.width * self.height


_MEASURES = [field.name for field in fields(Measures)]
_FACTS = [field.name for field in fields(CuratedPhoto) if field.name not in ("path", "measures")]


def load(index: Index) -> list[CuratedPhoto]:
    """All photos that are not missing, in the order of their paths."""
    roots = index.roots.by_name()
    columns = index.photos.facts([*_FACTS, "root", "path", *_MEASURES])
    photos = []
    for values in zip(*columns.values(), strict=True):
        row = dict(zip(columns, values, strict=True))
        measured = {name: row.pop(name) for name in _MEASURES}
        row["path"] = roots[row.pop("root")].absolute(row["path"])
        row["keywords"] = tuple(row["keywords"] or ())
        photos.append(CuratedPhoto(**row, measures=None if measured["entropy"] is None else Measures(**measured)))
    return sorted(photos, key=lambda photo: photo.path)


def vectors_of(index: Index, photos: Sequence[CuratedPhoto], encoder: str | None = None) -> NDArray[np.float32]:
    """(n, dim) the unit-norm vectors of photos; zeros for a photo that has none.

    Args:
        index: where they are.
        photos: whose.
        encoder: by its name in the index; by default the index's own default.

    Raises:
        QueryError: the index has no vectors of that encoder.
    """
    name = encoder or index.photos.default()
    column = next((each for each in index.photos.encoders() if each.name == name), None)
    if column is None:
        raise QueryError(f"The index {index.uri} has no vectors of {name}: lens encoders list shows which it has.")
    block = index.block(column)
    rows = block.rows_of([photo.id for photo in photos])
    vectors = np.zeros((len(photos), column.dim), np.float32)
    vectors[rows >= 0] = block.vectors[rows[rows >= 0]]
    return vectors


def measured(index: Index, on_progress: Report) -> list[CuratedPhoto]:
    """All photos, with measures as far as they can be read."""
    photos = load(index)
    return load(index) if measure_missing(index, photos, on_progress) else photos


def measure_missing(index: Index, photos: Sequence[CuratedPhoto], on_progress: Report) -> bool:
    """Measure what an older Lens indexed, and say whether there was any; may be stopped, and the next goes on."""
    missing = [photo for photo in photos if photo.measures is None]
    if not missing:
        return False
    unreadable = 0
    with index.writing(), ThreadPoolExecutor(os.cpu_count()) as pool:
        for start, some in _chunks(missing):
            found = zip(some, pool.map(_measure, some), strict=True)
            readable = {photo.id: measures for photo, measures in found if measures}
            index.photos.set_measures(readable)
            unreadable += len(some) - len(readable)
            on_progress(Progress(start + len(some), len(missing), unreadable))
    return True


def _measure(photo: CuratedPhoto) -> Measures | None:
    """The measures of a photo; None if it cannot be read, or is no longer what the index knows."""
    try:
        read = read_photo(photo.path, min_side=MIN_SIDE)
    except PhotoError:
        return None
    return measure(read.image) if read.content_hash == photo.content_hash else None


def _chunks(photos: Sequence[CuratedPhoto]) -> Iterator[tuple[int, Sequence[CuratedPhoto]]]:
    for start in range(0, len(photos), AT_ONCE):
        yield start, photos[start : start + AT_ONCE]

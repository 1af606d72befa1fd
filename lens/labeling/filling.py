"""Vectors for regions that have none: those that were drawn, changed or imported, or are older than an encoder."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from lens.errors import PhotoError
from lens.indexing.lane import Lane
from lens.indexing.stages import Stages
from lens.labeling.cropping import cropped
from lens.models.encoders.base import ImageEncoder
from lens.photos.decode import read_photo
from lens_indexes import Index
from lens_indexes.filters import Among

__all__ = ["fill_vectors"]

PHOTOS_AT_ONCE = 64


def fill_vectors(
    index: Index,
    encoder: ImageEncoder,
    stages: Stages,
    photos_of: Collection[str] | None = None,
    most: int | None = None,
) -> int:
    """Encode the regions that have no vector of an encoder: how many; the caller holds the index.

    Regions whose photo is missing, cannot be read, or has another size by now are left for another time.

    Args:
        photos_of: ids of the photos whose regions are encoded; None for all.
        most: how many at the most; None for all.
    """
    lane = Lane(encoder, stages)
    filled = 0
    for photos in _photos(index, lane, photos_of):
        ids: list[str] = []
        for path, regions in photos:
            try:
                image = read_photo(path).image
            except PhotoError:
                continue
            fitting = [each for each in index.regions.get(regions) if (each.width, each.height) == image.size]
            for region in fitting[: None if most is None else most - filled - len(ids)]:
                lane.put(encoder.prepare(cropped(image, region.box)))
                ids.append(region.id)
            if most == filled + len(ids):
                break
        index.regions.add_vectors(ids, lane.column, lane.take())
        filled += len(ids)
        if filled == most:
            break
    return filled


def _photos(index: Index, lane: Lane, photos_of: Collection[str] | None) -> Iterator[Sequence[tuple[Path, list[str]]]]:
    """Photos and the ids of their regions without a vector, some at a time."""
    lacking: dict[str, list[str]] = defaultdict(list)
    for id_, photo in index.regions.lacking(lane.column):
        if photos_of is None or photo in photos_of:
            lacking[photo].append(id_)
    if not lacking:
        return
    roots = index.roots.by_name()
    rows = index.photos.matching(Among(frozenset(lacking)), ["root", "path"]).to_pylist()
    found = [(roots[row["root"]].absolute(row["path"]), lacking[row["id"]]) for row in rows]
    for start in range(0, len(found), PHOTOS_AT_ONCE):
        yield found[start : start + PHOTOS_AT_ONCE]

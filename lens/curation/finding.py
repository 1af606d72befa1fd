"""All duplicates of an index, from measures and vectors to groups."""

from dataclasses import replace

from lens.curation.collection import CuratedPhoto, load, measured, vectors_of
from lens.curation.duplicates import DuplicateGroup, exact_groups, hash_pixels, near_groups, worth_hashing
from lens.curation.near import LIMITS, near_pairs, units_of
from lens.indexing.report import Report, nothing_to_tell
from lens_indexes import Index
from lens_indexes.kept import keep_ids, kept_ids

__all__ = ["alike_pairs", "duplicate_ids", "find_duplicates"]


def find_duplicates(
    index: Index, *, exact: bool = False, encoder: str | None = None, on_progress: Report = nothing_to_tell
) -> list[DuplicateGroup]:
    """Groups of duplicates; see `Curation.duplicates`."""
    photos = measured(index, on_progress)
    units = units_of(photos)
    pairs = near_pairs(photos, units, vectors_of(index, photos, encoder), on_progress)
    unhashed = worth_hashing(photos, units, pairs)
    if unhashed:
        hash_pixels(index, unhashed, on_progress)
        hashes = {photo.id: photo.pixel_hash for photo in load(index)}
        photos = [replace(photo, pixel_hash=hashes.get(photo.id)) for photo in photos]
    return exact_groups(photos) if exact else near_groups(photos, units, pairs)


def duplicate_ids(index: Index, *, exact: bool = False) -> frozenset[str]:
    """The ids of all photos that are in a group of duplicates, those to keep included.

    They are kept beside the index, and found again only when it has changed.
    """
    place, name = index.beside, "exact-duplicates" if exact else "duplicates"
    kept = kept_ids(place, name, LIMITS)
    if kept is not None:
        return kept
    version = place.version()
    ids = _ids(index, exact)
    if place.version() != version:  # what had to be measured was written into the index
        version = place.version()
        ids = _ids(index, exact)
    if place.version() == version:
        keep_ids(place, name, LIMITS, version, ids)
    return ids


def _ids(index: Index, exact: bool) -> frozenset[str]:
    groups = find_duplicates(index, exact=exact)
    return frozenset(photo.id for group in groups for photo in (group.kept, *(each.photo for each in group.others)))


def alike_pairs(
    index: Index, on_progress: Report = nothing_to_tell
) -> tuple[list[CuratedPhoto], list[tuple[str, str]]]:
    """All photos, and the pairs of ids that are duplicates, exact or near; what is alike to a third is in two pairs."""
    photos = measured(index, on_progress)
    units = units_of(photos)
    pairs = near_pairs(photos, units, vectors_of(index, photos), on_progress)
    near = [(photos[units[pair.one][0]].id, photos[units[pair.other][0]].id) for pair in pairs]
    same = [(photos[unit[0]].id, photos[number].id) for unit in units for number in unit[1:]]
    return photos, near + same

"""Duplicates in groups, each with the photo to keep.

Every other photo of a group is a duplicate of the one kept, not merely of another that goes: so a burst in which each
shot is near the next falls into several groups, and whatever is moved away leaves its like behind.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from lens.curation.best import best_of
from lens.curation.collection import AT_ONCE, CuratedPhoto
from lens.curation.identity import pixel_hash
from lens.curation.near import NearPair, Unit
from lens.indexing.report import Progress, Report
from lens.photos.perceptual import LAYINGS
from lens_indexes import Index

__all__ = ["Duplicate", "DuplicateGroup", "exact_groups", "hash_pixels", "near_groups", "worth_hashing"]

CONTENT, PIXELS = "content", "pixels"
SAME_BITS = 6
"""Two photos with the same pixels, one of which was decoded smaller than the other, differ in no more bits."""


@dataclass(frozen=True)
class Duplicate:
    """A photo that is a duplicate of the one kept."""

    photo: CuratedPhoto
    reason: str
    """`content` (the same bytes), `pixels` (the same pixels), `same` (edited, but laid down in the same way),
    `mirrored`, `rotated`, `mirrored, rotated`, or `part` (one is cut out of the other)."""


@dataclass(frozen=True)
class DuplicateGroup:
    """A photo to keep and its duplicates."""

    kept: CuratedPhoto
    why: str
    """What makes it the best; see `best_of`."""
    others: tuple[Duplicate, ...]
    """In the order of their paths."""


def exact_groups(photos: Sequence[CuratedPhoto]) -> list[DuplicateGroup]:
    """Photos with the same bytes or the same pixels."""
    pixels_of = {photo.content_hash: photo.pixel_hash for photo in photos if photo.pixel_hash}
    alike: defaultdict[str, list[CuratedPhoto]] = defaultdict(list)
    for photo in photos:
        alike[pixels_of.get(photo.content_hash) or photo.content_hash].append(photo)
    groups = []
    for some in alike.values():
        if len(some) > 1:
            best = best_of(some)
            groups.append(_group(some, some[best.number], best.why, {}))
    return sorted(groups, key=lambda group: group.kept.path)


def near_groups(
    photos: Sequence[CuratedPhoto], units: Sequence[Unit], pairs: Iterable[NearPair]
) -> list[DuplicateGroup]:
    """Photos that are near duplicates, exact ones among them, in the order of the kept photos' paths."""
    near: dict[int, dict[int, str]] = {number: {} for number in range(len(units))}
    for pair in pairs:
        near[pair.one][pair.other] = near[pair.other][pair.one] = pair.reason
    groups, seen = [], set[int]()
    for start in near:
        if start in seen:
            continue
        component = _reached(start, near)
        seen |= component
        left = component
        while left:
            # Any photo that has a duplicate left may be the best one; a unit by itself may hold several photos.
            open_units = [unit for unit in sorted(left) if len(units[unit]) > 1 or near[unit].keys() & left]
            numbers = [number for unit in open_units for number in units[unit]]
            if not numbers:
                break
            best = best_of([photos[number] for number in numbers])
            kept = numbers[best.number]
            centre = next(unit for unit in open_units if kept in units[unit])
            taken = {centre} | (near[centre].keys() & left)
            reasons = {
                photos[number].id: near[centre].get(unit, LAYINGS[0]) for unit in taken for number in units[unit]
            }
            members = [photos[number] for unit in taken for number in units[unit]]
            groups.append(_group(members, photos[kept], best.why, reasons))
            left = left - taken
    return sorted(groups, key=lambda group: group.kept.path)


def worth_hashing(
    photos: Sequence[CuratedPhoto], units: Sequence[Unit], pairs: Iterable[NearPair]
) -> list[CuratedPhoto]:
    """Photos that may have the pixels of another one with other bytes, and are not hashed yet."""
    close = [(pair.one, pair.other) for pair in pairs if pair.distance <= SAME_BITS and pair.reason == LAYINGS[0]]
    wanted = set[int]()
    for numbers in (*units, *([*units[one], *units[other]] for one, other in close)):
        by_size: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for number in numbers:
            by_size[photos[number].width, photos[number].height].append(number)
        for same in by_size.values():
            if len({photos[number].content_hash for number in same}) > 1:
                wanted.update(same)
    return [photos[number] for number in sorted(wanted) if photos[number].pixel_hash is None]


def hash_pixels(index: Index, photos: Sequence[CuratedPhoto], on_progress: Report) -> None:
    """Read photos wholly and store the hashes of their pixels; may be stopped, and the next goes on."""
    with index.writing(), ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(photos), AT_ONCE):
            some = photos[start : start + AT_ONCE]
            hashes = list(pool.map(pixel_hash, some))
            known = [(photo.id, each) for photo, each in zip(some, hashes, strict=True) if each]
            index.photos.change({"id": [id_ for id_, _ in known], "pixel_hash": [each for _, each in known]})
            on_progress(Progress(start + len(some), len(photos), hashes.count(None)))


def _reached(start: int, near: Mapping[int, Mapping[int, str]]) -> set[int]:
    """The units that lead to each other."""
    found, ahead = {start}, [start]
    while ahead:
        new = near[ahead.pop()].keys() - found
        found |= new
        ahead.extend(new)
    return found


def _group(photos: Sequence[CuratedPhoto], kept: CuratedPhoto, why: str, reasons: Mapping[str, str]) -> DuplicateGroup:
    others = [
        Duplicate(photo, _exact(photo, kept) or reasons.get(photo.id, PIXELS))
        for photo in sorted(photos, key=lambda photo: photo.path)
        if photo.id != kept.id
    ]
    return DuplicateGroup(kept, why, tuple(others))


def _exact(one: CuratedPhoto, other: CuratedPhoto) -> str | None:
    if one.content_hash == other.content_hash:
        return CONTENT
    return PIXELS if one.pixel_hash and one.pixel_hash == other.pixel_hash else None

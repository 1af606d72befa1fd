"""Regions that a person draws, and those that get another box; what was outdated by it is emptied."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime

from lens.errors import NameUnknown
from lens_indexes import Box, Change, Index, RegionRow, RegionState

__all__ = ["MINE", "draw", "reshape"]

MINE = "me"
"""The source of what is drawn."""


def draw(index: Index, photo: str, box: Box, size: tuple[int, int], category: str) -> RegionRow:
    """Put a region into a photo; the caller holds the index.

    Args:
        index: has the photo.
        photo: its id.
        box: where in it.
        size: of the upright photo, width and height in pixels.
        category: what is in it.

    Raises:
        NameUnknown: there is no such photo.
        ValueError: the box has no area or lies outside of the photo.
    """
    rows = index.photos.get([photo])
    if not rows:
        raise NameUnknown(f"No photo in the index has the id {photo}.")
    now, state = datetime.now(UTC), RegionState.ACCEPTED
    content = rows[0].content_hash
    region = RegionRow(uuid.uuid4().hex, photo, content, category, box, *size, MINE, state, now, changed_at=now)
    facts = vars(region) | {"state": str(state)}
    index.history.carry_out(f"drawn: {category}", [Change(region.id, photo, None, facts)])
    return region


def reshape(index: Index, id_: str, box: Box) -> None:
    """Give a region another box; the caller holds the index.

    Raises:
        NameUnknown: there is no such region.
        ValueError: the box has no area or lies outside of the photo.
    """
    index.history.settle()
    regions = index.regions.get([id_])
    if not regions:
        raise NameUnknown(f"No region in the index has the id {id_}.")
    (was,) = regions
    now = replace(was, box=box, mask=None, state=RegionState.EDITED, changed_at=datetime.now(UTC))
    before, after = ({name: getattr(each, name) for name in CHANGED} for each in (was, now))
    index.history.carry_out(f"moved: {was.category}", [Change(was.id, was.photo, before, after)])


CHANGED = ("box", "mask", "state", "changed_at")

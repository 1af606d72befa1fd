"""Regions that a person draws, and those that get another shape; what was outdated by it is emptied."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import ceil, floor
from pathlib import Path
from typing import TypeAlias

from lens.errors import NameUnknown, SizesDiffer
from lens.labeling.masks import extent_of, shifted
from lens.reviewing.strokes import Stroke, painted
from lens_indexes import Box, Change, Index, RegionRow, RegionState

__all__ = ["MINE", "Shape", "copy", "draw", "keeps_mask", "paint", "reshape"]

Shape: TypeAlias = Box | bytes
"""Where something is: a box, or the compressed run lengths of a mask of the photo's size."""

MINE = "me"
"""The source of what is drawn."""

HALF = 0.5  # pixels


def draw(index: Index, photo: str, shape: Shape, size: tuple[int, int], category: str) -> RegionRow:
    """Put a region into a photo; the caller holds the index.

    Args:
        index: has the photo.
        photo: its id.
        shape: where in it.
        size: of the upright photo, width and height in pixels.
        category: what is in it.

    Raises:
        NameUnknown: there is no such photo.
        ValueError: the box has no area or lies outside of the photo, or the mask is empty.
    """
    rows = index.photos.get([photo])
    if not rows:
        raise NameUnknown(f"No photo in the index has the id {photo}.")
    now, state = datetime.now(UTC), RegionState.ACCEPTED
    content = rows[0].content_hash
    box, mask = _told(shape, *size)
    made = RegionRow(uuid.uuid4().hex, photo, content, category, box, *size, MINE, state, now)
    region = replace(made, mask=mask, changed_at=now)
    facts = vars(region) | {"state": str(state)}
    index.history.carry_out(f"drawn: {category}", [Change(region.id, photo, None, facts)])
    return region


def copy(index: Index, regions: Sequence[RegionRow], onto: str) -> list[RegionRow]:
    """Put regions of one photo into another as well, in one edit: what is new there; the caller holds the index.

    Raises:
        NameUnknown: there is no such photo.
        SizesDiffer: it has another size than that of the regions.
    """
    rows = index.photos.get([onto])
    if not rows:
        raise NameUnknown(f"No photo in the index has the id {onto}.")
    size = (rows[0].width, rows[0].height)
    if any((each.width, each.height) != size for each in regions):
        raise SizesDiffer(f"{Path(rows[0].path).name} has another size: what is in one lies elsewhere in the other.")
    now, content, state = datetime.now(UTC), rows[0].content_hash, RegionState.ACCEPTED
    new = []
    for each in regions:
        about = (each.category, each.box, *size, MINE, state, now, None, each.mask)
        new.append(RegionRow(uuid.uuid4().hex, onto, content, *about, changed_at=now, crowd=each.crowd))
    changes = [Change(each.id, onto, None, vars(each) | {"state": str(each.state)}) for each in new]
    index.history.carry_out(f"copied: {len(new)} regions", changes)
    return new


def reshape(index: Index, id_: str, shape: Shape) -> None:
    """Give a region another shape; the caller holds the index. A mask moves with its box, by whole
    pixels, see `keeps_mask`.

    Raises:
        NameUnknown: there is no such region.
        ValueError: the box has no area or lies outside of the photo, or the mask is empty.
    """
    was = _there(index, id_)
    box, mask = _told(shape, was.width, was.height)
    what = f"{'shaped' if isinstance(shape, bytes) else 'moved'}: {was.category}"
    if was.mask is not None and mask is None and keeps_mask(was.box, box):
        x0, y0, x1, y1 = was.box
        across = _whole(box[0] - x0, -x0, was.width - x1)
        down = _whole(box[1] - y0, -y0, was.height - y1)
        mask = shifted(was.mask, was.width, was.height, across, down)
        box = (x0 + across, y0 + down, x1 + across, y1 + down)  # a mask moves by whole pixels, and its box with it
    _become(index, what, was, replace(was, box=box, mask=mask, state=RegionState.EDITED, changed_at=datetime.now(UTC)))


def keeps_mask(before: Box, now: Box) -> bool:
    """Whether a box was moved as it is, by less than half a pixel more or less; stretched, its mask no longer fits."""
    x0, y0, x1, y1 = (new - old for old, new in zip(before, now, strict=True))
    return abs(x1 - x0) < HALF and abs(y1 - y0) < HALF


def _whole(way: float, least: float, most: float) -> int:
    """The whole pixels nearest to a way; where rounding alone leads out of the photo, those that do not."""
    if least - HALF < way < most + HALF:
        return min(max(round(way), ceil(least)), floor(most))
    return round(way)


def paint(index: Index, id_: str, stroke: Stroke) -> None:
    """Change the mask of a region by a stroke; one of which nothing is left is rejected. The caller holds the index.

    Raises:
        NameUnknown: there is no such region.
    """
    was, now = _there(index, id_), datetime.now(UTC)
    mask = painted(was, stroke, was.width, was.height)
    if mask is None:
        _become(index, f"rejected: {was.category}", was, replace(was, state=RegionState.REJECTED, changed_at=now))
        return
    box, _ = _told(mask, was.width, was.height)
    what = f"{'painted' if stroke.adds else 'erased'}: {was.category}"
    _become(index, what, was, replace(was, box=box, mask=mask, state=RegionState.EDITED, changed_at=now))


def _there(index: Index, id_: str) -> RegionRow:
    index.history.settle()
    regions = index.regions.get([id_])
    if not regions:
        raise NameUnknown(f"No region in the index has the id {id_}.")
    return regions[0]


def _told(shape: Shape, width: int, height: int) -> tuple[Box, bytes | None]:
    """The box and the mask of a shape."""
    if not isinstance(shape, bytes):
        return shape, None
    extent = extent_of(shape, width, height)
    if extent is None:
        raise ValueError("an empty mask is no region")
    x0, y0, x1, y1 = map(float, extent)
    return (x0, y0, x1, y1), shape


def _become(index: Index, what: str, was: RegionRow, now: RegionRow) -> None:
    """Only what has changed is written: a vector goes with the box or the mask that it was made of."""
    changed = [name for name in CHANGED if getattr(was, name) != getattr(now, name)]
    before, after = ({name: getattr(each, name) for name in changed} for each in (was, now))
    index.history.carry_out(what, [Change(was.id, was.photo, before, after)])


CHANGED = ("box", "mask", "state", "changed_at")
"""What people say of regions, and how two sources of them compare."""

"""What the review screen shows of one region."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lens_indexes import RegionRow

__all__ = ["View"]


@dataclass(frozen=True)
class View:
    """One region of the queue, and the queue."""

    at: int
    """Its place in the queue, from 0."""
    total: int
    """Regions of the queue, looked at or not."""
    waiting: int
    """How many of them nobody has said anything of."""
    classes: Mapping[str, int]
    """How many regions of the queue each category has, without those that were rejected; always in one order."""
    note: str = ""
    """What was just done, in words; empty where that can be seen."""
    path: Path | None = None
    """Of its photo; None if the queue is empty."""
    content_hash: str = ""
    """Of the photo."""
    region: RegionRow | None = None
    disputed: bool = False
    """Whether sources disagree about it."""
    regions: tuple[RegionRow, ...] = ()
    """All that is known of the photo."""

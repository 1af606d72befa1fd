"""What the label screen shows of one photo, and of all that are looked through."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lens_indexes import RegionRow

__all__ = ["View"]


@dataclass(frozen=True)
class View:
    """One photo with its regions, and how much is to be looked through."""

    at: int
    """The photo's place, from 0."""
    total: int
    """Photos that are looked through."""
    waiting: int
    """How many regions in all of them nobody has said anything of."""
    classes: Mapping[str, int]
    """How many regions each category has, without those that were rejected; always in one order."""
    note: str = ""
    """What was just done, in words; empty where that can be seen."""
    photo: str = ""
    """Its id; empty if there is none."""
    path: Path | None = None
    """None if there is no photo."""
    region: RegionRow | None = None
    """What is to be looked at in it; None if nothing waits there."""
    disputed: frozenset[str] = frozenset()
    """The ids of its regions about which sources disagree."""
    regions: tuple[RegionRow, ...] = ()
    """All of the photo that are shown, also what was rejected."""

"""What the label screen shows of one photo, and of all that are looked through."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    """All of the photo that are shown, also what was rejected, the oldest first."""
    whole: bool = True
    """Otherwise `regions` are only those that are new, or other than in the answer before, about the same photo."""
    gone: frozenset[str] = frozenset()
    """The ids of those that are no longer there since."""

    def since(self, before: Mapping[str, RegionRow]) -> "View":
        """The same with only what is new or other than it was; `filled_up` undoes it."""
        here = {each.id for each in self.regions}
        regions = tuple(each for each in self.regions if before.get(each.id) != each)
        return replace(self, regions=regions, whole=False, gone=frozenset(before.keys() - here))

    def filled_up(self, before: "View | None") -> "View":
        """The same with all regions of the photo, as it was `before` and since."""
        if self.whole or before is None or before.photo != self.photo:
            return self
        regions = {each.id: each for each in before.regions if each.id not in self.gone}
        regions |= {each.id: each for each in self.regions}
        ordered = sorted(regions.values(), key=lambda each: (each.made_at, each.id))
        return replace(self, regions=tuple(ordered), whole=True, gone=frozenset())

"""Photos to look through, one after the other, and how much waits in each.

What an edit of one costs does not depend on how many there are.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from lens_indexes import Index, RegionRow, RegionState
from lens_indexes.filters import Negation, OneOf

__all__ = ["Counted", "PhotoQueue", "counted"]


class Counted(NamedTuple):
    """What is looked at of a region; a `RegionRow` does as well."""

    category: str
    state: str
    source: str = ""


class PhotoQueue:
    """Photos in one order, with running counts of their regions; what was rejected is not counted.

    Args:
        photos: their ids and paths, in the order in which they are looked through.
        regions: the regions that each has; photos may be left out, and others are passed over.
        disputed: the ids of regions that sources disagree about.
    """

    def __init__(
        self,
        photos: Mapping[str, Path],
        regions: Mapping[str, Iterable[Counted | RegionRow]] | None = None,
        disputed: Collection[str] = (),
    ) -> None:
        self.ids = list(photos)
        self.paths = dict(photos)
        self.disputed = set(disputed)
        self.categories: Counter[str] = Counter()
        """How many regions of each category there are; 0 of those that there once were."""
        self.waiting = 0
        """How many regions nobody has said anything of."""
        self._places = {id_: at for at, id_ in enumerate(self.ids)}
        self._waiting = [0] * len(self.ids)
        self._waits = bytearray(len(self.ids))  # 1 where anything waits: looked through at the speed of C
        self._counted: dict[str, Counter[str]] = {}
        for photo, its in (regions or {}).items():
            self.update(photo, its)

    def __len__(self) -> int:
        return len(self.ids)

    def place(self, photo: str) -> int | None:
        """Where a photo is in the order; None if it is not."""
        return self._places.get(photo)

    def update(self, photo: str, regions: Iterable[Counted | RegionRow]) -> None:
        """Count the regions that a photo has now, instead of those that it had."""
        at = self._places.get(photo)
        if at is None:
            return
        kept = [each for each in regions if each.state != RegionState.REJECTED]
        counted = Counter(each.category for each in kept)
        self.categories.subtract(self._counted.get(photo, Counter()))
        self.categories.update(counted)
        self._counted[photo] = counted
        waiting = sum(each.state == RegionState.PROPOSED for each in kept)
        self.waiting += waiting - self._waiting[at]
        self._waiting[at], self._waits[at] = waiting, bool(waiting)

    def next_waiting(self, at: int) -> int | None:
        """The place of the next photo with something that waits, after the last from the first on; None if none has."""
        found = self._waits.find(1, at)
        found = self._waits.find(1) if found < 0 else found
        return None if found < 0 else found


def counted(index: Index) -> dict[str, list[Counted]]:
    """What there is in each photo, of the sources that are shown."""
    shown = Negation(OneOf("source", tuple(index.hidden.names())))
    rows = index.regions.matching(shown, ["photo", "category", "state", "source"])
    found: dict[str, list[Counted]] = defaultdict(list)
    columns = (rows[name].to_pylist() for name in ("photo", "category", "state", "source"))
    for photo, *known in zip(*columns, strict=True):
        found[photo].append(Counted(*known))
    return found

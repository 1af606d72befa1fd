"""Reviewing: what people say of regions that were proposed."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from lens.errors import NameUnknown
from lens.reviewing.comparing import Comparison, Difference, Differing, compare
from lens.reviewing.pairing import SAME, paired
from lens.reviewing.where import regions_where
from lens.search.searcher import EVERYTHING, Searcher
from lens_indexes import Change, Edit, Index, RegionRow, RegionState, Source
from lens_indexes.filters import All, Among, Condition, Negation, OneOf, columns_of

__all__ = ["Proposal", "Reviewing"]


@dataclass(frozen=True)
class Proposal:
    """One region that waits for somebody to look at it."""

    region: RegionRow
    path: Path
    """Of its photo."""
    disputed: bool
    """Whether another source has looked at that photo and has nothing of the same category there."""


class Reviewing:
    """The regions of one index, as they are looked through.

    Args:
        index: opens the index.
        searcher: finds the photos of a query.
    """

    def __init__(self, index: Callable[[], Index], searcher: Searcher) -> None:
        self._index, self._searcher = index, searcher

    def sources(self) -> list[Source]:
        """The sources that are shown, with how many of their regions are in each state."""
        index = self._index()
        hidden = index.hidden.names()
        return [source for source in index.regions.sources() if source.name not in hidden]

    def queue(
        self, query: str | Sequence[str] | None = None, where: str | None = None, *, most: int | None = None
    ) -> list[Proposal]:
        """What waits to be looked at: photo by photo, those about which sources disagree first.

        Args:
            query: only in the photos that answer it, as `Library.search` takes it.
            where: only such regions, as `regions_where` takes it.
            most: how many to tell at the most.

        Raises:
            QueryError: the query or `where` cannot be understood.
        """
        index = self._index()
        waiting, hidden = self._meant(query, where or "state=proposed"), index.hidden.names()
        photos = index.regions.matching(Among(frozenset(waiting)), ["photo"])["photo"].to_pylist()
        by_photo: dict[str, list[RegionRow]] = defaultdict(list)
        for region in index.regions.of_photos(set(photos)):
            if region.id in waiting or (region.state != RegionState.REJECTED and region.source not in hidden):
                by_photo[region.photo].append(region)
        paths = index.paths(by_photo)  # of those that are there
        found = []
        for photo in sorted(paths, key=lambda id_: paths[id_]):
            disputed = _disputed(by_photo[photo])
            mine = [region for region in by_photo[photo] if region.id in waiting]
            mine.sort(key=lambda region: (region.id not in disputed, -(region.score or 0)))
            found.append([Proposal(region, paths[photo], region.id in disputed) for region in mine])
        found.sort(key=lambda proposals: not any(each.disputed for each in proposals))
        return [each for proposals in found for each in proposals][:most]

    def compare(self, found: str, truth: str, *, least: float = SAME, masks: bool = False) -> Comparison:
        """Judge one source by another; see `lens.reviewing.comparing.compare`."""
        return compare(self._index(), found, truth, least=least, masks=masks)

    def decide(
        self,
        where: str,
        state: RegionState,
        query: str | Sequence[str] | None = None,
        *,
        dry_run: bool = False,
    ) -> int:
        """Accept or reject regions: how many it changes.

        Args:
            where: which, as `regions_where` takes it; of those, the proposed ones, unless it speaks of states or ids.
            state: `ACCEPTED` or `REJECTED`.
            query: only in the photos that answer it.
            dry_run: only count.

        Raises:
            QueryError: `where` or the query cannot be understood.
        """
        now = datetime.now(UTC)
        return self._change(where, query, f"{state}: {where}", {"state": str(state), "changed_at": now}, dry_run)

    def relabel(
        self, where: str, category: str, query: str | Sequence[str] | None = None, *, dry_run: bool = False
    ) -> int:
        """Give regions another category, after which they count as edited: how many.

        Args:
            where: which, as `decide` has it.
            category: the new one.
            query: only in the photos that answer it.
            dry_run: only count.

        Raises:
            QueryError: `where` or the query cannot be understood.
            NameUnknown: the category can be none.
        """
        name = " ".join(category.split())
        if not name:
            raise NameUnknown("A category has a name.")
        facts = {"category": name, "state": str(RegionState.EDITED), "changed_at": datetime.now(UTC)}
        return self._change(where, query, f"{name}: {where}", facts, dry_run)

    def undo(self, times: int = 1) -> list[Edit]:
        """Take back the last edits: which, the last first; fewer where there are no more."""
        return self._turned(lambda index: index.history.undo(), times)

    def redo(self, times: int = 1) -> list[Edit]:
        """Do the edits again that were last taken back."""
        return self._turned(lambda index: index.history.redo(), times)

    def history(self) -> list[Edit]:
        """Every edit, the oldest first."""
        return self._index().history.all()

    def regions_of(self, edit: Edit) -> list[str]:
        """The ids of the regions that an edit changed."""
        return self._index().history.regions_of(edit)

    def differing(self, comparison: Comparison, *, most: int) -> list[Differing]:
        """The photos about which two sources differ most, the most first."""
        by_photo: dict[str, list[Difference]] = defaultdict(list)
        for each in comparison.differences:
            by_photo[each.photo].append(each)
        wrong = {id_: sum(each.kind != "right" for each in some) for id_, some in by_photo.items()}
        worst = sorted((id_ for id_, count in wrong.items() if count), key=lambda id_: (-wrong[id_], id_))[:most]
        paths = self._index().paths(worst)
        return [Differing(paths[id_], tuple(by_photo[id_])) for id_ in worst]

    def _turned(self, turn: Callable[[Index], Edit | None], times: int) -> list[Edit]:
        index, turned = self._index(), list[Edit]()
        with index.writing():
            while len(turned) < times and (edit := turn(index)):
                turned.append(edit)
        return turned

    def _change(
        self, where: str, query: str | Sequence[str] | None, what: str, facts: dict[str, Any], dry_run: bool
    ) -> int:
        index = self._index()
        if dry_run:
            return len(self._meant(query, where))
        with index.writing():
            index.history.settle()
            regions = index.regions.get(sorted(self._meant(query, where)))
            index.history.carry_out(what, [_change(region, facts) for region in regions])
        return len(regions)

    def _meant(self, query: str | Sequence[str] | None, where: str) -> set[str]:
        """The ids of the regions that are meant; those of hidden sources never are."""
        condition: Condition = regions_where(where)
        if not {"state", "id"} & columns_of(condition):
            condition = All((condition, OneOf("state", (str(RegionState.PROPOSED),))))
        index = self._index()
        shown = Negation(OneOf("source", tuple(index.hidden.names())))
        rows = index.regions.matching(All((condition, shown)), ["photo"])
        if query is None:
            return set(rows["id"].to_pylist())
        photos = {match.id for match in self._searcher.all_that_answer(query, EVERYTHING)}
        both = zip(rows["id"].to_pylist(), rows["photo"].to_pylist(), strict=True)
        return {id_ for id_, photo in both if photo in photos}


def _change(region: RegionRow, facts: dict[str, Any]) -> Change:
    return Change(region.id, region.photo, {name: getattr(region, name) for name in facts}, facts)


def _disputed(regions: Sequence[RegionRow]) -> set[str]:
    """The regions of a photo that a source has and another, which has regions there too, has not."""
    by_source: dict[str, list[RegionRow]] = defaultdict(list)
    for region in regions:
        by_source[region.source].append(region)
    found: set[str] = set()
    for mine, theirs in combinations(by_source.values(), 2):
        pairs = paired(mine, theirs)
        apart = [(a, b) for a, b in pairs.both if mine[a].category != theirs[b].category]
        found |= {mine[at].id for at in (*pairs.first, *(a for a, _ in apart))}
        found |= {theirs[at].id for at in (*pairs.second, *(b for _, b in apart))}
    return found

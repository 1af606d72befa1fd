"""Reviewing: what people say of regions that were proposed."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from lens.errors import NameUnknown
from lens.reviewing.comparing import Comparison, Difference, Differing, compare
from lens.reviewing.disputing import disputed_of
from lens.reviewing.drawing import Shape, copy, draw, paint, reshape
from lens.reviewing.pairing import SAME
from lens.reviewing.photo_queue import Counted, PhotoQueue, counted
from lens.reviewing.proposal import Proposal
from lens.reviewing.strokes import Stroke
from lens.reviewing.where import regions_where
from lens.search.searcher import EVERYTHING, Searcher
from lens_indexes import Change, Edit, Index, RegionRow, RegionState, Source
from lens_indexes.filters import All, Among, Compare, Condition, Negation, OneOf, columns_of

__all__ = ["Reviewing"]

PATIENCE = 5.0  # seconds that an edit waits for others that write, such as a labelling that stores what it has found
FRAGMENTS = 16  # small files of a table, from which on they are joined while nobody waits


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
            disputed = disputed_of(by_photo[photo])
            mine = [region for region in by_photo[photo] if region.id in waiting]
            mine.sort(key=lambda region: (region.id not in disputed, -(region.score or 0)))
            found.append([Proposal(region, paths[photo], region.id in disputed) for region in mine])
        found.sort(key=lambda proposals: not any(each.disputed for each in proposals))
        return [each for proposals in found for each in proposals][:most]

    def photos(self, query: str | Sequence[str] | None = None) -> PhotoQueue:
        """The photos that answer a query, or all: those with something that waits first, in the order of `queue`.

        Raises:
            QueryError: the query cannot be understood.
        """
        index = self._index()
        condition: Condition = All(())
        if query is not None:
            condition = Among(frozenset(match.id for match in self._searcher.all_that_answer(query, EVERYTHING)))
        roots = index.roots.by_name()
        rows = index.photos.matching(condition, ["root", "path"]).to_pylist()
        paths = {row["id"]: roots[row["root"]].absolute(row["path"]) for row in rows}
        known = counted(index)
        waiting = {id_ for id_ in paths.keys() & known.keys() if any(map(_waits, known[id_]))}
        several = {id_ for id_ in waiting if len({each.source for each in known[id_] if _counts(each)}) > 1}
        disputed: dict[str, set[str]] = {}
        for id_, regions in self.shown(several).items():  # a photo with one source is not read: there may be many
            ids = disputed_of([each for each in regions if _counts(each)])
            disputed[id_] = ids & {each.id for each in regions if _waits(each)}
        ordered = sorted(paths, key=lambda id_: (id_ not in waiting, not disputed.get(id_), paths[id_].parts))
        return PhotoQueue({id_: paths[id_] for id_ in ordered}, known, set[str]().union(*disputed.values()))

    def found_since(self, moment: datetime) -> dict[str, list[RegionRow]]:
        """All regions that are shown of the photos in which any was made after a moment, by photo."""
        index = self._index()
        new = index.regions.matching(Compare("made_at", ">", moment.astimezone(UTC).replace(tzinfo=None)), ["photo"])[
            "photo"
        ].to_pylist()
        return self.shown(set(new))

    def shown(self, photos: Collection[str]) -> dict[str, list[RegionRow]]:
        """The regions of photos, by photo, without those of hidden sources."""
        index = self._index()
        hidden, found = index.hidden.names(), {photo: list[RegionRow]() for photo in photos}
        for region in index.regions.of_photos(photos):
            if region.source not in hidden:
                found[region.photo].append(region)
        return found

    def compare(self, found: str, truth: str, *, least: float = SAME, masks: bool = False) -> Comparison:
        """Judge one source by another; see `lens.reviewing.comparing.compare`."""
        return compare(self._index(), found, truth, least=least, masks=masks)

    def decide(
        self,
        where: str | Sequence[str],
        state: RegionState,
        query: str | Sequence[str] | None = None,
        *,
        dry_run: bool = False,
    ) -> int:
        """Accept or reject regions: how many it changes.

        Args:
            where: which, as `regions_where` takes it; of those, the proposed ones, unless it speaks of states or ids.
                Or their ids, each by itself.
            state: `ACCEPTED` or `REJECTED`.
            query: only in the photos that answer it.
            dry_run: only count.

        Raises:
            QueryError: `where` or the query cannot be understood.
        """
        facts = {"state": str(state), "changed_at": datetime.now(UTC)}
        return self._change(where, query, f"{state}: {_said(where)}", facts, dry_run)

    def relabel(
        self,
        where: str | Sequence[str],
        category: str,
        query: str | Sequence[str] | None = None,
        *,
        dry_run: bool = False,
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
        name = _named(category)
        facts = {"category": name, "state": str(RegionState.EDITED), "changed_at": datetime.now(UTC)}
        return self._change(where, query, f"{name}: {_said(where)}", facts, dry_run)

    def draw(self, photo: str, shape: Shape, size: tuple[int, int], category: str) -> RegionRow:
        """Put a region into a photo by hand, in the source `MINE`; its vector comes with the next indexing.

        Args:
            photo: its id.
            shape: where in it: a box in pixels of the upright photo, or a mask as it is stored.
            size: of the upright photo, width and height.
            category: what is in it.

        Raises:
            NameUnknown: the category can be none, or there is no such photo.
            ValueError: the box has no area or lies outside of the photo, or the mask is empty.
        """
        index, name = self._index(), _named(category)
        with index.writing(wait=PATIENCE):
            return draw(index, photo, shape, size, name)

    def reshape(self, id_: str, shape: Shape) -> None:
        """Give a region another box, or a mask, after which it counts as edited.

        A mask that was there moves with its box, and goes if that is stretched.

        Its vector, which is outdated, goes too, and comes again with `Labels.encode` or the next indexing. Raises what
        `draw` does.
        """
        index = self._index()
        with index.writing(wait=PATIENCE):
            reshape(index, id_, shape)

    def paint(self, id_: str, stroke: Stroke) -> None:
        """Add to the mask of a region, or erase; its box follows. One of which nothing is left is rejected."""
        index = self._index()
        with index.writing(wait=PATIENCE):
            paint(index, id_, stroke)

    def copy(self, photo: str, onto: str) -> list[RegionRow]:
        """Put what people have accepted or made in a photo into another as well, in one edit: what is new there.

        Raises:
            NameUnknown: one of the photos is not there.
            SizesDiffer: they have not the same size.
        """
        index = self._index()
        kept = [each for each in self.shown([photo])[photo] if each.state in {RegionState.ACCEPTED, RegionState.EDITED}]
        with index.writing(wait=PATIENCE):
            return copy(index, kept, onto)

    def undo(self, times: int = 1) -> list[Edit]:
        """Take back the last edits: which, the last first; fewer where there are no more."""
        return self._turned(lambda index: index.history.undo(), times)

    def redo(self, times: int = 1) -> list[Edit]:
        """Do the edits again that were last taken back."""
        return self._turned(lambda index: index.history.redo(), times)

    def history(self) -> list[Edit]:
        """Every edit, the oldest first."""
        return self._index().history.all()

    def changes_of(self, edit: Edit) -> list[Change]:
        """What an edit did to each of its regions."""
        return self._index().history.changes_of(edit)

    def tidy(self) -> None:
        """Join the small files that edits one by one leave; for when nobody waits for the next.

        Raises:
            IndexLocked: another process writes to the index.
        """
        index = self._index()
        with index.writing():
            index.history.join_fragments(FRAGMENTS)

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
        with index.writing(wait=PATIENCE):
            while len(turned) < times and (edit := turn(index)):
                turned.append(edit)
        return turned

    def _change(
        self,
        where: str | Sequence[str],
        query: str | Sequence[str] | None,
        what: str,
        facts: dict[str, Any],
        dry_run: bool,
    ) -> int:
        index = self._index()
        if dry_run:
            return len(self._meant(query, where))
        with index.writing(wait=PATIENCE):
            index.history.settle()
            regions = index.regions.get(sorted(self._meant(query, where)))
            index.history.carry_out(what, [_change(region, facts) for region in regions])
            if isinstance(where, str):  # one by one, somebody waits for the next
                index.history.join_fragments(FRAGMENTS)
        return len(regions)

    def _meant(self, query: str | Sequence[str] | None, where: str | Sequence[str]) -> set[str]:
        """The ids of the regions that are meant; those of hidden sources only if they are named by their ids."""
        if not isinstance(where, str):
            return set(where)
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


def _waits(region: Counted | RegionRow) -> bool:
    return region.state == RegionState.PROPOSED


def _counts(region: Counted | RegionRow) -> bool:
    return region.state != RegionState.REJECTED


def _said(where: str | Sequence[str]) -> str:
    return where if isinstance(where, str) else f"id={', '.join(where)}"


def _named(category: str) -> str:
    name = " ".join(category.split())
    if not name:
        raise NameUnknown("A category has a name.")
    return name


def _change(region: RegionRow, facts: dict[str, Any]) -> Change:
    return Change(region.id, region.photo, {name: getattr(region, name) for name in facts}, facts)

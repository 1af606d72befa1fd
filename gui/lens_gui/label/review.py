"""Looking through regions at the desk: which are in the queue, and which one is looked at."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from lens import Library
from lens.reviewing.reviewing import Proposal
from lens_gui.label.view import View
from lens_indexes import Edit, RegionRow, RegionState

__all__ = ["Review"]


class Review:
    """A queue of regions, one of which is looked at; each method is an order, and tells what is to be seen then."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._queue: list[Proposal] = []
        self._names: list[str] = []
        self._at = 0

    def queue(self, query: str, place: str = "") -> View:
        """Look through what waits, in the photos that answer a query, or in all if it is empty.

        Args:
            query: which photos.
            place: the id of a region to begin at, if it still waits.
        """
        self._queue, self._names, self._at = [], [], 0  # if the query cannot be answered
        self._queue = self._library.reviewing.queue(query or None)
        counts = Counter(each.region.category for each in self._queue)
        self._names = sorted(counts, key=lambda name: (-counts[name], name))
        self._at = next((at for at, each in enumerate(self._queue) if each.region.id == place), 0)
        return self._view()

    def step(self, by: int) -> View:
        """Look at another region, whether it waits or not."""
        self._at = min(max(self._at + by, 0), max(len(self._queue) - 1, 0))
        return self._view()

    def decide(self, id: str, state: str) -> View:  # noqa: A002 - the order's word
        """Accept or reject a region, and go on to the next that waits."""
        self._library.reviewing.decide(f"id={id}", RegionState(state))
        return self._go_on(id)

    def relabel(self, id: str, category: str) -> View:  # noqa: A002
        """Give a region another category, and go on to the next that waits."""
        self._library.reviewing.relabel(f"id={id}", category)
        return self._go_on(id)

    def undo(self) -> View:
        """Take back the last edit, and look at what it was about."""
        return self._turned(self._library.reviewing.undo(), "Undone")

    def redo(self) -> View:
        """Do again what was taken back last, and look at that."""
        return self._turned(self._library.reviewing.redo(), "Done again")

    def _turned(self, edits: Sequence[Edit], word: str) -> View:
        if not edits:
            return replace(
                self._view(), note="There is nothing to undo." if word == "Undone" else "Nothing to do again."
            )
        changed = set(self._library.reviewing.regions_of(edits[0]))
        places = [at for at, each in enumerate(self._queue) if each.region.id in changed]
        for photo in {self._queue[at].region.photo for at in places}:
            self._refresh(photo)
        self._at = places[0] if places else self._at
        elsewhere = "" if places else ", in photos that are not looked through here"
        return replace(self._view(), note=f"{word}: {edits[0].what.split(':')[0]}{elsewhere}.")

    def _go_on(self, id_: str) -> View:
        at = next(at for at, each in enumerate(self._queue) if each.region.id == id_)
        self._refresh(self._queue[at].region.photo)
        rest = [*range(at + 1, len(self._queue)), *range(at)]
        self._at = next((each for each in rest if _waits(self._queue[each].region)), at)
        return self._view()

    def _refresh(self, photo: str) -> None:
        """Have the regions of a photo as they are now."""
        now = {region.id: region for region in self._library.about(photo).regions}
        for at, each in enumerate(self._queue):
            if each.region.photo == photo and each.region.id in now:
                self._queue[at] = replace(each, region=now[each.region.id])

    def _view(self) -> View:
        regions = [each.region for each in self._queue]
        counts = Counter(region.category for region in regions if region.state != RegionState.REJECTED)
        self._names += sorted(counts.keys() - set(self._names))
        classes = {name: counts[name] for name in self._names}
        view = View(self._at, len(regions), sum(map(_waits, regions)), classes)
        if not self._queue:
            return view
        shown = self._queue[self._at]
        return replace(
            view,
            path=shown.path,
            content_hash=shown.region.content_hash,
            region=shown.region,
            disputed=shown.disputed,
            regions=tuple(self._library.about(shown.region.photo).regions),
        )


def _waits(region: RegionRow) -> bool:
    return region.state == RegionState.PROPOSED

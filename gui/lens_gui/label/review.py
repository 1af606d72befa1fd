"""Looking through photos at the desk: which there are, which one is looked at, and what is done to its regions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from lens import Library
from lens.labeling.masks import extent_of, filled
from lens.reviewing.disputing import disputed_of
from lens.reviewing.photo_queue import PhotoQueue
from lens.reviewing.strokes import Stroke, painted
from lens_gui.label.view import View
from lens_indexes import Edit, RegionRow, RegionState

__all__ = ["Review"]

FEW = 4
"""Photos whose regions are encoded at once, about a second's work, since another key may be pressed meanwhile."""
SOME = 32
"""Regions that are encoded at once at the most: one photo may have thousands."""


class Review:
    """Photos, one of which is looked at; each method is an order, and tells what is to be seen then."""

    def __init__(self, library: Library) -> None:
        self._reviewing, self._labels = library.reviewing, library.labels
        self._stale: dict[str, None] = {}  # photos with regions that may have no vector now
        self._queue = PhotoQueue({})
        self._names: list[str] = []
        self._at = 0
        self._seen = datetime.now(UTC)
        self._sent: tuple[str, dict[str, RegionRow]] = ("", {})  # the photo that the window shows, and its regions

    def queue(self, query: str, place: str = "") -> View:
        """Look through the photos that answer a query, or all if it is empty; first those in which something waits.

        Args:
            query: which photos.
            place: the id of a photo to begin at, if it is among them.
        """
        self._queue, self._names, self._at, self._seen = PhotoQueue({}), [], 0, datetime.now(UTC)
        self._sent = ("", {})
        self._queue = self._reviewing.photos(query or None)  # it may be that the query cannot be answered
        counts = self._queue.categories
        self._names = sorted(counts, key=lambda name: (-counts[name], name))
        self._at = self._queue.place(place) or 0
        return self._view()

    def step(self, by: int) -> View:
        """Look at another photo, whether anything waits in it or not."""
        self._at = min(max(self._at + by, 0), max(len(self._queue) - 1, 0))
        return self._view()

    def go_on(self) -> View:
        """Look at what waits next."""
        at = self._queue.next_waiting(self._at)
        self._at = self._at if at is None else at
        return self._view()

    def decide(self, photo: str, id: str, state: str) -> View:  # noqa: A002 - the order's word
        """Accept or reject a region; if it waited, go on to the next that does."""
        waited = self._waits(photo, id)
        self._reviewing.decide([id], RegionState(state))
        return self._changed(photo, id, go_on=waited)

    def relabel(self, photo: str, id: str, category: str) -> View:  # noqa: A002
        """Give a region another category; if it waited, go on to the next that does."""
        waited = self._waits(photo, id)
        self._reviewing.relabel([id], category)
        return self._changed(photo, id, go_on=waited)

    def draw(self, photo: str, box: Sequence[float], size: Sequence[int], category: str) -> View:
        """Put a region into a photo; see `Reviewing.draw`."""
        (x0, y0, x1, y1), (width, height) = box, size
        drawn = self._reviewing.draw(photo, (x0, y0, x1, y1), (width, height), category)
        return self._changed(photo, drawn.id)

    def outline(self, photo: str, polygon: Sequence[Sequence[float]], size: Sequence[int], category: str) -> View:
        """Put what a polygon encloses into a photo, as a mask."""
        width, height = size
        mask = filled([np.array(polygon)], width, height)
        if extent_of(mask, width, height) is None:
            return replace(self._view(), note="There is not a whole pixel in that.")
        drawn = self._reviewing.draw(photo, mask, (width, height), category)
        return self._changed(photo, drawn.id)

    def cut_out(self, photo: str, mask: str, size: Sequence[int], category: str) -> View:
        """Put what a segmenter has cut out into a photo."""
        width, height = size
        drawn = self._reviewing.draw(photo, mask.encode("ascii"), (width, height), category)
        return self._changed(photo, drawn.id)

    def paint(
        self,
        photo: str,
        id: str,  # noqa: A002
        stroke: Mapping[str, Any],
        size: Sequence[int],
        category: str,
    ) -> View:
        """Change a region by the stroke of a brush, or begin one if there is none; see `Reviewing.paint`."""
        done = Stroke([(x, y) for x, y in stroke["places"]], stroke["radius"], stroke["adds"])
        if id:
            self._reviewing.paint(id, done)
            return self._changed(photo, id)
        width, height = size
        mask = painted(None, done, width, height)
        if mask is None:
            return replace(self._view(), region=None)
        drawn = self._reviewing.draw(photo, mask, (width, height), category)
        return self._changed(photo, drawn.id)

    def reshape(self, photo: str, id: str, box: Sequence[float]) -> View:  # noqa: A002
        """Give a region another box."""
        (x0, y0, x1, y1) = box
        self._reviewing.reshape(id, (x0, y0, x1, y1))
        return self._changed(photo, id)

    def copy_on(self) -> View:
        """Put what is accepted in this photo into the next one as well, and look at that."""
        if self._at + 1 >= len(self._queue):
            return replace(self._view(), note="This is the last photo.")
        here, there = self._queue.ids[self._at : self._at + 2]
        made = self._reviewing.copy(here, there)
        if not made:
            return replace(self._view(), note="Nothing in this photo is accepted yet.")
        note = f"{len(made):,} copied." if len(made) > 1 else "One copied."
        return replace(self._changed(there, made[0].id), note=note)

    def undo(self) -> View:
        """Take back the last edit, and look at what it was about."""
        return self._turned(self._reviewing.undo(), "Undone")

    def redo(self) -> View:
        """Do again what was taken back last, and look at that."""
        return self._turned(self._reviewing.redo(), "Done again")

    def look_again(self) -> View:
        """Count what others, such as a labelling, have found since; the same photo is looked at."""
        for photo, regions in self._reviewing.found_since(self._seen).items():
            self._seen = max(self._seen, *(each.made_at for each in regions))
            self._queue.disputed |= disputed_of([each for each in regions if each.state != RegionState.REJECTED])
            self._queue.update(photo, regions)
        return self._view()

    def tidy(self) -> bool:
        """Do what can wait until nobody waits for an edit; whether there is more of it.

        What edits leave behind is joined, and what was drawn or changed gets its vectors.
        """
        self._reviewing.tidy()
        some = [*self._stale][:FEW]
        if self._labels.encode(some, SOME) < SOME:
            for photo in some:
                self._stale.pop(photo, None)
        return bool(self._stale)

    def _waits(self, photo: str, id_: str) -> bool:
        held = self._sent[1] if photo == self._sent[0] else {each.id: each for each in self._regions(photo)}
        return id_ in held and _is_waiting(held[id_])

    def _changed(self, photo: str, id_: str, *, go_on: bool = False) -> View:
        """What is to be seen after a region has changed."""
        self._stale[photo] = None
        regions = self._regions(photo)
        self._queue.update(photo, regions)
        place = self._queue.place(photo)
        self._at = self._at if place is None else place
        nothing_here = go_on and not any(map(_is_waiting, regions))
        at = self._queue.next_waiting(self._at) if nothing_here else None
        self._at = self._at if at is None else at
        return self._view({photo: regions}, {id_}, go_on=go_on)

    def _turned(self, edits: Sequence[Edit], word: str) -> View:
        if not edits:
            note = "There is nothing to undo." if word == "Undone" else "Nothing to do again."
            return replace(self._view(), note=note)
        changes = self._reviewing.changes_of(edits[0])
        here = [change for change in changes if self._queue.place(change.photo) is not None]
        known = self._reviewing.shown({change.photo for change in here})
        for photo, regions in known.items():
            self._queue.update(photo, regions)
            self._stale[photo] = None
        elsewhere = "" if here else ", in photos that are not looked through here"
        note = f"{word}: {edits[0].what.split(':')[0]}{elsewhere}."
        if not here:
            return replace(self._view(), note=note)
        self._at = self._queue.place(here[0].photo) or 0
        return replace(self._view(known, {change.region for change in here}), note=note)

    def _regions(self, photo: str) -> list[RegionRow]:
        return self._reviewing.shown([photo])[photo]

    def _view(
        self,
        known: Mapping[str, Sequence[RegionRow]] | None = None,
        meant: Collection[str] = (),
        *,
        go_on: bool = False,
    ) -> View:
        """What is to be seen now.

        Args:
            known: regions of photos that have just been read.
            meant: the ids of regions, one of which is to be looked at, unless all of them are rejected.
            go_on: look rather at what waits.
        """
        counts = self._queue.categories
        self._names += sorted(counts.keys() - set(self._names))
        classes = {name: counts[name] for name in self._names}
        view = View(self._at, len(self._queue), self._queue.waiting, classes)
        if not len(self._queue):
            return view
        photo = self._queue.ids[self._at]
        regions = (known or {}).get(photo) or self._regions(photo)
        disputed = frozenset(each.id for each in regions) & self._queue.disputed
        kept = [each for each in regions if each.id in meant and each.state != RegionState.REJECTED]
        waiting = [each for each in regions if _is_waiting(each)]
        first = min(waiting, key=lambda each: (each.id not in disputed, -(each.score or 0)), default=None)
        chosen = kept[0] if kept and not (go_on and first) else first
        path = self._queue.paths[photo]
        view = replace(view, photo=photo, path=path, region=chosen, disputed=disputed, regions=tuple(regions))
        before, self._sent = self._sent, (photo, {each.id: each for each in regions})
        return view.since(before[1]) if photo == before[0] else view


def _is_waiting(region: RegionRow) -> bool:
    return region.state == RegionState.PROPOSED

"""Which photos of an index an encoder may learn from."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from lens.curation.collection import CuratedPhoto, load
from lens.curation.finding import find_duplicates
from lens.errors import TuneError
from lens.evaluation.held_out import held_out
from lens.indexing.report import Report
from lens.search.folders import Where, meant
from lens.search.searcher import Searcher
from lens.tuning.captions import Captions
from lens_indexes import Index

__all__ = ["Choice", "check_count", "choose", "left_out"]

SHOWN = 4
PAUSE = timedelta(seconds=5)
"""A photo of the same folder that comes so soon after another is of the same burst."""
OF_A_BURST = 4
"""Photos that are learned from, however many it has: else what somebody kept shooting would be seen most."""
LEAST_CAPTIONS = 10


@dataclass(frozen=True)
class Choice:
    """The photos to learn from, and why it is not all of them."""

    photos: list[CuratedPhoto]
    """In the order of their paths."""
    held_out: int
    """Photos that judge the encoder afterwards, and never teach it."""
    alike: int
    """Duplicates of photos that are learned from or held out."""
    burst: int = 0
    """Photos of long bursts, of which the others are learned from."""
    shown: Sequence[Path] = ()
    """Some that are held out, to show what was learned."""

    @property
    def others(self) -> str:
        """The photos that are not learned from, in words."""
        return left_out(self.held_out, self.alike, self.burst)


def left_out(held_out: int, alike: int, burst: int) -> str:
    """How many photos were not learned from, in words."""
    return f"{held_out:,} held out, {alike:,} duplicates, {burst:,} of bursts"


def choose(where: Where | None, index: Callable[[], Index], searcher: Searcher, on_progress: Report) -> Choice:
    """The photos of folders or a query, without those that are held out and their duplicates, each picture once.

    Of a burst a few are chosen, spread over its length.

    Raises:
        QueryError: no photo answers.
    """
    rows = index().photos.matching(meant(where, None, index, searcher), ())
    asked = set(rows["id"].to_pylist())
    groups = find_duplicates(index(), on_progress=on_progress)
    photos = load(index())
    judging = {
        photo.id
        for photo, judges in zip(photos, held_out([photo.content_hash for photo in photos]).tolist(), strict=True)
        if judges
    }
    alike: set[str] = set()
    for group in groups:
        members = [group.kept.id, *(each.photo.id for each in group.others)]
        learned = [member for member in members if member in asked and member not in judging]
        alike.update(learned if judging.intersection(members) else learned[1:])
    some = [photo for photo in photos if photo.id in asked]
    taught = [photo for photo in some if photo.id not in judging and photo.id not in alike]
    judged = [photo.path for photo in some if photo.id in judging]
    burst = _too_many(taught)
    kept = [photo for photo in taught if photo.id not in burst]
    return Choice(kept, len(judged), len(alike), len(burst), judged[:SHOWN])


def _too_many(photos: Sequence[CuratedPhoto]) -> set[str]:
    """The ids of photos of bursts that are not learned from."""
    folders: defaultdict[Path, list[tuple[datetime, str]]] = defaultdict(list)
    for photo in photos:
        if photo.taken_at:
            folders[photo.path.parent].append((photo.taken_at, photo.id))
    left: set[str] = set()
    for taken in folders.values():
        taken.sort()
        ends = [at for at in range(1, len(taken)) if taken[at][0] - taken[at - 1][0] > PAUSE]
        for start, end in zip([0, *ends], [*ends, len(taken)], strict=True):
            ids = [id_ for _, id_ in taken[start:end]]
            kept = np.linspace(0, len(ids) - 1, min(OF_A_BURST, len(ids))).round().astype(int)
            left.update(set(ids) - {ids[number] for number in kept})
    return left


def check_count(count: int, least: int, choice: Choice, captions: Captions | None) -> None:
    """Refuse too few photos, or captions, to train on.

    Raises:
        TuneError: they are.
    """
    if count < least:
        such = "photos with captions" if captions else "photos"
        raise TuneError(
            f"{count:,} {such} are too few to train on: at least {least:,} are needed ({choice.others}; those held out "
            "judge). Index more, ask for more, or --batch less."
        )
    if captions and len(captions.texts) < LEAST_CAPTIONS:
        raise TuneError(
            f"{len(captions.texts)} different captions are too few to train on: at least {LEAST_CAPTIONS} are needed."
        )

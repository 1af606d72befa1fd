"""Which photos of an index an encoder may learn from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lens.curation.collection import CuratedPhoto, load
from lens.curation.finding import find_duplicates
from lens.evaluation.held_out import held_out
from lens.indexing.report import Report
from lens.search.folders import Where, meant
from lens.search.searcher import Searcher
from lens_indexes import Index

__all__ = ["Choice", "choose"]

SHOWN = 4


@dataclass(frozen=True)
class Choice:
    """The photos to learn from, and why it is not all of them."""

    photos: list[CuratedPhoto]
    """In the order of their paths."""
    held_out: int
    """Photos that judge the encoder afterwards, and never teach it."""
    alike: int
    """Duplicates of photos that are learned from or held out."""
    shown: Sequence[Path] = ()
    """Some that are held out, to show what was learned."""


def choose(where: Where | None, index: Callable[[], Index], searcher: Searcher, on_progress: Report) -> Choice:
    """The photos of folders or a query, without those that are held out and their duplicates, each picture once.

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
    return Choice(taught, len(judged), len(alike), judged[:SHOWN])

"""Curation of the photos of one index: what both faces call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens.curation.clusters import cluster, name_clusters, nouns
from lens.curation.collection import CuratedPhoto, load, measured, vectors_of
from lens.curation.duplicates import Duplicate, DuplicateGroup
from lens.curation.finding import duplicate_ids, find_duplicates
from lens.curation.mapping import PhotoMap, lay_out
from lens.curation.moment import Moment, same_moment
from lens.curation.moves import Moved, carry_out, plan_moves, undo
from lens.curation.picking import BALANCES, Coverage, coverage, pick, random_coverage
from lens.curation.quality import FLAWS, QualityReport, flawed
from lens.curation.unusual import unusualness
from lens.errors import ModelMissing, PhotoError, QueryError
from lens.indexing.lane import column_of
from lens.indexing.report import Report, nothing_to_tell
from lens.models.encoders.base import TextEncoder
from lens.models.loaded import LoadedEncoders
from lens.photos.decode import read_header
from lens.search.match import Band, Match
from lens_indexes import Index, RegionState
from lens_indexes.filters import Negation, OneOf, Some
from lens_indexes.remote import path_of

__all__ = ["Curation", "NamedCluster", "Picked"]

CHOSEN = "chosen"
SCENE = 0.85
"""Share of the way from what a photo has in common with all others to its likeness with itself.

Among 1,791 training photos, two thirds of one then find the other two thirds in 77 % of cases, and 0.13 other photos.
"""


@dataclass(frozen=True)
class NamedCluster:
    """Photos that look alike, and words for them."""

    names: tuple[str, ...]
    """The three words that fit best, best first; none if the encoder knows no words, or is not here."""
    photos: tuple[Match, ...]
    """The most central first; the score is the cosine with the centre."""
    cohesion: float
    """Mean of these scores, -1 to 1; larger is tighter."""


@dataclass(frozen=True)
class Picked:
    """Photos picked to stand for all."""

    photos: tuple[Match, ...]
    """In the order of picking. The score is the cosine with the nearest photo picked before, 1 for none."""
    coverage: Coverage
    by_chance: Coverage
    """Of as many photos picked at random."""


class Curation:
    """Choosing among the photos of an index, those that are missing left out. Changes no photo.

    Got from `Library.curation`. Measures that an older Lens did not take are taken where they are needed.
    """

    def __init__(self, index: Index, similar: Callable[..., list[Match]], encoders: LoadedEncoders) -> None:
        self._index = index
        self._similar = similar
        self._encoders = encoders

    def duplicates(
        self, *, exact: bool = False, encoder: str | None = None, on_progress: Report = nothing_to_tell
    ) -> list[DuplicateGroup]:
        """Groups of duplicates, each with the photo to keep.

        Args:
            exact: only the same bytes or the same pixels.
            encoder: whose vectors name candidates for cuts; by default the index's own default.
            on_progress: told of what has to be read or compared.

        Raises:
            QueryError: the index has no vectors of that encoder.
            IndexLocked: something has to be measured, and another process writes to the index.
        """
        return find_duplicates(self._index, exact=exact, encoder=encoder, on_progress=on_progress)

    def duplicate_ids(self, *, exact: bool = False) -> frozenset[str]:
        """The ids of all photos that are in a group of duplicates, those to keep included; see `duplicates`."""
        return duplicate_ids(self._index, exact=exact)

    def chosen_groups(self, chosen: Mapping[str, Sequence[str]]) -> list[DuplicateGroup]:
        """Groups as somebody chose them, by ids: of each photo to keep, those that go. What is missing is left out."""
        photos = {photo.id: photo for photo in load(self._index)}
        return [
            DuplicateGroup(photos[kept], CHOSEN, tuple(Duplicate(photos[id_], CHOSEN) for id_ in ids if id_ in photos))
            for kept, ids in chosen.items()
            if kept in photos
        ]

    def move_duplicates(
        self, groups: Sequence[DuplicateGroup], folder: str | Path, *, take_over: bool = False, dry_run: bool = False
    ) -> Moved:
        """Move all but the kept photos of each group below a folder, from where `undo_moves` brings them back.

        Args:
            groups: of `duplicates`.
            folder: on the drive the photos are on; made if it is not there.
            take_over: the kept photo gets, in the index, the tags, rating and place it lacks of those that go.
            dry_run: only say what would be moved.

        Raises:
            FolderError: the folder cannot be written to.
        """
        place = Path(folder).expanduser().absolute()
        planned = plan_moves(self._index, groups, place)
        return planned if dry_run else carry_out(self._index, planned, place, groups if take_over else ())

    def undo_moves(self, folder: str | Path) -> Moved:
        """Move back what `move_duplicates` moved to a folder.

        Raises:
            FolderError: the folder has no log of moves.
        """
        return undo(self._index, Path(folder).expanduser().absolute())

    def quality(self, flaws: Sequence[str] = FLAWS, on_progress: Report = nothing_to_tell) -> list[QualityReport]:
        """Photos with any of these flaws, the worst first.

        Raises:
            QueryError: there is no such flaw.
        """
        unknown = sorted(set(flaws) - set(FLAWS))
        if unknown:
            raise QueryError(f"{', '.join(unknown)} is no flaw that Lens knows: {', '.join(FLAWS)}.")
        return flawed(measured(self._index, on_progress), flaws)

    def clusters(
        self, count: int | None = None, encoder: str | None = None, *, on_progress: Report = nothing_to_tell
    ) -> list[NamedCluster]:
        """Photos in clusters by what they look like, the largest first.

        Args:
            count: how many clusters; by default as many as fit the photos best.
            encoder: whose vectors are compared; by default the index's own default.
            on_progress: told of clusters that were sought, of all numbers of them that are tried.
        """
        photos, vectors = self._encoded(encoder)
        found = cluster(vectors, count, on_progress)
        words = self._words(encoder)
        names = name_clusters(found, words, nouns()) if words and found else [()] * len(found)
        return [
            NamedCluster(
                names=name,
                photos=_matches(photos, each.members, vectors[each.members] @ each.centre),
                cohesion=each.cohesion,
            )
            for each, name in zip(found, names, strict=True)
        ]

    def map(self, encoder: str | None = None, *, on_progress: Report = nothing_to_tell) -> PhotoMap:
        """Photos on a map of two dimensions, those that look alike near each other.

        Args:
            encoder: whose vectors are compared; by default the index's own default.
            on_progress: told of steps.
        """
        photos, vectors = self._encoded(encoder)
        points, way = lay_out(vectors, on_progress)
        given = self._index.tags.of_photos([photo.id for photo in photos])
        tags = tuple(tuple(dict.fromkeys([*photo.keywords, *given.get(photo.id, ())])) for photo in photos)
        return PhotoMap(tuple(photos), tags, points, way)

    def unusual(self, top: int = 20, encoder: str | None = None) -> list[Match]:
        """The photos least like all others; the score is one minus the cosine with the tenth nearest, 0 to 2."""
        photos, vectors = self._encoded(encoder)
        scores = unusualness(vectors)
        order = np.argsort(-scores, kind="stable")[:top]
        return list(_matches(photos, order.tolist(), scores[order]))

    def pick(
        self, count: int, *, typical: bool = False, balance: str | None = None, encoder: str | None = None
    ) -> Picked:
        """Photos that stand for all, such as are worth labelling first.

        Args:
            count: how many.
            typical: the most typical ones; otherwise the most diverse.
            balance: `tag`, `label` or `folder`: as many of each as can be.
            encoder: whose vectors are compared; by default the index's own default.

        Raises:
            QueryError: there is no such balance, or no photo.
        """
        if balance is not None and balance not in BALANCES:
            raise QueryError(f"Photos cannot be balanced by {balance}, only by {' or '.join(BALANCES)}.")
        photos, vectors = self._encoded(encoder)
        if not photos:
            raise QueryError("The index has no photos to pick from.")
        labels = categories_of(self._index) if balance == "label" else None
        numbers = pick(photos, vectors, count, typical=typical, balance=balance, labels=labels)
        chosen = vectors[numbers]
        likeness = np.tril(chosen @ chosen.T, -1) - 2 * np.triu(np.ones((len(numbers), len(numbers)), np.float32))
        scores = likeness.max(axis=1)
        scores[0] = 1
        return Picked(
            _matches(photos, numbers, scores), coverage(vectors, numbers), random_coverage(vectors, len(numbers))
        )

    def same_moment(self, path: str | Path, top: int = 20) -> list[Moment]:
        """Photos taken at nearly the same time and place as one photo, which need not be in the index.

        Raises:
            QueryError: the photo cannot be read, or says neither when nor where it was taken.
        """
        place = path_of(path).expanduser().resolve()
        photos = load(self._index)
        known = next((photo for photo in photos if photo.path == place), None)
        try:
            asked = known or read_header(place)
        except PhotoError as error:
            raise QueryError(f"{path} cannot be searched with: {error}.") from error
        if asked.taken_at is None and asked.lat is None:
            raise QueryError(f"{path} says neither when nor where it was taken: try lens similar without --moment.")
        return same_moment(asked, [photo for photo in photos if photo is not known], top)

    def same_scene(self, path: str | Path, top: int = 20, encoder: str | None = None) -> list[Match]:
        """Photos that look so much like one photo that they show the same scene; none if none do.

        The score is the cosine, -1 to 1. How large it must be depends on how much all photos of the index have in
        common with this one, so that it means the same for every encoder.

        Raises:
            QueryError: the photo cannot be read.
        """
        every = self._similar(path, top=self._index.photos.count(missing=False), encoder=encoder, least=Band.REST)
        common = float(np.mean([match.score for match in every])) if every else 0.0
        return [match for match in every[:top] if match.score >= common + SCENE * (1 - common)]

    def _encoded(self, encoder: str | None) -> tuple[list[CuratedPhoto], NDArray[np.float32]]:
        """The photos that have a vector, and their (n, dim) vectors."""
        photos = load(self._index)
        vectors = vectors_of(self._index, photos, encoder)
        there = np.asarray(vectors.any(axis=1))
        return [photo for photo, has in zip(photos, there, strict=True) if has], vectors[there]

    def _words(self, encoder: str | None) -> TextEncoder | None:
        """What turns words into vectors that may be compared with those of the index; None if nothing does."""
        name = str(encoder or self._index.photos.default())
        try:
            words = self._encoders.words(name) or self._encoders.again(name)
        except ModelMissing:
            return None  # the vectors are there all the same
        if not isinstance(words, TextEncoder):
            return None
        self._index.photos.check(column_of(words.info))
        return words


def categories_of(index: Index) -> dict[str, set[str]]:
    """The categories of the regions in each photo, by its id; what is rejected or hidden does not count."""
    unwanted = (OneOf("state", (RegionState.REJECTED,)), OneOf("source", tuple(index.hidden.names())))
    rows = index.regions.matching(Negation(Some(unwanted)), ["photo", "category"])
    found: dict[str, set[str]] = {}
    for photo, category in zip(rows["photo"].to_pylist(), rows["category"].to_pylist(), strict=True):
        found.setdefault(photo, set()).add(category)
    return found


def _matches(photos: Sequence[CuratedPhoto], numbers: Sequence[int], scores: NDArray[np.float32]) -> tuple[Match, ...]:
    return tuple(
        Match(rank, photos[number].path, float(score), photos[number].id, photos[number].content_hash)
        for rank, (number, score) in enumerate(zip(numbers, scores, strict=True), start=1)
    )

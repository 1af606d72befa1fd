"""Two sources of regions compared: what one has found of what the other says is there."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens.errors import NameUnknown
from lens.reviewing.average_precision import average_precision
from lens.reviewing.pairing import SAME, paired
from lens_indexes import Index, RegionRow, RegionState
from lens_indexes.filters import All, OneOf

__all__ = ["CategoryScore", "Comparison", "Difference", "Differing", "compare", "differences"]

PHOTOS_AT_ONCE = 1000


@dataclass(frozen=True)
class CategoryScore:
    """How well one category was found."""

    category: str
    found: int
    """Regions of the source that is judged."""
    true: int
    """Regions of the one that it is judged by."""
    right: int
    """How many pair with a region of the same category."""
    ap: float | None
    """COCO's average precision over overlaps from 0.50 to 0.95, 0 to 1, larger is better; None if nothing is true.
    Regions without a score all count as equally sure."""
    ap50: float | None
    """The same at an overlap of 0.50 alone."""

    @property
    def precision(self) -> float | None:
        """The part of what was found that is right, 0 to 1; None if nothing was found."""
        return self.right / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """The part of what is true that was found, 0 to 1; None if nothing is true."""
        return self.right / self.true if self.true else None


@dataclass(frozen=True)
class Difference:
    """One thing about which two sources agree or do not, in one photo."""

    photo: str
    found: RegionRow | None
    """None of what was missed."""
    true: RegionRow | None
    """None of what is spurious."""

    @property
    def called(self) -> str | None:
        """The category that it was found as; None of what was missed."""
        return self.found.category if self.found else None

    @property
    def truly(self) -> str | None:
        """The category that it is; None of what is spurious."""
        return self.true.category if self.true else None

    @property
    def kind(self) -> str:
        """`right`, `confused`, `missed` or `spurious`."""
        if self.called is None or self.truly is None:
            return "missed" if self.called is None else "spurious"
        return "right" if self.called == self.truly else "confused"


@dataclass(frozen=True)
class Comparison:
    """One source judged by another, over the photos that both have looked at."""

    found: str
    truth: str
    photos: int
    overall: CategoryScore
    """Its `ap` is the mean over the categories that are true somewhere."""
    categories: tuple[CategoryScore, ...]
    """Those that are true most often come first."""
    confusion: NDArray[np.int64]
    """(k + 1, k + 1): how many regions of the truth's category, by row, were found as one, by column, of the k of
    `categories`; what was missed is in the last column, what is spurious in the last row."""
    differences: tuple[Difference, ...]
    """All that was counted, one by one."""


@dataclass(frozen=True)
class Differing:
    """One photo about which two sources differ."""

    path: Path
    differences: tuple[Difference, ...]
    """All that both say of it, what they agree about too."""


def compare(index: Index, found: str, truth: str, *, least: float = SAME, masks: bool = False) -> Comparison:
    """Judge one source by another; rejected regions are no part of either.

    Args:
        index: has both.
        found: the name of the source that is judged.
        truth: of the one that it is judged by.
        least: the overlap, 0 to 1, from which on two regions are taken for one thing.
        masks: compare masks rather than boxes; regions without a mask are left out.

    Raises:
        NameUnknown: there is no such source, or both are the same.
    """
    photos = _photos_of_both(index, found, truth)
    told: list[Difference] = []
    kept: tuple[list[RegionRow], list[RegionRow]] = ([], [])
    for mine, theirs in _by_photo(index, photos, found, truth, masks):
        told.extend(_told(mine, theirs, least, masks))
        kept[0].extend(mine)
        kept[1].extend(theirs)
    counted = Counter((each.truly, each.called) for each in told)
    precisions = average_precision(*kept, masks=masks)
    confusion, names = _confusion(counted)
    true, named = confusion.sum(axis=1).tolist(), confusion.sum(axis=0).tolist()
    scores = tuple(
        CategoryScore(name, named[at], true[at], int(confusion[at, at]), *precisions.get(name, (None, None)))
        for at, name in enumerate(names)
    )
    counts = (sum(getattr(score, name) for score in scores) for name in ("found", "true", "right"))
    means = np.array(list(precisions.values())).mean(axis=0).tolist() if precisions else (None, None)
    overall = CategoryScore("all", *counts, *means)
    return Comparison(found, truth, len(photos), overall, scores, confusion, tuple(told))


def differences(index: Index, found: str, truth: str, *, least: float = SAME) -> Iterator[Difference]:
    """Everything that `compare` counts, one by one, by the boxes; it raises what `compare` does."""
    for mine, theirs in _by_photo(index, _photos_of_both(index, found, truth), found, truth, masks=False):
        yield from _told(mine, theirs, least, masks=False)


def _told(mine: Sequence[RegionRow], theirs: Sequence[RegionRow], least: float, masks: bool) -> Iterator[Difference]:
    pairs = paired(mine, theirs, least=least, masks=masks)
    for at, of in pairs.both:
        yield Difference(mine[at].photo, mine[at], theirs[of])
    for at in pairs.first:
        yield Difference(mine[at].photo, mine[at], None)
    for of in pairs.second:
        yield Difference(theirs[of].photo, None, theirs[of])


def _photos_of_both(index: Index, *names: str) -> list[str]:
    """The photos that both sources have looked at, in the order of their ids: those where a labelling or an import says
    so, and those in which a source has something.
    """
    known = {source.name for source in index.regions.sources()} | set(index.labelled.by_source())
    for name in names:
        if name not in known:
            raise NameUnknown(f"There is no source {name}: lens sources list shows them.")
    if names[0] == names[1]:
        raise NameUnknown("A source is compared with another one.")
    looked = [index.regions.photos(OneOf("source", (name,))) | index.labelled.looked_at(name) for name in names]
    there = set(index.photos.matching(All(()))["id"].to_pylist())
    return sorted(looked[0] & looked[1] & there)


def _by_photo(
    index: Index, photos: Sequence[str], found: str, truth: str, masks: bool
) -> Iterator[tuple[list[RegionRow], list[RegionRow]]]:
    """The regions of both sources in each photo."""
    for start in range(0, len(photos), PHOTOS_AT_ONCE):
        some = photos[start : start + PHOTOS_AT_ONCE]
        held: Mapping[str, dict[str, list[RegionRow]]] = {id_: defaultdict(list) for id_ in some}
        for region in index.regions.of_photos(some):
            if region.state != RegionState.REJECTED and (region.mask is not None or not masks):
                held[region.photo][region.source].append(region)
        for id_ in some:
            yield held[id_][found], held[id_][truth]


def _confusion(counted: Mapping[tuple[str | None, str | None], int]) -> tuple[NDArray[np.int64], list[str]]:
    """The counts as a matrix, and the names of its rows and columns, those that are true most often first."""
    true: Counter[str] = Counter()
    for (name, found), count in counted.items():
        true.update({each: count * (each == name) for each in (name, found) if each})
    names = sorted(true, key=lambda name: (-true[name], name))
    place: dict[str | None, int] = {name: at for at, name in enumerate([*names, None])}
    confusion = np.zeros((len(place), len(place)), np.int64)
    for (name, found), count in counted.items():
        confusion[place[name], place[found]] += count
    return confusion, names

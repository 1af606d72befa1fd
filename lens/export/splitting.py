"""Photos in parts for training, validation and test, always the same, and what is alike in one part.

A photo that is almost another one of the training set says nothing about what was learned: duplicates, exact and
near, and photos that one camera took within seconds go together.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import accumulate, pairwise

from lens.curation.collection import CuratedPhoto
from lens.errors import ExportError

__all__ = ["SPLITS", "Groups", "bursts", "check_shares", "read_shares", "split_of_group"]

SPLITS = ("train", "val", "test")
WITHIN = timedelta(seconds=10)
"""Longer than a camera's bursts last between two shots, shorter than it takes to walk to another scene."""


def check_shares(shares: Sequence[float]) -> tuple[float, ...]:
    """Two or three shares that make one.

    Raises:
        ExportError: they do not.
    """
    if (
        not 2 <= len(shares) <= len(SPLITS)
        or not all(0 <= share <= 1 for share in shares)
        or abs(sum(shares) - 1) > 1e-6
    ):
        raise ExportError("A split is two or three shares that make 1, for train, val and test, as in 0.8,0.1,0.1.")
    return tuple(shares)


def read_shares(text: str) -> list[float]:
    """Shares with commas between them, as in `0.8, 0.1, 0.1`; none of nothing.

    Raises:
        ExportError: they are no numbers.
    """
    try:
        return [float(share) for share in text.split(",")] if text.strip() else []
    except ValueError as error:
        raise ExportError("Shares are numbers with commas between them, as in 0.8,0.1,0.1.") from error


def split_of_group(key: str, shares: Sequence[float]) -> str:
    """The part that the hash of a group's key falls into; others that come later do not move it."""
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    point = int.from_bytes(digest, "big") / 2**64
    for name, end in zip(SPLITS, accumulate(shares), strict=False):
        if point < end - 1e-9:
            return name
    return SPLITS[max(at for at, share in enumerate(shares) if share > 0)]


def bursts(photos: Iterable[CuratedPhoto]) -> Iterator[tuple[str, str]]:
    """Pairs of photos, by id, that follow each other within ten seconds; what one folder and its clock say decides."""
    dated = sorted((str(photo.path.parent), photo.taken_at, photo.id) for photo in photos if photo.taken_at is not None)
    for (folder, before, one), (other_folder, after, other) in pairwise(dated):
        if folder == other_folder and after - before <= WITHIN:
            yield one, other


class Groups:
    """Things that belong together, found by pairs (union–find).

    Args:
        names: each a group by itself at first.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._above = {name: name for name in names}

    def join(self, one: str, other: str) -> None:
        """Let two and all that belongs to them be together."""
        first, second = sorted((self.leader(one), self.leader(other)))
        self._above[second] = first

    def leader(self, name: str) -> str:
        """The least name of a group."""
        while self._above[name] != name:
            self._above[name] = name = self._above[self._above[name]]
        return name

"""One found photo."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

Part: TypeAlias = tuple[int, int, int, int]
"""x, y, width and height in pixels of the upright photo."""


class Band(StrEnum):
    """How sure it is that a match answers the query; the first is the surest."""

    CONFIDENT = "confident"
    LIKELY = "likely"
    REST = "rest"

    def reaches(self, least: "Band") -> bool:
        """Whether this band is at least as sure as another."""
        order = list(Band)
        return order.index(self) <= order.index(least)


@dataclass(frozen=True)
class Match:
    """A photo that answers a query."""

    rank: int
    """1 is the best."""
    path: Path
    """Absolute."""
    score: float
    """Larger is closer. Comparable within one query and encoder only.

    The cosine of query and photo, -1 to 1; with AND, OR or NOT between words or photos, standard deviations above the
    mean of all photos; 1 where there are only filters, which a photo meets or does not.
    """
    id: str
    content_hash: str
    """Of the file as it was indexed."""
    band: Band = Band.LIKELY
    """`likely` also where nothing could be judged."""
    probability: float | None = None
    """How likely it answers the query, 0 to 1; None where the collection is too small to judge."""

    @property
    def spot(self) -> str:
        """What was found, as a query can name it."""
        return str(self.path)


@dataclass(frozen=True, kw_only=True)
class RegionMatch(Match):
    """A region that answers a query; path, id and content hash are its photo's. Its probability is not judged."""

    region: str
    """Its own id."""
    box: Part
    """The pixels it touches."""
    category: str
    source: str

    @property
    def spot(self) -> str:
        """The photo and the part of it."""
        return f"{self.path}#{','.join(map(str, self.box))}"


def reaching(least: Band, matches: Sequence[Match]) -> list[Match]:
    """The matches of a band and all surer ones: the surer band first, in each the nearer first."""
    sure = sorted(
        (match for match in matches if match.band.reaches(least)), key=lambda match: list(Band).index(match.band)
    )
    return [replace(match, rank=rank) for rank, match in enumerate(sure, start=1)]

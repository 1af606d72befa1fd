"""All that an index knows of one photo."""

from dataclasses import dataclass

from lens.errors import QueryError
from lens_indexes import Index, PhotoRow, RegionRow

__all__ = ["About", "Tagged", "about"]


@dataclass(frozen=True)
class Tagged:
    """A tag, and how well it fits."""

    category: str
    score: float
    """0 to 1, comparable within one vocabulary."""
    vocabulary: str


@dataclass(frozen=True)
class About:
    """One photo."""

    photo: PhotoRow
    tags: list[Tagged]
    """The best first."""
    regions: list[RegionRow]
    """The oldest first."""


def about(index: Index, id_: str) -> About:
    """What the index knows of a photo.

    Raises:
        QueryError: there is no photo of that id.
    """
    rows = index.photos.get([id_])
    if not rows:
        raise QueryError(f"No photo in the index has the id {id_}.")
    tags = [Tagged(tag, score, vocabulary) for tag, score, vocabulary in index.tags.scored(id_)]
    return About(rows[0], sorted(tags, key=lambda tag: -tag.score), index.regions.of_photos([id_]))

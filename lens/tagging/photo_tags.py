"""The tags of photos, gathered from the categories that fit them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lens.tagging.scoring import Scored
from lens.tagging.vocabulary import Vocabulary
from lens_indexes import NOTHING, TagRow

__all__ = ["PhotoTags", "Tag", "gather", "tags_of"]


@dataclass(frozen=True)
class Tag:
    """One tag of a photo."""

    name: str
    score: float
    """0 to 1, comparable within one vocabulary and encoder; of a parent, at least that of its children."""
    path: tuple[str, ...]
    """The tag with all above it, the topmost first."""


@dataclass(frozen=True)
class PhotoTags:
    """One photo and what it was tagged with."""

    id: str
    path: Path
    """Absolute."""
    content_hash: str
    tags: tuple[Tag, ...]
    """The surest first; none where nothing fits."""


def gather(vocabulary: Vocabulary, found: Iterable[Scored], top: int | None) -> dict[int, tuple[Tag, ...]]:
    """The tags of each row that has any, the surest first.

    Args:
        vocabulary: that the categories are of.
        found: the categories with the rows that they fit.
        top: how many categories a photo has at the most; their parents, which they imply, come on top.
    """
    scores: defaultdict[int, dict[str, float]] = defaultdict(dict)
    for each in found:
        for row, score in zip(each.rows.tolist(), each.scores.tolist(), strict=True):
            scores[row][each.name] = score
    return {row: _tags(vocabulary, held, top) for row, held in scores.items()}


def _tags(vocabulary: Vocabulary, scores: dict[str, float], top: int | None) -> tuple[Tag, ...]:
    best = sorted(scores, key=lambda name: -scores[name])[:top]
    implied = {name: scores[name] for name in best}
    for name in best:
        for parent in vocabulary.path(name)[:-1]:
            implied[parent] = max(implied.get(parent, 0.0), scores.get(parent, 0.0), scores[name])
    return _ordered(vocabulary, implied)


def tags_of(vocabulary: Vocabulary, rows: Sequence[TagRow]) -> tuple[Tag, ...]:
    """The tags of a photo as the index has them."""
    return _ordered(vocabulary, {row.tag: row.score for row in rows if row.tag != NOTHING})


def _ordered(vocabulary: Vocabulary, scores: dict[str, float]) -> tuple[Tag, ...]:
    order = sorted(scores, key=lambda name: (-scores[name], len(vocabulary.path(name)), name))
    return tuple(Tag(name, scores[name], vocabulary.path(name)) for name in order)

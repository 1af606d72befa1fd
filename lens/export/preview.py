"""What an export would have in it, before anything is written."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from lens.export.dataset import Choice
from lens_indexes import Index
from lens_indexes.filters import All, Among

__all__ = ["Preview", "preview"]

COLUMNS = ["photo", "category", "source", "state", "width", "height"]


@dataclass(frozen=True)
class Preview:
    """Counts; a format may not hold all of it, and a photo may turn out not to be readable."""

    photos: int
    empty: int
    """Photos without a region; they are exported too."""
    categories: Mapping[str, int]
    """Regions of each, the most frequent first."""
    left_out: Mapping[str, int]
    """How many regions are not in it, by reason."""

    @property
    def regions(self) -> int:
        """All that are in it."""
        return sum(self.categories.values())


def preview(index: Index, ids: frozenset[str] | None, choice: Choice) -> Preview:
    """Count what `export` would write.

    Args:
        index: that they are in.
        ids: of the photos; None for all that are not missing.
        choice: which of their regions.
    """
    photos = index.photos.matching(All(()) if ids is None else Among(ids), ["width", "height"])
    sizes = {row["id"]: (row["width"], row["height"]) for row in photos.to_pylist()}
    taken, left_out, full = Counter[str](), Counter[str](), set[str]()
    for batch in index.regions.matching(None, COLUMNS).to_batches(10_000):
        for row in batch.to_pylist():
            if row["photo"] in sizes:
                objection = choice.objection(row["category"], row["source"], row["state"])
                if objection is None and (row["width"], row["height"]) != sizes[row["photo"]]:
                    objection = "regions of photos whose size has changed since"
                if objection:
                    left_out[objection] += 1
                else:
                    taken[row["category"]] += 1
                    full.add(row["photo"])
    return Preview(len(sizes), len(sizes) - len(full), dict(taken.most_common()), dict(left_out.most_common()))

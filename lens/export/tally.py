"""What an export took, what it left out, and what a format could not hold."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lens_indexes import RegionRow

__all__ = ["ExportReport", "Tally"]

EXAMPLES = 5


@dataclass(frozen=True)
class ExportReport:
    """What was exported."""

    format: str
    place: Path
    photos: int
    empty: int
    """Photos without a region; they are in the export all the same."""
    regions: int
    categories: Mapping[str, int]
    """Regions of each, the most frequent first."""
    splits: Mapping[str, int]
    """Photos in each; empty if there are none."""
    left_out: Mapping[str, int]
    """How many regions and photos are not in it, by reason."""
    left_photos: Sequence[str]
    """Examples of photos that were left out, each with the reason."""
    losses: Mapping[str, int]
    """What is in it and not wholly as the index has it: how often, by what."""


@dataclass
class Tally:
    """Counts while an export goes on."""

    photos: int = 0
    empty: int = 0
    categories: Counter[str] = field(default_factory=Counter)
    splits: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    left_photos: list[str] = field(default_factory=list)
    losses: Counter[str] = field(default_factory=Counter)

    def take(self, split: str | None, regions: Sequence[RegionRow]) -> None:
        """A photo is exported with these regions."""
        self.photos += 1
        self.empty += not regions
        self.categories.update(region.category for region in regions)
        if split:
            self.splits[split] += 1

    def leave_photo(self, path: Path, reason: str) -> None:
        """A photo cannot be exported."""
        self.left_out["photos"] += 1
        if len(self.left_photos) < EXAMPLES:
            self.left_photos.append(f"{path}: {reason}")

    def leave_region(self, reason: str) -> None:
        """A region was not chosen."""
        self.left_out[reason] += 1

    def drop(self, region: RegionRow, reason: str) -> None:
        """A region that was taken cannot be held by the format."""
        self.categories[region.category] -= 1
        self.left_out[reason] += 1

    def lose(self, what: str, times: int = 1) -> None:
        """Something is not held by the format."""
        self.losses[what] += times

    def report(self, name: str, place: Path) -> ExportReport:
        """All of it."""
        categories = {category: count for category, count in self.categories.most_common() if count}
        return ExportReport(
            format=name,
            place=place,
            photos=self.photos,
            empty=self.empty,
            regions=sum(categories.values()),
            categories=categories,
            splits=dict(self.splits),
            left_out=dict(self.left_out),
            left_photos=tuple(self.left_photos),
            losses=dict(self.losses),
        )

"""What is exported: the photos of a query with the regions that were chosen, a few photos at a time.

Photos and regions may be many; what is held of all of them is a few columns, as Arrow has them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil, floor
from pathlib import Path
from typing import Any

from lens.errors import PhotoError
from lens.export.names import Names
from lens.export.pictures import Original, Pictures, place_picture
from lens.export.tally import Tally
from lens.labeling.masks import extent_of
from lens_indexes import Category, Index, RegionRow, RegionState
from lens_indexes.filters import All, Among

__all__ = ["Choice", "Dataset", "ExportPhoto", "Licence"]

REGIONS_AT_ONCE, PHOTOS_AT_ONCE = 4_000, 1_000
DECIMALS = 3  # of what is stored as float32
FACTS = (
    "root",
    "path",
    "content_hash",
    "size",
    "mtime_ns",
    "width",
    "height",
    "format",
    "orientation",
    "taken_at",
)


@dataclass(frozen=True)
class Choice:
    """Which regions are exported."""

    states: frozenset[RegionState] = frozenset({RegionState.ACCEPTED, RegionState.EDITED})
    sources: frozenset[str] = frozenset()
    """By name; none for all that are not hidden."""
    categories: frozenset[str] = frozenset()
    """By name; none for all."""
    hidden: frozenset[str] = frozenset()
    """Sources that are left out unless they are named."""

    def objection(self, category: str, source: str, state: str) -> str | None:
        """Why a region is not among them; None if it is."""
        if self.sources and source not in self.sources:
            return "regions of other sources"
        if not self.sources and source in self.hidden:
            return "regions of hidden sources"
        if self.categories and category not in self.categories:
            return "regions of other categories"
        return None if state in self.states else f"{state} regions"


@dataclass(frozen=True)
class Licence:
    """The terms of a photo, from the imported columns `licence` and `licence_url`."""

    name: str
    url: str


@dataclass(frozen=True)
class ExportPhoto:
    """One photo with what is exported of it."""

    id: str
    path: Path
    """Where it lies, absolute."""
    file: str
    """What label files call it: its name where it was copied or linked to, else the path below its root."""
    placed: str | None
    """Where it was copied or linked to, below the folder of the export, with `/`."""
    stem: str
    """For the names of label files: no other photo of the export has it, in capitals or not."""
    width: int
    """Pixels of the upright photo."""
    height: int
    split: str | None
    content_hash: str
    taken_at: datetime | None
    licence: Licence | None
    regions: tuple[RegionRow, ...]
    """Each box contains its mask."""

    @property
    def number(self) -> int:
        """The same in every export; whole in a float64, as JSON readers may take it."""
        return int(self.id[:13], 16)


class Dataset:
    """The photos, each with its regions, in the order of their paths; iterated once.

    Args:
        index: that they are in.
        ids: of the photos; None for all that are not missing.
        choice: which of their regions.
        tally: told of all that is taken and left out.
    """

    def __init__(self, index: Index, ids: frozenset[str] | None, choice: Choice, tally: Tally) -> None:
        self._index, self._choice, self._tally = index, choice, tally
        self._roots = index.roots.by_name()
        facts = index.photos.matching(All(()) if ids is None else Among(ids), FACTS)
        self._facts = facts.sort_by([("root", "ascending"), ("path", "ascending")])
        self._counts, names = self._look(set(self._facts["id"].to_pylist()))
        self.categories = self._numbered(names)
        self._licence_of, self.licences = licences_of(index)

    def __len__(self) -> int:
        return len(self._facts)

    @property
    def ids(self) -> list[str]:
        """Of the photos."""
        ids: list[str] = self._facts["id"].to_pylist()
        return ids

    def each(self, split_of: Mapping[str, str], pictures: Pictures, place: Path, folder: str) -> Iterator[ExportPhoto]:
        """Every photo, copied or linked first where that was asked for.

        Args:
            split_of: by the ids of photos; empty for no splits.
            pictures: whether they are copied, linked or left.
            place: the folder of the export.
            folder: below it, for pictures; those of each split get a folder of their own in it.
        """
        names, several = Names(), len(set(self._facts["root"].to_pylist())) > 1
        for rows in self._chunks():
            regions: dict[str, list[RegionRow]] = {}
            for region in self._index.regions.of_photos([row["id"] for row in rows if self._counts[row["id"]]]):
                regions.setdefault(region.photo, []).append(region)
            for row in rows:
                path = self._roots[row["root"]].absolute(row["path"])
                stem, split = names.give(path.stem), split_of.get(row["id"])
                below = "/".join(part for part in (folder, split) if part)
                original = Original(path, *(row[name] for name in Original.COLUMNS))
                try:
                    name = place_picture(original, place / below, stem, pictures, self._tally)
                except PhotoError as error:
                    self._tally.leave_photo(path, str(error))
                    continue
                photo = ExportPhoto(
                    id=row["id"],
                    path=path,
                    file=name or (f"{row['root']}/{row['path']}" if several else row["path"]),
                    placed="/".join(part for part in (below, name) if part) if name else None,
                    stem=stem,
                    width=row["width"],
                    height=row["height"],
                    split=split,
                    content_hash=row["content_hash"],
                    taken_at=row["taken_at"],
                    licence=self._licence_of.get(row["id"]),
                    regions=tuple(self._chosen(row, regions.get(row["id"], []))),
                )
                self._tally.take(photo.split, photo.regions)
                yield photo

    def _chosen(self, row: Mapping[str, Any], regions: Sequence[RegionRow]) -> Iterator[RegionRow]:
        for region in regions:
            objection = self._choice.objection(region.category, region.source, region.state)
            if objection is None and (region.width, region.height) != (row["width"], row["height"]):
                objection = "regions of photos whose size has changed since"
            if objection:
                self._tally.leave_region(objection)
            else:
                box = _around_mask(region)
                yield region if box == region.box else replace(region, box=box)

    def _chunks(self) -> Iterator[list[dict[str, Any]]]:
        """A few photos at a time, fewer where they have many regions."""
        rows: list[dict[str, Any]] = []
        regions = 0
        for batch in self._facts.to_batches(PHOTOS_AT_ONCE):
            for row in batch.to_pylist():
                rows.append(row)
                regions += self._counts[row["id"]]
                if len(rows) >= PHOTOS_AT_ONCE or regions >= REGIONS_AT_ONCE:
                    yield rows
                    rows, regions = [], 0
        if rows:
            yield rows

    def _look(self, photos: set[str]) -> tuple[Counter[str], set[str]]:
        """How many regions each photo has, and the categories of those that are chosen."""
        counts: Counter[str] = Counter()
        names: set[str] = set()
        for batch in self._index.regions.matching(None, ["photo", "category", "source", "state"]).to_batches(10_000):
            for row in batch.to_pylist():
                if row["photo"] in photos:
                    counts[row["photo"]] += 1
                    if self._choice.objection(row["category"], row["source"], row["state"]) is None:
                        names.add(row["category"])
        return counts, names

    def _numbered(self, names: set[str]) -> dict[str, Category]:
        if names <= self._index.categories.all().keys():
            return self._index.categories.numbered(names)
        with self._index.writing():
            return self._index.categories.numbered(names)


def licences_of(index: Index) -> tuple[dict[str, Licence], tuple[Licence, ...]]:
    """The licence of each photo that has one, by its id, and all there are."""
    texts: dict[str, dict[str, str]] = {"licence": {}, "licence_url": {}}
    for row in index.meta.rows().to_pylist():
        name = row["name"].replace("license", "licence")
        if name in texts and row["text"]:
            texts[name][row["id"]] = row["text"]
    names, urls = texts["licence"], texts["licence_url"]
    of = {id_: Licence(names.get(id_, ""), urls.get(id_, "")) for id_ in names.keys() | urls.keys()}
    return of, tuple(sorted(set(of.values()), key=lambda each: (each.name, each.url)))


def _around_mask(region: RegionRow) -> tuple[float, float, float, float]:
    """The box, grown to whole pixels where the mask goes beyond those that it touches."""
    x0, y0, x1, y1 = (round(value, DECIMALS) for value in region.box)
    mask = extent_of(region.mask, region.width, region.height) if region.mask else None
    if mask is None:
        return x0, y0, x1, y1
    return (
        x0 if floor(x0) <= mask[0] else float(mask[0]),
        y0 if floor(y0) <= mask[1] else float(mask[1]),
        x1 if ceil(x1) >= mask[2] else float(mask[2]),
        y1 if ceil(y1) >= mask[3] else float(mask[3]),
    )

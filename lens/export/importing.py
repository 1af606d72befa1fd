"""An import from beginning to end: all that a file holds becomes a source, or nothing does."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from uuid import uuid4

from lens.errors import ImportRefused
from lens.export.found import Doubts, Found
from lens.export.matching import PhotoFinder
from lens.export.readers.coco import read_coco
from lens.export.readers.cvat import read_cvat
from lens.export.readers.labelme import read_labelme
from lens.export.readers.voc import read_voc
from lens.export.readers.yolo import read_yolo
from lens.indexing.report import Progress, Report, nothing_to_tell
from lens.labeling.sources import checked_name
from lens_indexes import Category, Index, RegionRow, RegionState, spooled
from lens_indexes.filters import OneOf

__all__ = ["READERS", "ImportReport", "import_regions"]

AT_ONCE = 1_000  # regions

READERS: dict[str, Callable[[Path, PhotoFinder, Doubts], Iterator[Found]]] = {
    "coco": read_coco,
    "yolo": read_yolo,
    "voc": read_voc,
    "labelme": read_labelme,
    "cvat": read_cvat,
}
"""By the name of the format."""


@dataclass(frozen=True)
class ImportReport:
    """What was imported."""

    source: str
    photos: int
    """Of the index that the file names; some may have no region."""
    regions: int
    categories: Mapping[str, int]
    """Regions of each, the most frequent first."""
    unmatched: int
    """Names that belong to no photo of the index; their regions are left out."""
    examples: tuple[str, ...]
    """Some of them, each with the reason."""
    turned: int
    """Photos that were labelled as their pixels are stored; their regions were turned upright."""
    unheld: Mapping[str, int]
    """What could not be held: how often, by what."""


def import_regions(
    index: Index,
    format: str,  # noqa: A002
    path: Path,
    source: str,
    *,
    hint: Path | None = None,
    on_progress: Report = nothing_to_tell,
) -> ImportReport:
    """Read the regions of a file or folder into a new source, as accepted ones.

    Args:
        index: that the photos are in.
        format: a key of `READERS`.
        path: absolute.
        source: a name that no source has.
        hint: the folder that names of photos start from, if it is not the file's own or a root.
        on_progress: told how many regions are read.

    Raises:
        ImportRefused: something makes no sense, no photo is in the index, or the source is there; nothing is changed.
        NameUnknown: a source cannot have that name.
        IndexLocked: another process writes to the index.
    """
    if format not in READERS:
        raise ImportRefused(f"There is no format {format} to import: {', '.join(READERS)}.")
    if not path.exists():
        raise ImportRefused(f"There is nothing at {path}.")
    _check_source(index, source)
    finder, doubts, counts = PhotoFinder(index, path if path.is_dir() else path.parent, hint), Doubts(), Counter[str]()
    found = READERS[format](path, finder, doubts)
    with spooled() as spool:
        while some := list(islice(found, AT_ONCE)):
            spool.add(list(_rows(some, source)))
            counts.update(each.category for each in some)
            on_progress(Progress(len(spool), None, 0))
        if finder.unmatched and not finder.matched:
            raise ImportRefused(
                f"{path} names no photo of the index ({finder.examples()[0]}): index them first, or say with "
                "--root-hint which folder their names start from."
            )
        with index.writing():
            _check_source(index, source)
            _number(index, counts, doubts)
            index.regions.add_spooled(spool)
    return ImportReport(
        source=source,
        photos=len(finder.matched),
        regions=len(spool),
        categories=dict(counts.most_common()),
        unmatched=len(finder.unmatched),
        examples=finder.examples(),
        turned=len(finder.turned),
        unheld={what: count for what, count in doubts.unheld.items() if count},
    )


def _check_source(index: Index, source: str) -> None:
    held = len(index.regions.matching(OneOf("source", (checked_name(source),))))
    if held:
        raise ImportRefused(f"There is a source {source} already, with {held:,} regions: give another name.")


def _rows(found: Iterable[Found], source: str) -> Iterator[RegionRow]:
    now = datetime.now(UTC)
    for each in found:
        yield RegionRow(
            id=uuid4().hex,
            photo=each.photo.id,
            content_hash=each.photo.content_hash,
            category=each.category,
            box=each.box,
            width=each.photo.size[0],
            height=each.photo.size[1],
            source=source,
            state=RegionState.PROPOSED if each.proposed else RegionState.ACCEPTED,
            made_at=now,
            score=each.score,
            mask=each.mask,
            crowd=each.crowd,
        )


def _number(index: Index, names: Iterable[str], doubts: Doubts) -> None:
    """Give new categories the numbers of the file, where these are free, and others the next ones."""
    names = {*names, *doubts.numbers}
    known = index.categories.all()
    taken = {category.number for category in known.values()}
    new = []
    for name in sorted(names - known.keys()):
        number, parent = doubts.numbers.get(name, (0, None))
        if number > 0 and number not in taken:
            new.append(Category(name, number, parent))
            taken.add(number)
    index.categories.put(new)
    index.categories.numbered(names)

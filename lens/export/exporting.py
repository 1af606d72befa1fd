"""An export from beginning to end."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from lens.curation.finding import alike_pairs
from lens.errors import ExportError
from lens.export.dataset import Choice, Dataset, ExportPhoto
from lens.export.form import UPRIGHT, Format, Writing
from lens.export.formats import FORMATS
from lens.export.output import check_place, sealed, whole_or_nothing
from lens.export.pictures import Pictures
from lens.export.splitting import SPLITS, Groups, bursts, check_shares, split_of_group
from lens.export.tally import ExportReport, Tally
from lens.indexing.report import Progress, Report, nothing_to_tell
from lens_indexes import Index

__all__ = ["MANIFEST", "Wish", "export"]

MANIFEST = "lens-photos.csv"
"""In the folder of an export: which photo each name stands for."""


@dataclass(frozen=True)
class Wish:
    """What an export is to be.

    Raises:
        ExportError: there is no such format, or what is asked for does not go together.
    """

    format: str
    """A key of `FORMATS`."""
    place: Path
    """Absolute: a file where its suffix is that of the format's one file, else a folder."""
    choice: Choice
    pictures: Pictures | None = None
    """What becomes of the photos; None for what the format needs."""
    shares: tuple[float, ...] = ()
    """Of the photos for train, val and test; none if they are not split."""
    force: bool = False
    """Whether an earlier export may be replaced."""

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise ExportError(f"There is no format {self.format}: {', '.join(FORMATS)}.")
        if self.shares:
            check_shares(self.shares)
        if self.is_file and (self.shares or self.pictures not in (None, Pictures.LEAVE)):
            raise ExportError(f"Splits and photos need a folder: name one instead of {self.place.name}.")
        if self.form.needs_pictures and self.pictures is Pictures.LEAVE:
            raise ExportError(f"The format {self.format} is nothing without photos: --photos copy.")

    @property
    def form(self) -> Format:
        """The format."""
        return FORMATS[self.format]

    @property
    def is_file(self) -> bool:
        """Whether it will be one file."""
        return self.form.suffix is not None and self.place.suffix.lower() == self.form.suffix


def export(
    index: Index, ids: Iterable[str] | None, wish: Wish, about: str, on_progress: Report = nothing_to_tell
) -> ExportReport:
    """Write the regions of photos to a file or a folder, wholly or not at all.

    Args:
        index: that they are in.
        ids: of the photos; None for all. Those without regions are exported too.
        wish: what it is to be.
        about: one line for the file's own description.
        on_progress: told how many photos are done.

    Raises:
        ExportError: there is something in that place, it cannot be written, or the format cannot hold it.
        IndexLocked: categories have to be numbered, and another process writes to the index.
    """
    form, tally = wish.form, Tally()
    check_place(wish.place, folder=not wish.is_file, force=wish.force)
    dataset = Dataset(index, None if ids is None else frozenset(ids), wish.choice, tally)
    split_of = _splits(index, wish.shares, on_progress)
    if form.always_split and not split_of:
        split_of = dict.fromkeys(dataset.ids, SPLITS[0])
    with whole_or_nothing(wish.place, folder=not wish.is_file) as place:
        writing = Writing(
            place=place,
            is_file=wish.is_file,
            categories=dataset.categories,
            splits=SPLITS[: len(wish.shares)] or (SPLITS[:1] if form.always_split else ()),
            licences=dataset.licences,
            about=f"{about} {UPRIGHT}",
            made_at=datetime.now(UTC),
            tally=tally,
        )
        photos = dataset.each(split_of, wish.pictures or form.pictures, place, form.folder)
        if not wish.is_file:
            photos = _listed(photos, place / MANIFEST)
        form.write(_told(photos, len(dataset), tally, on_progress), writing)
        report = tally.report(wish.format, wish.place)
        if not wish.is_file:
            sealed(place, asdict(report) | {"place": str(wish.place), "about": writing.about})
    return report


def _splits(index: Index, shares: Sequence[float], on_progress: Report) -> Mapping[str, str]:
    """The split of every photo of the index, so that no query moves one from part to part.

    What decides is the least content hash of those that are alike: another index of the same photos splits them alike.
    """
    if not shares:
        return {}
    photos, pairs = alike_pairs(index, on_progress)
    hash_of = {photo.id: photo.content_hash for photo in photos}
    groups = Groups(hash_of.values())
    for one, other in [*pairs, *bursts(photos)]:
        groups.join(hash_of[one], hash_of[other])
    return {id_: split_of_group(groups.leader(hash_), shares) for id_, hash_ in hash_of.items()}


def _listed(photos: Iterable[ExportPhoto], path: Path) -> Iterator[ExportPhoto]:
    """The photos, each written to the manifest as it goes by."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["name", "file", "path", "content_hash"])
        for photo in photos:
            table.writerow([photo.stem, photo.placed or photo.file, photo.path, photo.content_hash])
            yield photo


def _told(photos: Iterable[ExportPhoto], total: int, tally: Tally, on_progress: Report) -> Iterator[ExportPhoto]:
    for photo in photos:
        yield photo
        on_progress(Progress(tally.photos, total, tally.left_out["photos"]))

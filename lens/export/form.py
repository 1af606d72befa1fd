"""What a format is, and what its writer is given."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lens.export.dataset import ExportPhoto, Licence
from lens.export.pictures import Pictures
from lens.export.tally import Tally
from lens_indexes import Category

__all__ = ["UPRIGHT", "Format", "Writing"]

UPRIGHT = "Boxes and masks are in pixels of the upright photo, as its EXIF orientation has it."


@dataclass(frozen=True)
class Writing:
    """Where a writer writes, and what it has to know beforehand."""

    place: Path
    """The file, or the folder, which is there and holds nothing but photos."""
    is_file: bool
    categories: Mapping[str, Category]
    """By name, in the order of their numbers: all that any region has."""
    splits: tuple[str, ...]
    """In their order; none if the photos are not split."""
    licences: tuple[Licence, ...]
    about: str
    """One line for the file's own description."""
    made_at: datetime
    """UTC."""
    tally: Tally

    @property
    def positions(self) -> dict[str, int]:
        """The place of each category in their order, from 0 without a gap."""
        return {name: at for at, name in enumerate(self.categories)}


@dataclass(frozen=True)
class Format:
    """A format that regions can be exported in."""

    says: str
    """What it is, for a list of formats."""
    write: Callable[[Iterable[ExportPhoto], Writing], None]
    """Takes the photos once, one after the other."""
    suffix: str | None = None
    """Of the one file that it can be; None where it is always a folder."""
    folder: str = "images"
    """Below the export, for photos; those of each split get a folder of their own in it."""
    pictures: Pictures = Pictures.LEAVE
    """What becomes of the photos if nothing is said."""
    needs_pictures: bool = False
    """Whether it is nothing without them."""
    always_split: bool = False
    """Whether photos that are not split are all called `train`."""

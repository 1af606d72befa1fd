"""Facts about photos that others have gathered in a table: imported, and asked for as `meta.NAME:`."""

import csv
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from lens.errors import MetaError, NameUnknown
from lens_indexes import Index
from lens_indexes.remote import path_of

__all__ = ["Meta", "MetaColumn", "MetaImport", "photo_finder", "read_table"]

PHOTO_COLUMNS = ("path", "file", "filename", "file_name", "photo", "image", "name")
SNIFFED = 16_384  # characters
EXAMPLES = 5

Kind = Literal["number", "date", "text"]


@dataclass(frozen=True)
class MetaColumn:
    """One column of a table."""

    name: str
    """As `meta.NAME:` has it: small letters, digits and `_`."""
    kind: Kind
    values: int
    """That photos have."""


@dataclass(frozen=True)
class MetaImport:
    """What was imported, or in a dry run would be."""

    photos: int
    columns: list[MetaColumn]
    unmatched: list[str]
    """What names a photo in the rows that belong to none, or to several, of the index."""


class Meta:
    """The imported columns of an index.

    Args:
        index: opens it.
    """

    def __init__(self, index: Callable[[], Index]) -> None:
        self._index = index

    def all(self) -> dict[str, int]:
        """How many photos have a value, by column."""
        return self._index().meta.names()

    def drop(self, name: str) -> int:
        """Remove a column: how many values it had.

        Raises:
            NameUnknown: there is none of that name.
        """
        index = self._index()
        held = index.meta.names()
        if name not in held:
            raise NameUnknown(f"There is no imported column {name}: lens meta list shows them.")
        with index.writing():
            index.meta.drop(name)
        return held[name]

    def import_csv(self, file: Path, *, dry_run: bool = False) -> MetaImport:
        """Take over the columns of a CSV file, each number, date or text throughout; empty cells change nothing.

        Args:
            file: UTF-8, with a heading. The column `path` (or file, filename, photo, image, name; else the first) names
                the photos: by absolute path, by a path from the file's folder or a root, or by a file name that only
                one photo has.
            dry_run: only find out what would be done.

        Raises:
            MetaError: the file cannot be read, makes no sense as a table, or names no photo.
        """
        heading, rows = read_table(file)
        names = [re.sub(r"\W+", "_", title.strip().lower()).strip("_") for title in heading]
        key = next((names.index(name) for name in PHOTO_COLUMNS if name in names), 0)
        others = [at for at in range(len(names)) if at != key]
        if not others or not all(names[at] for at in others) or len(set(names)) < len(names):
            raise MetaError(f"{file} needs a heading with a different name for each column, and more than the paths.")
        index = self._index()
        photo_of = photo_finder(index, file.absolute().parent)
        cells: dict[str, list[str]] = {}
        unmatched = []
        for row in rows:
            id_ = photo_of(row[key])
            if id_ is None:
                unmatched.append(row[key])
            else:
                cells[id_] = row
        columns, values = [], {}
        for at in others:
            held = {id_: row[at].strip() for id_, row in cells.items() if row[at].strip()}
            kind = _kind(held.values())
            columns.append(MetaColumn(names[at], kind, len(held)))
            values[names[at]] = {id_: _value(cell, kind) for id_, cell in held.items()}
        if rows and not cells:
            some = ", ".join(unmatched[:EXAMPLES])
            raise MetaError(f"The column {heading[key]} of {file} names no photo of the index, or several: {some}.")
        if not dry_run:
            with index.writing():
                index.meta.put(values)
        return MetaImport(len(cells), columns, unmatched)


def read_table(file: Path) -> tuple[list[str], list[list[str]]]:
    """The heading, and the rows made as long as it."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        try:
            dialect: type[csv.Dialect] | str = csv.Sniffer().sniff(text[:SNIFFED], delimiters=",;\t")
        except csv.Error:
            dialect = "excel"
        rows = [row for row in csv.reader(text.splitlines(keepends=True), dialect) if any(map(str.strip, row))]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MetaError(f"{file} cannot be read as a table: {error}.") from error
    if not rows:
        raise MetaError(f"{file} is empty.")
    heading, *body = rows
    return heading, [(row + [""] * len(heading))[: len(heading)] for row in body]


def photo_finder(index: Index, folder: Path) -> Callable[[str], str | None]:
    """What finds the id of the one photo that a cell names."""
    roots = index.roots.by_name()
    by_place: dict[str, str] = {}
    by_part: dict[str, str | None] = {}  # path from a root, or file name; None where several have it
    for id_, root, path in index.photos.places():
        by_place[str(roots[root].absolute(path))] = id_
        for part in {path, path.rpartition("/")[2]}:
            by_part[part] = None if part in by_part else id_

    def photo_of(cell: str) -> str | None:
        text = cell.strip().replace("\\", "/")
        with suppress(OSError, RuntimeError, ValueError):  # what can be no path
            place = folder / path_of(text).expanduser()
            for form in (text, str(place), str(place.resolve())):
                if form in by_place:
                    return by_place[form]
        return by_part.get(text.removeprefix("./"))

    return photo_of


def _kind(cells: Iterable[str]) -> Kind:
    values = list(cells)
    if values and all(_number(value) is not None for value in values):
        return "number"
    return "date" if values and all(_moment(value) for value in values) else "text"


def _value(cell: str, kind: Kind) -> tuple[str | None, float | None, datetime | None]:
    if kind == "number":
        return None, _number(cell), None
    return (None, None, _moment(cell)) if kind == "date" else (cell, None, None)


def _number(cell: str) -> float | None:
    return float(cell) if re.fullmatch(r"[+-]?\d{1,300}(\.\d+)?([eE][+-]?\d{1,2})?", cell, re.ASCII) else None


def _moment(cell: str) -> datetime | None:
    """An ISO 8601 date or time, as its own clock had it."""
    with suppress(ValueError):
        return datetime.fromisoformat(cell).replace(tzinfo=None)
    return None

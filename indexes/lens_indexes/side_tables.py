"""What filters ask of the tables beside the photos', as columns in files next to the mirror: again no LanceDB.

Each such file belongs to one version of its table and is made when somebody asks for the first time since that
changed. It takes its place whole; one that is damaged is not used, and made again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lens_indexes.beside import beside
from lens_indexes.errors import IndexDamaged
from lens_indexes.facts import Column, Facts, Mask, StoredColumns, Texts, columns_of_table, store_columns
from lens_indexes.filters import All, Condition, Listed, OneOf, meets
from lens_indexes.places import local_folder
from lens_indexes.tag_row import LEARNED

if TYPE_CHECKING:
    from lens_indexes.index import Index

__all__ = ["SideRows", "SideTables", "tagged"]

COPIED = {
    "saved": ("name", "query"),
    "albums": ("name", "id"),
    "meta": ("name", "id", "text", "number", "moment"),
    "regions": ("photo", "category", "source", "state", "score"),
    "hidden": ("name",),
    "tags": ("id", "tag", "vocabulary"),
}
"""By table the columns that are kept, a text that every row has being the first."""


FORMAT = 1
"""Raise it when `COPIED` changes."""


@dataclass(frozen=True)
class SideRows:
    """The rows of one table, as far as filters must know them."""

    columns: Mapping[str, Column] = field(default_factory=dict)
    """None where there is no table."""

    def texts(self, column: str, condition: Condition | None = None) -> list[str]:
        """What all rows, or those that meet a condition on these columns, say in one of them, row by row."""
        held = self.columns.get(column)
        if not isinstance(held, Texts):
            return []
        mask = meets(condition or All(()), Facts(len(held.codes), self.columns, _no_ids))
        return [held.words[code] for code in held.codes[mask].tolist()]


def tagged(tags: SideRows, tag: str) -> frozenset[str]:
    """The ids of the photos that have a tag, in capitals or not; of one that was taught, only what was learned."""
    learned = tags.texts("id", All((Listed("tag", tag), OneOf("vocabulary", (LEARNED,)))))
    return frozenset(learned or tags.texts("id", Listed("tag", tag)))


class SideTables:
    """The rows of such tables, from their files or from the index, which is opened only where it must be.

    Args:
        uri: of the index.
        index: opens it.
    """

    def __init__(self, uri: str, index: Callable[[], Index]) -> None:
        self._folder, self.index = local_folder(uri), index
        self._beside = beside(uri, index)
        self._held: dict[str, tuple[str, SideRows]] = {}

    def rows(self, table: str) -> SideRows:
        """The rows of one table as they are now.

        Raises:
            IndexFailure: there is no index, or it cannot be read.
        """
        if self._folder and not (self._folder / "photos.lance").is_dir():
            return self._read(table)
        if self._folder and not (self._folder / f"{table}.lance" / "_versions").is_dir():
            return SideRows()
        version = self._beside.version(table)
        if self._held.get(table, ("",))[0] != version:
            self._held[table] = version, self._of_version(table, version)
        return self._held[table][1]

    def _of_version(self, table: str, version: str) -> SideRows:
        file = self._beside.folder / f"{table}-{FORMAT}-{version}.side"
        with suppress(OSError, ValueError, KeyError, IndexDamaged):
            stored = StoredColumns(file, 0)  # no column of theirs has lists, which alone would need their number
            return SideRows({name: stored[name] for name in COPIED[table]})
        rows = self._read(table)
        if self._beside.version(table) == version:
            with suppress(OSError):
                _store(file, table, rows)
        return rows

    def _read(self, table: str) -> SideRows:
        return SideRows(columns_of_table(self.index().extras[table].read(COPIED[table])))


def _store(file: Path, table: str, rows: SideRows) -> None:
    """Write a file beside its place and move it there, then remove those of older versions."""
    begun = file.with_name(f"{table}-{uuid.uuid4().hex[:12]}.side")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        store_columns(begun, rows.columns)
        begun.replace(file)
    finally:
        begun.unlink(missing_ok=True)
    for old in file.parent.glob(f"{table}-*.side"):
        if old != file:
            old.unlink(missing_ok=True)


def _no_ids(ids: Collection[str]) -> Mask:
    raise TypeError("The rows of a side table are chosen by what their columns say.")

"""Files that could not be read: nothing is forgotten, nothing is retried for nothing."""

from collections.abc import Collection
from typing import Any

from lens_indexes.deleting import delete_rows
from lens_indexes.failures import told_clearly
from lens_indexes.schema import SkippedRow, as_arrow, skipped_schema


class Skipped:
    """The table of skipped files."""

    def __init__(self, uri: str, table: Any) -> None:
        self._uri = uri
        self._table = table

    def all(self) -> list[SkippedRow]:
        """Every skipped file, by root and path."""
        with told_clearly(self._uri):
            rows = self._table.search().to_arrow().to_pylist()
        return sorted((SkippedRow(**row) for row in rows), key=lambda row: (row.root, row.path))

    def count(self) -> int:
        """How many files are skipped."""
        with told_clearly(self._uri):
            return int(self._table.count_rows())

    def add(self, rows: list[SkippedRow]) -> None:
        """Append files, in one commit."""
        if rows:
            with told_clearly(self._uri):
                self._table.add(as_arrow(rows, skipped_schema()))

    def remove(self, ids: Collection[str]) -> None:
        """Drop the rows with these ids."""
        with told_clearly(self._uri):
            delete_rows(self._table, ids)

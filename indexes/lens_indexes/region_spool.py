"""Regions that are set aside on disk until all of them are known, however many they are."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from lens_indexes.region_row import RegionRow, region_schema

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["RegionSpool", "spooled"]


class RegionSpool:
    """Takes regions, and gives them back once, in their order. Got from `spooled`."""

    def __init__(self, file: Any) -> None:
        import pyarrow as pa

        self._file = file
        self._writer = pa.ipc.new_stream(file, region_schema())
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def add(self, rows: Sequence[RegionRow]) -> None:
        """Set regions aside."""
        import pyarrow as pa

        columns = {field.name: [getattr(row, field.name) for row in rows] for field in fields(RegionRow)}
        self._writer.write_table(pa.table(columns, schema=region_schema()))
        self._rows += len(rows)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All of them; no more can be added."""
        import pyarrow as pa

        self._writer.close()
        self._file.seek(0)
        yield from pa.ipc.open_stream(self._file)


@contextmanager
def spooled() -> Iterator[RegionSpool]:
    """A place for regions, which is gone at the end."""
    with tempfile.TemporaryFile() as file:
        yield RegionSpool(file)

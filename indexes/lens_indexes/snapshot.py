"""An index as it is at one moment, however long it takes to read and whatever a run writes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lens_indexes.connecting import connect
from lens_indexes.extras import EXTRAS
from lens_indexes.failures import told_clearly
from lens_indexes.index import SCHEMAS
from lens_indexes.places import never_finished

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_ONCE = 10_000


def snapshot(uri: str) -> dict[str, Any]:
    """The tables at their present versions; `photos` first, so that every root its rows are below is there too."""
    database = connect(uri)
    with told_clearly(uri):
        extras = [name for name in database.list_tables().tables if name in EXTRAS and not never_finished(uri, name)]
        tables = {name: database.open_table(name) for name in [*reversed(SCHEMAS), *extras]}
        for table in tables.values():
            table.checkout(table.version)
    return tables


def pages(table: Any, columns: list[str]) -> Iterator[pa.Table]:
    """The rows of a table of a snapshot, some at a time.

    LanceDB's own stream reads ahead of whoever takes from it, and holds the more the larger the table is.
    """
    for start in range(0, table.count_rows(), ROWS_AT_ONCE):
        yield table.search().select(columns).offset(start).limit(ROWS_AT_ONCE).to_arrow()

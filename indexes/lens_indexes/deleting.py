"""Rows of any table by their ids, or by names: the only forms in which something ever becomes SQL."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

__all__ = ["delete_rows", "in_sql", "quoted"]

IDS_AT_ONCE = 10_000


def in_sql(ids: Collection[str]) -> Iterator[str]:
    """Ids as SQL has them between the brackets of `IN (…)`, some at a time.

    Raises:
        ValueError: an id is not 32 hexadecimal digits, so nothing else becomes SQL here.
    """
    for id_ in ids:
        if not re.fullmatch(r"[0-9a-f]{32}", id_):
            raise ValueError(f"not a row id: {id_!r}")
    every = list(ids)
    for start in range(0, len(every), IDS_AT_ONCE):
        yield ", ".join(f"'{id_}'" for id_ in every[start : start + IDS_AT_ONCE])


def quoted(names: Iterable[str]) -> str:
    """Names as SQL has them between the brackets of `IN (…)`: between quotes, of which those within are doubled."""
    return ", ".join("'" + name.replace("'", "''") + "'" for name in names)


def delete_rows(table: Any, ids: Collection[str], column: str = "id") -> None:
    """Delete the rows that have one of these ids in a column.

    Raises:
        ValueError: as `in_sql`.
    """
    for some in in_sql(ids):
        table.delete(f"{column} IN ({some})")

"""Deleting rows of any table."""

import re
from collections.abc import Collection
from typing import Any

__all__ = ["delete_rows"]

IDS_AT_ONCE = 10_000


def delete_rows(table: Any, ids: Collection[str]) -> None:
    """Delete rows by id.

    Raises:
        ValueError: an id is not 32 hexadecimal digits, so nothing else can ever reach the SQL below.
    """
    for id_ in ids:
        if not re.fullmatch(r"[0-9a-f]{32}", id_):
            raise ValueError(f"not a row id: {id_!r}")
    every = list(ids)
    for start in range(0, len(every), IDS_AT_ONCE):
        quoted = ", ".join(f"'{id_}'" for id_ in every[start : start + IDS_AT_ONCE])
        table.delete(f"id IN ({quoted})")

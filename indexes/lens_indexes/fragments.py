"""Photos that many machines write at once: each writes files of its own, and one commits them.

What was written and not committed is in no version of the table; `lens optimize` clears it away once it is a week old.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lens_indexes.failures import told_clearly
from lens_indexes.photos import with_vectors
from lens_indexes.schema import EncoderColumn, PhotoRow

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["commit_fragments", "place_of", "write_fragments"]


def write_fragments(
    uri: str, rows: list[PhotoRow], vectors: Mapping[EncoderColumn, NDArray[np.float32]]
) -> tuple[str, ...]:
    """Write photos with their vectors beside the table of an index, and name what was written, as Lance has it.

    Args:
        uri: of the index, whose table has the columns of these encoders.
        rows: at least one.
        vectors: (n, dim) for each encoder.

    Raises:
        IndexFailure: it cannot be written.
    """
    from lance_ray.fragment import write_fragment

    with told_clearly(uri):
        schema = _table(uri).schema
        table = _as_in(schema, with_vectors(rows, vectors))
        written = write_fragment([table], place_of(uri), schema=schema)
    return tuple(json.dumps(fragment.to_json()) for fragment, _ in written)


def commit_fragments(uri: str, fragments: Sequence[str]) -> None:
    """Make all of what was written part of the table, or nothing of it.

    Raises:
        IndexFailure: it cannot be committed.
    """
    import lance
    from lance.fragment import FragmentMetadata

    with told_clearly(uri):
        written = lance.LanceOperation.Append([FragmentMetadata.from_json(each) for each in fragments])
        lance.LanceDataset.commit(place_of(uri), written, read_version=_table(uri).version)


def _as_in(schema: pa.Schema, table: pa.Table) -> pa.Table:
    """The columns of a table in the order of a schema, empty where it has none."""
    import pyarrow as pa

    there = table.column_names
    columns = [table[each.name] if each.name in there else pa.nulls(len(table), each.type) for each in schema]
    return pa.table(columns, schema=schema)


def place_of(uri: str) -> str:
    """Of the table of photos, as Lance has it."""
    return f"{uri.rstrip('/')}/photos.lance"


def _table(uri: str) -> Any:
    import lance

    return lance.dataset(place_of(uri))

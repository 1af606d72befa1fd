"""Approximate nearest neighbours in the table itself, for indexes whose vectors are too many to look at all of them.

An inverted file (Jégou et al., 2011) sorts vectors by their nearest centroids and keeps them as RaBitQ codes of one bit
a number (arXiv:2405.12497), or as they are where Lance has no codes for so many numbers. It names candidates; whoever
asked compares the vectors themselves. What was added since it was built is compared with them all, until
`lens optimize` sorts it in.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lens_indexes.deleting import in_sql, quoted
from lens_indexes.errors import IndexFailure
from lens_indexes.failures import told_clearly
from lens_indexes.photos import Photos
from lens_indexes.roots import Root, innermost
from lens_indexes.schema import EncoderColumn
from lens_indexes.vectors import FACTS, VectorBlock, block_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["WORTH_IT", "Approximate", "Coverage", "build", "coverage", "drop", "has_codes", "lists_for", "worth_it"]

WORTH_IT = 100_000
"""Rows below which all vectors are compared within milliseconds."""

BITS = 1
"""Of each number of a vector."""
LISTS = 4.0
"""So many times the square root of the number of vectors."""
TRAINED_ON, ROUNDS = 64, 10
"""Vectors for each list from which the centroids are found, and how often they are moved."""
LOOKED_INTO, ONE_LIST_IN = 20, 8
"""Lists that a search looks into: so many at the least, and one in so many."""
CANDIDATES = 20
"""For each photo that is wanted."""
SAMPLE = 640
"""Rows that stand for all of an index; some may be missing, or have no vector."""
NAMED = 100
"""Photos whose id begins alike."""


@dataclass(frozen=True)
class Coverage:
    """How much of the vectors of one encoder an approximate index knows."""

    sorted_in: int
    """Rows."""
    since: int
    """Rows that were added later, each of which every search compares."""


def lists_for(vectors: int) -> int:
    """Into how many lists so many vectors are sorted."""
    return max(1, min(round(LISTS * math.sqrt(vectors)), vectors // TRAINED_ON))


def coverage(table: Any, encoder: EncoderColumn) -> Coverage | None:
    """What the approximate index of an encoder knows; None if the table has none."""
    held = [each for each in table.list_indices() if encoder.column in each.columns]
    if not held:
        return None
    told = table.index_stats(held[0].name)
    return Coverage(told.num_indexed_rows, told.num_unindexed_rows)


def has_codes(encoder: EncoderColumn) -> bool:
    """Whether vectors are kept as codes, or as they are."""
    return encoder.dim % 8 == 0


def worth_it(photos: Photos) -> dict[EncoderColumn, int]:
    """The encoders that so many photos have vectors of that an approximate index pays, and how many have.

    Raises:
        IndexFailure: there is none.
    """
    held = {encoder: photos.encoded(encoder) for encoder in photos.encoders()}
    enough = {encoder: count for encoder, count in held.items() if count >= WORTH_IT}
    if not enough:
        most = max(held.values(), default=0)
        raise IndexFailure(f"{most:,} photos need no approximate index: comparing {WORTH_IT:,} takes milliseconds.")
    return enough


def build(table: Any, encoder: EncoderColumn, vectors: int) -> None:
    """Sort all vectors of an encoder, so many, into lists, in the place of those that there were."""
    from lancedb.index import IvfFlat, IvfRq

    lists: dict[str, Any] = {
        "distance_type": "dot",
        "num_partitions": lists_for(vectors),
        "sample_rate": TRAINED_ON,
        "max_iterations": ROUNDS,
    }
    kind = IvfRq(num_bits=BITS, **lists) if has_codes(encoder) else IvfFlat(**lists)
    table.create_index(encoder.column, config=kind, replace=True)


def drop(table: Any, encoder: EncoderColumn) -> None:
    """Have no approximate index of an encoder any longer."""
    for held in table.list_indices():
        if encoder.column in held.columns:
            table.drop_index(held.name)


class Approximate:
    """Searches of the vectors of one encoder by its approximate index.

    Args:
        uri: of the index.
        table: of photos.
        encoder: that `coverage` knows.
        roots: of the index.
    """

    def __init__(self, uri: str, table: Any, encoder: EncoderColumn, roots: tuple[Root, ...]) -> None:
        self._uri, self._table, self._encoder, self.roots = uri, table, encoder, roots
        self._columns = ["id", "root", "path", "content_hash", "missing", encoder.column]
        self._columns += [name for name in FACTS if name in table.schema.names]

    @cached_property
    def rows(self) -> int:
        """Of the table, those without a vector included."""
        with told_clearly(self._uri):
            return int(self._table.count_rows())

    def is_wide(self, top: int) -> bool:
        """Whether so many photos are wanted that candidates would be more than the lists hold that are looked into."""
        return CANDIDATES * top > self.rows // ONE_LIST_IN

    @cached_property
    def sample(self) -> VectorBlock:
        """Photos that stand for all, the same ones while the table is the same."""
        block = self._sampled(SAMPLE)
        return block if len(block) >= SAMPLE / 2 else self._sampled(10 * SAMPLE)

    def _sampled(self, count: int) -> VectorBlock:
        chosen = np.random.default_rng(0).choice(self.rows, min(count, self.rows), replace=False)
        with told_clearly(self._uri):
            rows = self._table.take_offsets(sorted(chosen.tolist())).select(self._columns).to_arrow()
        return block_of(rows, self._encoder, self.roots, stands_for=self.rows)

    def near(self, vector: NDArray[np.float32], count: int) -> pa.Table:
        """About the `count` rows nearest to a (dim,) unit-norm vector."""
        lists = max(LOOKED_INTO, lists_for(self.rows) // ONE_LIST_IN)
        query = self._table.search(vector, vector_column_name=self._encoder.column).distance_type("dot")
        with told_clearly(self._uri):
            rows = query.nprobes(lists).limit(count).select([*self._columns, "_distance"]).to_arrow()
        return rows.drop_columns(["_distance"])

    def at(self, photo: Path) -> pa.Table:
        """The row of the photo that lies at an absolute path, if there is one."""
        held = innermost(self.roots, photo)
        if held is None:
            return self._where("false")
        return self._where(f"root = {quoted([held[0].name])} AND path = {quoted([held[1]])}")

    def beginning(self, letters: str) -> pa.Table:
        """Rows whose id begins with these letters and digits, up to 100."""
        return self._where(
            f"id >= {quoted([letters])} AND id < {quoted([letters + '~'])}", NAMED
        )  # ~ is after all letters

    def of(self, ids: Collection[str]) -> pa.Table:
        """The rows with these ids.

        Raises:
            ValueError: as `in_sql`.
        """
        import pyarrow as pa

        return pa.concat_tables([self._where("false"), *(self._where(f"id IN ({some})", None) for some in in_sql(ids))])

    def block(self, *some: pa.Table) -> VectorBlock:
        """Those of some rows that are searchable, each once."""
        import pyarrow as pa

        rows = pa.concat_tables([self._where("false"), *some])
        first = {id_: at for at, id_ in reversed([*enumerate(rows["id"].to_pylist())])}
        return block_of(rows.take(pa.array(first.values(), pa.int64())), self._encoder, self.roots)

    def _where(self, condition: str, most: int | None = 1) -> pa.Table:
        with told_clearly(self._uri):
            return self._table.search().where(condition).select(self._columns).limit(most).to_arrow()

"""The table of regions: boxes and masks in photos, each from a named source; made when the first is put in.

Every method that writes is one commit. Only ids of ours, which are hexadecimal digits, ever become SQL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lens_indexes.deleting import in_sql
from lens_indexes.extras import Extra
from lens_indexes.failures import told_clearly
from lens_indexes.filters import Condition, OneOf, columns_of, fits
from lens_indexes.region_row import RegionRow, RegionState, region_schema
from lens_indexes.region_spool import RegionSpool
from lens_indexes.schema import EncoderColumn, vector_array

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Regions", "Source"]

Vectors = Mapping[EncoderColumn, NDArray[np.float32]]
"""(n, dim) for each encoder."""
NAMES = [field.name for field in fields(RegionRow)]


@dataclass(frozen=True)
class Source:
    """A named set of regions, such as what one detector found, what a file brought, or what a person drew."""

    name: str
    photos: int
    regions: int
    states: Mapping[str, int]
    """How many regions are in each state."""
    categories: Mapping[str, int]


class Regions(Extra):
    """The regions of all photos."""

    name = "regions"

    def add(self, rows: Sequence[RegionRow], vectors: Vectors) -> None:
        """Append regions with their vectors."""
        if rows:
            table = self._made(vectors)
            with told_clearly(self._uri):
                table.add(_as_arrow(rows, vectors, table.schema))

    def add_spooled(self, spool: RegionSpool) -> None:
        """Append regions that were set aside, without vectors; like every other change in one commit."""
        import pyarrow as pa

        table = self._made({})
        nothing = {field.name: field for field in table.schema if field.name not in NAMES}

        def whole() -> Iterator[pa.RecordBatch]:
            for batch in spool.batches():
                columns = [
                    pa.nulls(len(batch), field.type) if field.name in nothing else batch[field.name]
                    for field in table.schema
                ]
                yield pa.record_batch(columns, schema=table.schema)

        with told_clearly(self._uri):
            table.add(pa.RecordBatchReader.from_batches(table.schema, whole()))

    def matching(self, condition: Condition | None = None, columns: Sequence[str] = ()) -> pa.Table:
        """The id, and these columns, of every region that meets a condition on its columns."""
        named = list(dict.fromkeys(["id", *columns]))
        table = self.table()
        if table is None:
            return region_schema().empty_table().select(named)
        read = sorted({*named, *(columns_of(condition) if condition else ())})
        with told_clearly(self._uri):
            rows = table.search().select(read).to_arrow()
        return (rows.filter(fits(condition, rows)) if condition else rows).select(named)

    def of_photos(self, photos: Collection[str]) -> list[RegionRow]:
        """The regions of photos, the oldest first."""
        return sorted(self._where("photo", photos), key=lambda row: (row.made_at, row.id))

    def get(self, ids: Collection[str]) -> list[RegionRow]:
        """The regions with these ids, in their order; those that are not there are left out."""
        by_id = {row.id: row for row in self._where("id", ids)}
        return [by_id[id_] for id_ in ids if id_ in by_id]

    def photos(self, condition: Condition) -> frozenset[str]:
        """The ids of the photos that have a region which meets a condition."""
        return frozenset(self.matching(condition, ["photo"])["photo"].to_pylist())

    def sources(self) -> list[Source]:
        """Every source, by name."""
        held: dict[str, list[dict[str, Any]]] = {}
        for row in self.matching(columns=["source", "photo", "state", "category"]).to_pylist():
            held.setdefault(row["source"], []).append(row)
        return [
            Source(
                name,
                photos=len({row["photo"] for row in some}),
                regions=len(some),
                states=Counter(row["state"] for row in some),
                categories=Counter(row["category"] for row in some),
            )
            for name, some in sorted(held.items())
        ]

    def patch(self, facts: Mapping[str, Mapping[str, Any]]) -> None:
        """Set some columns of regions, by their ids; the vectors of those whose box or mask changes are emptied."""
        import pyarrow as pa

        table = self.table()
        if table is None:
            return
        by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for id_, values in facts.items():
            by_columns.setdefault(tuple(values), []).append({"id": id_, **values})
        for names, rows in by_columns.items():
            vectors = [encoder.column for encoder in self.encoders()] if {"box", "mask"} & set(names) else []
            schema = pa.schema([table.schema.field(name) for name in ("id", *names, *vectors)])
            self.merge(pa.Table.from_pylist(rows, schema))

    def restore(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Put regions back that were removed, all their columns given but the vectors; those that are there stay."""
        import pyarrow as pa

        if rows:
            table = self._made({})
            with told_clearly(self._uri):
                given = pa.Table.from_pylist([dict(row) for row in rows], table.schema)
                table.merge_insert("id").when_not_matched_insert_all().execute(given, on_bad_vectors="null")

    def rename_source(self, old: str, new: str) -> int:
        """Call a source otherwise, or add it to another: how many regions it had."""
        ids = self.matching(OneOf("source", (old,)))["id"].to_pylist()
        self.patch({id_: {"source": new} for id_ in ids})
        return len(ids)

    def follow(self, owners: Mapping[str, Collection[str]]) -> int:
        """Hang regions whose photo now has another content on a photo that has theirs, if there is one: how many.

        Args:
            owners: the ids of the photos with each content hash.
        """
        moved = {}
        for row in self.matching(columns=["photo", "content_hash"]).to_pylist():
            there = owners.get(row["content_hash"], ())
            if there and row["photo"] not in there:
                moved[row["id"]] = {"photo": min(there)}
        self.patch(moved)
        return len(moved)

    def delete(self, ids: Collection[str]) -> None:
        """Remove regions for good."""
        self.delete_where("id", ids)

    def forget(self, ids: Collection[str]) -> None:
        """Remove all regions of photos."""
        self.delete_where("photo", ids)

    def encoders(self) -> list[EncoderColumn]:
        """The vector columns."""
        table = self.table()
        found = [] if table is None else [EncoderColumn.of(field) for field in table.schema]
        return [column for column in found if column]

    def vectors(self, encoder: EncoderColumn) -> tuple[list[str], NDArray[np.float32]]:
        """The ids of all regions that are not rejected and have a vector of `encoder`, and the vectors, (n, dim)."""
        import pyarrow.compute as pc

        table = self.table()
        if table is None or encoder not in self.encoders():
            return [], np.empty((0, encoder.dim), np.float32)
        with told_clearly(self._uri):
            query = table.search().where(f"{encoder.column} IS NOT NULL AND state != '{RegionState.REJECTED}'")
            rows = query.select(["id", encoder.column]).to_arrow()
        return rows["id"].to_pylist(), pc.list_flatten(rows[encoder.column]).to_numpy().reshape(-1, encoder.dim)

    def lacking(self, encoder: EncoderColumn) -> list[tuple[str, str]]:
        """The ids of the regions that have no vector of `encoder`, and of their photos."""
        table = self.table()
        if table is None:
            return []
        query = table.search()
        if encoder in self.encoders():
            query = query.where(f"{encoder.column} IS NULL")
        with told_clearly(self._uri):
            rows = query.select(["id", "photo"]).to_arrow()
        return list(zip(rows["id"].to_pylist(), rows["photo"].to_pylist(), strict=True))

    def add_vectors(self, ids: Sequence[str], encoder: EncoderColumn, vectors: NDArray[np.float32]) -> None:
        """Fill the column of `encoder` for regions that are there."""
        import pyarrow as pa

        if ids:
            self._made({encoder: vectors})
            self.merge(pa.table({"id": list(ids), encoder.column: vector_array(vectors)}))

    def empty_vectors(self, ids: Collection[str], encoder: EncoderColumn) -> None:
        """Take away vectors of `encoder`."""
        import pyarrow as pa

        if ids:
            self.merge(pa.table({"id": list(ids), encoder.column: pa.nulls(len(ids), encoder.field().type)}))

    def _where(self, column: str, ids: Collection[str]) -> Iterator[RegionRow]:
        table = self.table()
        if table is None:
            return
        for some in in_sql(ids):
            with told_clearly(self._uri):
                rows = table.search().where(f"{column} IN ({some})").select(NAMES).to_arrow()
            for row in rows.to_pylist():
                yield RegionRow(**row | {"box": tuple(row["box"]), "state": RegionState(row["state"])})

    def _made(self, vectors: Vectors) -> Any:
        """The table, made if it is not there, with columns for these vectors; those of other revisions give way."""
        import pyarrow as pa

        table = self.make(pa.schema([*region_schema(), *(encoder.field() for encoder in vectors)]))
        with told_clearly(self._uri):
            lacking = [encoder for encoder in vectors if encoder not in self.encoders()]
            stale = [encoder.column for encoder in lacking if encoder.column in table.schema.names]
            if stale:
                table.drop_columns(stale)
            if lacking:
                table.add_columns(pa.schema([encoder.field() for encoder in lacking]))
        return table


def _as_arrow(rows: Sequence[RegionRow], vectors: Vectors, schema: pa.Schema) -> pa.Table:
    """Rows with their vectors in the columns of a table; those of other encoders are empty."""
    import pyarrow as pa

    columns: dict[str, Any] = {name: [getattr(row, name) for row in rows] for name in NAMES}
    table = pa.table(columns, schema=region_schema())
    given = {encoder.column: vector_array(block) for encoder, block in vectors.items()}
    for field in schema:
        if field.name not in columns:
            table = table.append_column(field, given.get(field.name, pa.nulls(len(rows), field.type)))
    return table.select(schema.names)

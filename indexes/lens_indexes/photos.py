"""The table of photos: facts and vectors of each in one row.

Every method that writes is one commit, so a photo is in the table with its vector or not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lens_indexes.deleting import delete_rows, in_sql, quoted
from lens_indexes.errors import EncoderMismatch
from lens_indexes.failures import told_clearly
from lens_indexes.filters import Condition, columns_of, fits
from lens_indexes.maintenance import KEPT_BY_RUNS, compact
from lens_indexes.schema import (
    DEFAULT_KEY,
    PREVIOUS_KEY,
    EncoderColumn,
    KnownPhoto,
    Measures,
    PhotoRow,
    as_arrow,
    completed,
    photo_schema,
    vector_array,
)

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_ONCE = 10_000
FRAGMENTS_WORTH_JOINING = 16
MEASURED = "perceptual_hash"  # has a value where the photo was measured
SIDECAR = "sidecar_mtime_ns"


class Photos:
    """The table of photos."""

    def __init__(self, uri: str, table: Any) -> None:
        self._uri = uri
        self.table = table
        """As LanceDB has it."""

    def encoders(self) -> list[EncoderColumn]:
        """The vector columns, in the order in which they were added."""
        found = (EncoderColumn.of(field) for field in self.table.schema)
        return [column for column in found if column]

    def bound(self) -> list[str]:
        """The names of the encoders that have a column."""
        return [column.name for column in self.encoders()]

    def default(self) -> str | None:
        """Name of the encoder that searches use: the one that was chosen, else the first; None if there is none."""
        names = [column.name for column in self.encoders()]
        chosen = self._chosen()
        return chosen if chosen in names else next(iter(names), None)

    def lost_default(self) -> str | None:
        """Name of the encoder that was chosen as the default and has no column; None if all is well."""
        chosen = self._chosen()
        return chosen if chosen and chosen not in {column.name for column in self.encoders()} else None

    def previous(self) -> str | None:
        """Name of the encoder that was the default before it was changed; None if there is none, or it was dropped."""
        name = self._kept(PREVIOUS_KEY)
        return name if name in self.bound() and name != self.default() else None

    def _chosen(self) -> str:
        """Name of the encoder that was chosen as the default; empty if none was."""
        return self._kept(DEFAULT_KEY)

    def _kept(self, key: str) -> str:
        metadata: dict[bytes, bytes] = self.table.schema.field("id").metadata or {}
        return metadata.get(key.encode(), b"").decode()

    def set_default(self, name: str) -> None:
        """Choose the encoder that searches use; the one before is remembered.

        Raises:
            EncoderMismatch: there is none of that name.
        """
        self._named(name)
        before = self.default()
        self._keep({DEFAULT_KEY: name, PREVIOUS_KEY: before if before != name else self._kept(PREVIOUS_KEY)})

    def unset_default(self) -> None:
        """Let searches use the first encoder."""
        self._keep({DEFAULT_KEY: None})

    def _keep(self, metadata: dict[str, str | None]) -> None:
        with told_clearly(self._uri):
            self.table.update_field_metadata({"path": "id", "metadata": metadata})

    def drop(self, name: str) -> None:
        """Remove the column of an encoder with all its vectors.

        Raises:
            EncoderMismatch: there is none of that name, or no other.
        """
        column = self._named(name)
        if len(self.encoders()) == 1:
            raise EncoderMismatch(f"{name} is the only encoder of {self._uri}: add another before it is dropped.")
        if self._chosen() == name:
            self.unset_default()
        with told_clearly(self._uri):
            self.table.drop_columns([column.column])

    def _named(self, name: str) -> EncoderColumn:
        for column in self.encoders():
            if column.name == name:
                return column
        names = ", ".join(column.name for column in self.encoders()) or "none yet"
        raise EncoderMismatch(f"The index {self._uri} has no vectors of {name} (it has: {names}).")

    def bind(self, encoder: EncoderColumn) -> None:
        """Make sure that `encoder` has its column.

        Raises:
            EncoderMismatch: a column of that name was filled by another model or revision.
        """
        import pyarrow as pa

        if self._bound(encoder) is None:
            with told_clearly(self._uri):
                self.table.add_columns(pa.schema([encoder.field()]))

    def check(self, encoder: EncoderColumn) -> None:
        """Make sure that vectors of `encoder` may be compared with those in its column.

        Raises:
            EncoderMismatch: it has no column, or another model or revision filled it.
        """
        if self._bound(encoder) is None:
            names = ", ".join(column.name for column in self.encoders()) or "none yet"
            raise EncoderMismatch(
                f"The index {self._uri} has no vectors of {encoder.name} (it has: {names}). "
                f"Add them: lens index FOLDER --encoder {encoder.name}"
            )

    def _bound(self, encoder: EncoderColumn) -> EncoderColumn | None:
        """The column of this encoder; None if there is none of that name."""
        bound = next((column for column in self.encoders() if column.column == encoder.column), None)
        if bound and bound != encoder:
            raise EncoderMismatch(
                f"The vectors of {bound.name} in {self._uri} were made by {bound.model} at revision "
                f"{bound.revision[:12]}; this Lens has revision {encoder.revision[:12]}. They cannot be mixed: "
                "index into a new place with --index, or use the Lens that made them."
            )
        return bound

    def each(self, encoders: Sequence[EncoderColumn] = ()) -> Iterator[KnownPhoto]:
        """Every photo in the table, with which of `encoders` it has vectors of, read as it is asked for."""
        names = ["id", "root", "path", "size", "mtime_ns", "content_hash", "missing"]
        bound = [encoder.column for encoder in encoders if self._bound(encoder)]
        columns = {name: name for name in names} | {f"has_{column}": f"{column} IS NOT NULL" for column in bound}
        if MEASURED in self.table.schema.names:
            columns["measured"] = f"{MEASURED} IS NOT NULL"
        if SIDECAR in self.table.schema.names:
            columns[SIDECAR] = SIDECAR
        with told_clearly(self._uri):
            for batch in self.table.search().select(columns).to_batches(ROWS_AT_ONCE):
                for row in batch.to_pylist():
                    encoded = frozenset(column for column in bound if row[f"has_{column}"])
                    known = {name: row[name] for name in names}
                    yield KnownPhoto(
                        **known,
                        encoded=encoded,
                        measured=bool(row.get("measured")),
                        sidecar_mtime_ns=row.get(SIDECAR) or 0,
                    )

    def places(self) -> list[tuple[str, str, str]]:
        """Id, root and path of every photo."""
        with told_clearly(self._uri):
            rows = self.table.search().select(["id", "root", "path"]).to_arrow()
        return list(zip(*(rows[name].to_pylist() for name in ("id", "root", "path")), strict=True))

    def get(self, ids: Collection[str]) -> list[PhotoRow]:
        """The photos with these ids, in their order; those that are not there are left out."""
        named = [field.name for field in fields(PhotoRow)]
        found: dict[str, PhotoRow] = {}
        for some in in_sql(ids):
            with told_clearly(self._uri):
                held = [name for name in named if name in self.table.schema.names]
                rows = self.table.search().where(f"id IN ({some})").select(held).to_arrow()
            for row in completed(rows, named).select(named).to_pylist():
                found[row["id"]] = PhotoRow(**row | {"keywords": tuple(row["keywords"] or ())})
        return [found[id_] for id_ in ids if id_ in found]

    def matching(self, condition: Condition, columns: Sequence[str] = ()) -> pa.Table:
        """The id, and these columns, of every photo that meets a condition; missing ones are left out."""
        named = sorted({"id", *columns} | columns_of(condition))
        with told_clearly(self._uri):
            held = [name for name in named if name in self.table.schema.names]
            rows = self.table.search().where("missing = false").select(held).to_arrow()
        rows = completed(rows, named)
        return rows.filter(fits(condition, rows)).select(["id", *columns])

    def add(self, rows: list[PhotoRow], vectors: Mapping[EncoderColumn, NDArray[np.float32]]) -> None:
        """Append photos with their vectors, (n, dim) for each encoder."""
        if rows:
            with told_clearly(self._uri):
                self.table.add(with_vectors(rows, vectors))

    def replace(self, rows: list[PhotoRow], vectors: Mapping[EncoderColumn, NDArray[np.float32]]) -> None:
        """Put changed photos in the place of what their ids held; vectors of other encoders are emptied."""
        import pyarrow as pa

        if not rows:
            return
        table = with_vectors(rows, vectors)
        for other in self.encoders():
            if other not in vectors:
                table = table.append_column(other.field(), pa.nulls(len(rows), other.field().type))
        self._merge(table)

    def add_vectors(self, ids: list[str], encoder: EncoderColumn, vectors: NDArray[np.float32]) -> None:
        """Fill the column of `encoder` for photos already in the table."""
        import pyarrow as pa

        if ids:
            self._merge(pa.table({"id": ids, encoder.column: vector_array(vectors)}))

    def facts(self, names: Sequence[str]) -> dict[str, list[Any]]:
        """These columns of all photos that are not missing, None where an older index has no such column."""
        there = [name for name in names if name in self.table.schema.names]
        with told_clearly(self._uri):
            rows = self.table.search().where("missing = false").select(there).to_arrow()
        empty = [None] * len(rows)
        return {name: rows[name].to_pylist() if name in there else empty for name in names}

    def change(self, rows: Mapping[str, list[Any]]) -> None:
        """Set columns, by name, of the photos whose ids are in the column `id`."""
        import pyarrow as pa

        if rows["id"]:
            schema = photo_schema()
            self._merge(pa.table(dict(rows), schema=pa.schema([schema.field(name) for name in rows])))

    def set_measures(self, measured: Mapping[str, Measures]) -> None:
        """Store what was measured on photos, by id."""
        names = [field.name for field in fields(Measures)]
        columns = {name: [getattr(each, name) for each in measured.values()] for name in names}
        self.change({"id": list(measured)} | columns)

    def empty_vectors(self, ids: Collection[str], encoder: EncoderColumn) -> None:
        """Take away vectors of `encoder`, so that the next index run fills them."""
        import pyarrow as pa

        if ids:
            self._merge(pa.table({"id": list(ids), encoder.column: pa.nulls(len(ids), encoder.field().type)}))

    def relocate(self, photos: list[KnownPhoto]) -> None:
        """Take over where unchanged photos now lie, with size and time; none of them is missing any longer."""
        import pyarrow as pa

        if photos:
            names = ["id", "root", "path", "size", "mtime_ns", SIDECAR]
            columns = {name: [getattr(photo, name) for photo in photos] for name in names}
            self._merge(pa.table(columns | {"missing": [False] * len(photos)}))

    def mark_missing(self, ids: Collection[str]) -> None:
        """Hide photos from search whose file is gone; everything known of them is kept."""
        import pyarrow as pa

        if ids:
            self._merge(pa.table({"id": list(ids), "missing": [True] * len(ids)}))

    def delete(self, ids: Collection[str]) -> None:
        """Drop rows for good."""
        with told_clearly(self._uri):
            delete_rows(self.table, ids)

    def count(self, *, missing: bool) -> int:
        """How many photos are there, or are missing."""
        with told_clearly(self._uri):
            return int(self.table.count_rows(f"missing = {str(missing).lower()}"))

    def of_root(self, root: str, *, missing: bool) -> int:
        """How many photos below the root of this name are there, or are missing."""
        with told_clearly(self._uri):
            return int(self.table.count_rows(f"root IN ({quoted([root])}) AND missing = {str(missing).lower()}"))

    def encoded(self, encoder: EncoderColumn) -> int:
        """How many photos, missing ones left out, have a vector of `encoder`."""
        with told_clearly(self._uri):
            return int(self.table.count_rows(f"missing = false AND {encoder.column} IS NOT NULL"))

    def join_fragments(self) -> None:
        """Join the many small files that many commits leave, once there are enough of them to slow reading down."""
        with told_clearly(self._uri):
            if self.table.stats()["fragment_stats"]["num_fragments"] >= FRAGMENTS_WORTH_JOINING:
                compact(self.table, KEPT_BY_RUNS)

    def _merge(self, table: Any) -> None:
        """Update the rows whose ids are in `table`, in the columns that it has.

        LanceDB takes an empty vector for a bad one, which by default it refuses; none that is not finite comes so far.
        """
        with told_clearly(self._uri):
            self.table.merge_insert("id").when_matched_update_all().execute(table, on_bad_vectors="null")


def with_vectors(rows: list[PhotoRow], vectors: Mapping[EncoderColumn, NDArray[np.float32]]) -> pa.Table:
    """Photos as Arrow has them, with the (n, dim) vectors of each encoder in its column."""
    table = as_arrow(rows, photo_schema())
    for encoder, block in vectors.items():
        table = table.append_column(encoder.field(), vector_array(block))
    return table

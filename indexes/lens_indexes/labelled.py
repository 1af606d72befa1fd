"""The table of what was looked through for regions; made when the first photo is put in."""

from __future__ import annotations

from collections.abc import Sequence

from lens_indexes.extras import Extra
from lens_indexes.filters import OneOf, fits
from lens_indexes.region_row import LabelledRow, labelled_schema

__all__ = ["Labelled"]


class Labelled(Extra):
    """Which photos were looked through, by which labelling, also where nothing was found."""

    name = "labelled"

    def add(self, rows: Sequence[LabelledRow]) -> None:
        """Append photos."""
        import pyarrow as pa

        if rows:
            columns = {name: [getattr(row, name) for row in rows] for name in labelled_schema().names}
            self._insert(pa.table(columns, schema=labelled_schema()))

    def done(self, run: str) -> dict[str, str]:
        """The photos that a labelling has looked through: the content hash each had, by id. Failures are left out."""
        rows = self.rows_of(run)
        return {row.id: row.content_hash for row in rows if row.reason is None}

    def rows_of(self, run: str) -> list[LabelledRow]:
        """What a labelling has to say of each photo, the last word of each."""
        rows = self.rows()
        found = rows.filter(fits(OneOf("run", (run,)), rows)).sort_by("at").to_pylist()
        return list({row["id"]: LabelledRow(**row) for row in found}.values())

    def looked_at(self, source: str) -> frozenset[str]:
        """The ids of the photos that any labelling of a source has looked through."""
        rows = self.rows()
        found = rows.filter(fits(OneOf("source", (source,)), rows)).to_pylist()
        return frozenset(row["id"] for row in found if row["reason"] is None)

    def source_of(self, run: str) -> str | None:
        """The source that a labelling has filled; None if it has not looked at anything."""
        rows = self.rows_of(run)
        return rows[0].source if rows else None

    def by_source(self) -> dict[str, tuple[int, int]]:
        """For each source how many photos were looked through, and how many could not be."""
        import pyarrow.compute as pc

        rows = self.rows()
        found = {}
        for source in pc.unique(rows["source"]).to_pylist():
            some = rows.filter(fits(OneOf("source", (source,)), rows)).sort_by("at")
            reasons = dict(zip(some["id"].to_pylist(), some["reason"].to_pylist(), strict=True))
            failed = sum(reason is not None for reason in reasons.values())
            found[source] = (len(reasons) - failed, failed)
        return found

    def failures(self, source: str) -> dict[str, str]:
        """Why photos could not be looked through for a source, by their ids."""
        rows = self.rows()
        found = rows.filter(fits(OneOf("source", (source,)), rows)).sort_by("at").to_pylist()
        last = {row["id"]: row["reason"] for row in found}
        return {id_: reason for id_, reason in last.items() if reason is not None}

    def rename_source(self, old: str, new: str) -> None:
        """Call a source otherwise, or add it to another."""
        import pyarrow as pa
        import pyarrow.compute as pc

        rows = self.rows()
        its = pa.array(fits(OneOf("source", (old,)), rows))
        if pc.any(its).as_py():
            place = rows.schema.get_field_index("source")
            self.write(rows.set_column(place, rows.schema.field(place), pc.if_else(its, new, rows["source"])))

    def forget_source(self, source: str) -> None:
        """Remove all rows of a source, so that its labelling looks through every photo again."""
        self._keep(lambda rows: ~fits(OneOf("source", (source,)), rows))

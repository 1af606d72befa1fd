"""Tables that an index has only once something is put into them: saved queries, albums, imported columns, regions …

Saved queries, albums and imported columns are small beside the photos, so each change writes their table anew, in one
commit; no name of a user ever becomes SQL. Regions and tags, which may be many, have modules of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from lens_indexes.deleting import delete_rows
from lens_indexes.failures import told_clearly
from lens_indexes.filters import Condition, Mask, fits
from lens_indexes.maintenance import KEPT_BY_RUNS, compact
from lens_indexes.places import never_finished
from lens_indexes.region_row import labelled_schema, region_schema
from lens_indexes.shard_row import shard_schema
from lens_indexes.tag_row import probe_schema, tag_schema, taught_schema

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["EXTRAS", "Albums", "Categories", "Category", "Extra", "HiddenSources", "Meta", "Saved"]

FRAGMENTS_WORTH_JOINING = 64


def saved_schema() -> pa.Schema:
    """Columns of `saved`: queries by name."""
    import pyarrow as pa

    return pa.schema([("name", pa.string()), ("query", pa.string()), ("saved_at", pa.timestamp("us", tz="UTC"))])


def album_schema() -> pa.Schema:
    """Columns of `albums`: one row for each photo in each album, in the order in which they were added."""
    import pyarrow as pa

    return pa.schema([("name", pa.string()), ("id", pa.string()), ("added_at", pa.timestamp("us", tz="UTC"))])


def meta_schema() -> pa.Schema:
    """Columns of `meta`: one row for each photo and imported column, its value as what it is."""
    import pyarrow as pa

    values = [("text", pa.string()), ("number", pa.float64()), ("moment", pa.timestamp("us"))]
    return pa.schema([("name", pa.string()), ("id", pa.string()), *values])


def category_schema() -> pa.Schema:
    """Columns of `categories`: the number and the parent of each name that regions have."""
    import pyarrow as pa

    return pa.schema([("name", pa.string()), ("number", pa.int64()), ("parent", pa.string())])


def edit_schema() -> pa.Schema:
    """Columns of `edits`: what was done to regions, each in one go."""
    import pyarrow as pa

    facts = [("id", pa.string()), ("number", pa.int64()), ("at", pa.timestamp("us", tz="UTC")), ("what", pa.string())]
    return pa.schema([*facts, ("regions", pa.int64()), ("state", pa.string())])


def edited_schema() -> pa.Schema:
    """Columns of `edited`: what each edit did to each region, its facts before and after as JSON."""
    import pyarrow as pa

    return pa.schema([(name, pa.string()) for name in ("edit", "region", "photo", "before", "after")])


def hidden_schema() -> pa.Schema:
    """Columns of `hidden`: names of sources."""
    import pyarrow as pa

    return pa.schema([("name", pa.string())])


Value: TypeAlias = tuple[str | None, float | None, datetime | None]
"""Text, number and moment, of which one is known."""

EXTRAS: dict[str, Callable[[], Any]] = {
    "saved": saved_schema,
    "albums": album_schema,
    "meta": meta_schema,
    "regions": region_schema,
    "labelled": labelled_schema,
    "tags": tag_schema,
    "taught": taught_schema,
    "probes": probe_schema,
    "categories": category_schema,
    "edits": edit_schema,
    "edited": edited_schema,
    "hidden": hidden_schema,
    "shards": shard_schema,
}


class Extra:
    """One such table.

    Args:
        uri: of the index.
        database: as LanceDB has it.
    """

    name: str

    def __init__(self, uri: str, database: Any) -> None:
        self._uri, self._database = uri, database

    def table(self) -> Any | None:
        """As LanceDB has it; None if nothing was ever put into it."""
        with told_clearly(self._uri):
            there = self.name in self._database.list_tables().tables and not never_finished(self._uri, self.name)
            return self._database.open_table(self.name) if there else None

    def make(self, schema: pa.Schema | None = None) -> Any:
        """The table, made empty where there is none, so that one whose making was interrupted can be told."""
        table = self.table()
        if table is None:
            with told_clearly(self._uri):
                begun = self.name in self._database.list_tables().tables
                schema = EXTRAS[self.name]() if schema is None else schema
                mode = "overwrite" if begun else "create"
                table = self._database.create_table(self.name, schema=schema, mode=mode)
        return table

    def rows(self) -> pa.Table:
        """All of it."""
        return self.read(None)

    def read(self, columns: Sequence[str] | None) -> pa.Table:
        """Some columns of all rows, or all of them."""
        table = self.table()
        if table is None:
            empty = EXTRAS[self.name]().empty_table()
            return empty if columns is None else empty.select(columns)
        asked = table.search()
        with told_clearly(self._uri):
            return (asked if columns is None else asked.select(list(columns))).to_arrow()

    def write(self, rows: pa.Table) -> None:
        """Put these rows in the place of all there are."""
        table = self.make()
        with told_clearly(self._uri):
            table.add(rows, mode="overwrite")

    def _insert(self, rows: pa.Table) -> None:
        """Append rows, in one commit."""
        table = self.make()
        with told_clearly(self._uri):
            table.add(rows)

    def delete_where(self, column: str, ids: Collection[str]) -> None:
        """Remove the rows whose column has one of these ids of ours."""
        table = self.table()
        if ids and table is not None:
            with told_clearly(self._uri):
                delete_rows(table, ids, column)

    def merge(self, rows: pa.Table) -> None:
        """Put some columns of rows, found by their `id`, in the place of what these hold; others are passed over."""
        table = self.table()
        if len(rows) and table is not None:
            with told_clearly(self._uri):
                table.merge_insert("id").when_matched_update_all().execute(rows, on_bad_vectors="null")

    def join_fragments(self, worth: int = FRAGMENTS_WORTH_JOINING) -> None:
        """Join the small files that many commits leave, once there are as many as that."""
        table = self.table()
        with told_clearly(self._uri):
            if table is not None and table.stats()["fragment_stats"]["num_fragments"] >= worth:
                compact(table, KEPT_BY_RUNS)

    def names(self) -> dict[str, int]:
        """The names that rows stand under, and how many under each."""
        counted = self.rows().group_by("name").aggregate([("name", "count")])
        return dict(sorted(zip(counted["name"].to_pylist(), counted["name_count"].to_pylist(), strict=True)))

    def drop(self, name: str) -> None:
        """Remove all rows under a name."""
        self._keep(lambda rows: ~_equal(rows, "name", [name]))

    def forget(self, ids: Collection[str]) -> None:
        """Remove all rows of photos."""
        if ids and self.table() is not None:
            self._keep(lambda rows: ~_equal(rows, "id", ids))

    def _keep(self, which: Callable[[pa.Table], Mask]) -> None:
        rows = self.rows()
        kept = rows.filter(which(rows))
        if len(kept) < len(rows):
            self.write(kept)

    def _append(self, columns: dict[str, Any], kept: pa.Table) -> None:
        import pyarrow as pa

        self.write(pa.concat_tables([kept, pa.table(columns, schema=EXTRAS[self.name]())]))


class Saved(Extra):
    """Saved queries."""

    name = "saved"

    def all(self) -> dict[str, str]:
        """Queries by name."""
        rows = self.rows()
        return dict(sorted(zip(rows["name"].to_pylist(), rows["query"].to_pylist(), strict=True)))

    def add(self, name: str, query: str) -> None:
        """Save a query, in the place of what was saved under that name."""
        rows = self.rows()
        columns = {"name": [name], "query": [query], "saved_at": [datetime.now(UTC)]}
        self._append(columns, rows.filter(~_equal(rows, "name", [name])))


class Albums(Extra):
    """Named lists of photos."""

    name = "albums"

    def ids(self, name: str) -> list[str]:
        """The photos of an album, in the order in which they were added."""
        rows = self.rows()
        found: list[str] = rows.filter(_equal(rows, "name", [name]))["id"].to_pylist()
        return found

    def add(self, name: str, ids: Collection[str]) -> list[str]:
        """Put photos into an album, each once: those that are new to it."""
        rows = self.rows()
        held = set(self.ids(name))
        new = [id_ for id_ in dict.fromkeys(ids) if id_ not in held]
        if new:
            count = len(new)
            self._append({"name": [name] * count, "id": new, "added_at": [datetime.now(UTC)] * count}, rows)
        return new

    def take(self, name: str, ids: Collection[str]) -> None:
        """Take photos out of an album."""
        self._keep(lambda rows: ~(_equal(rows, "name", [name]) & _equal(rows, "id", ids)))


class Meta(Extra):
    """Columns that were imported."""

    name = "meta"

    def ids(self, name: str, condition: Condition) -> list[str]:
        """The photos whose value meets a condition on `text`, `number` or `moment`."""
        rows = self.rows()
        found: list[str] = rows.filter(_equal(rows, "name", [name]) & fits(condition, rows))["id"].to_pylist()
        return found

    def put(self, columns: Mapping[str, Mapping[str, Value]]) -> None:
        """Set values by column and by the ids of photos; those of other photos and columns stay."""
        rows = self.rows()
        kept = np.ones(len(rows), bool)
        for name, values in columns.items():
            kept &= ~(_equal(rows, "name", [name]) & _equal(rows, "id", values))
        new = [(name, id_, *value) for name, values in columns.items() for id_, value in values.items()]
        names = EXTRAS[self.name]().names
        self._append({name: [each[at] for each in new] for at, name in enumerate(names)}, rows.filter(kept))


@dataclass(frozen=True)
class Category:
    """What regions are called, as other programs know it."""

    name: str
    number: int
    """The same in every export, from the first on; COCO's id."""
    parent: str | None = None
    """What it is a kind of: COCO's supercategory."""


class Categories(Extra):
    """The numbers of categories."""

    name = "categories"

    def all(self) -> dict[str, Category]:
        """Every category by name, in the order of their numbers."""
        return {row["name"]: Category(**row) for row in self.rows().sort_by("number").to_pylist()}

    def numbered(self, names: Collection[str]) -> dict[str, Category]:
        """The categories of these names, by name, in the order of their numbers; a new name gets the next number."""
        known = self.all()
        new = sorted(set(names) - set(known))
        first = max((each.number for each in known.values()), default=0) + 1
        self.put([Category(name, number) for number, name in enumerate(new, first)])
        return {name: each for name, each in self.all().items() if name in names}

    def put(self, categories: Sequence[Category]) -> None:
        """Write down categories whose names and numbers are free."""
        if categories:
            columns = {name: [getattr(each, name) for each in categories] for name in EXTRAS[self.name]().names}
            self._append(columns, self.rows())


class HiddenSources(Extra):
    """The names of sources of regions that are not shown."""

    name = "hidden"

    def set(self, name: str, *, hidden: bool) -> None:
        """Hide a source, or show it."""
        if hidden != (name in self.names()):
            if hidden:
                self._append({"name": [name]}, self.rows())
            else:
                self.drop(name)


def _equal(rows: pa.Table, column: str, values: Collection[str]) -> Mask:
    import pyarrow as pa
    import pyarrow.compute as pc

    mask: Mask = pc.is_in(rows[column], value_set=pa.array(list(values), pa.string())).to_numpy()
    return mask

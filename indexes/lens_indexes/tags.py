"""The tables of tags: what photos were found to show, by which vocabulary and model, and what was taught by examples.

What the photos' own files say stays apart, in the column `keywords` of the table of photos.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from itertools import chain, groupby, islice
from typing import Any

import numpy as np

from lens_indexes.deleting import delete_rows, in_sql
from lens_indexes.extras import Extra
from lens_indexes.facts import columns_of_table
from lens_indexes.failures import told_clearly
from lens_indexes.filters import OneOf, fits
from lens_indexes.side_tables import SideRows, tagged
from lens_indexes.tag_row import NOTHING, ProbeRow, TagRow, TagSet, tag_schema

__all__ = ["Probes", "Tags", "Taught"]

FRAGMENTS_WORTH_JOINING = 64
PHOTOS_AT_ONCE = 2000  # between two commits


class Tags(Extra):
    """The tags of all photos."""

    name = "tags"

    def put(self, run: str, vocabulary: str, model: str, rows: Iterable[TagRow]) -> None:
        """Put rows in the place of what the same vocabulary and model said of the same photos before.

        A photo is put wholly or not at all; 2,000 are committed at a time.

        Args:
            run: 32 hexadecimal digits that name the vocabulary, the model and all else that decides the tags.
            vocabulary: by its name.
            model: what made the vectors, or was taught.
            rows: at least one for each photo, which is `NOTHING` where nothing fits; those of a photo side by side.
        """
        [of_runs] = in_sql(sorted({run, *self._runs(vocabulary, model)}))
        same = {"run": run, "vocabulary": vocabulary, "model": model}
        of_photos = (list(its) for _, its in groupby(rows, key=lambda row: row.id))
        while some := list(chain.from_iterable(islice(of_photos, PHOTOS_AT_ONCE))):
            self._put(some, same, of_runs)

    def _put(self, rows: Sequence[TagRow], same: Mapping[str, str], of_runs: str) -> None:
        """Put rows in the place of what runs said of their photos, in one commit; `same` is alike in all rows."""
        import pyarrow as pa

        columns: dict[str, Any] = {field.name: [getattr(row, field.name) for row in rows] for field in fields(TagRow)}
        alike: dict[str, Any] = {**same, "at": datetime.now(UTC)}
        columns |= {name: [value] * len(rows) for name, value in alike.items()}
        table = self.make()
        new = pa.table(columns, schema=tag_schema())
        with told_clearly(self._uri):
            [photos] = in_sql(sorted({row.id for row in rows}))
            merge = table.merge_insert(["id", "run", "tag"]).when_matched_update_all().when_not_matched_insert_all()
            merge.when_not_matched_by_source_delete(f"run IN ({of_runs}) AND id IN ({photos})").execute(new)

    def of_run(self, run: str) -> dict[str, list[TagRow]]:
        """What a run said of each photo that it has looked at, by id."""
        names = [field.name for field in fields(TagRow)]
        rows = self.read([*names, "run"])
        found: dict[str, list[TagRow]] = {}
        for row in rows.filter(fits(OneOf("run", (run,)), rows)).select(names).to_pylist():
            found.setdefault(row["id"], []).append(TagRow(**row))
        return found

    def photos(self, tag: str) -> frozenset[str]:
        """The ids of the photos that have a tag, in capitals or not; of one that was taught, only what was learned."""
        return tagged(SideRows(columns_of_table(self.read(["id", "tag", "vocabulary"]))), tag)

    def of_photos(self, photos: Collection[str]) -> dict[str, list[str]]:
        """The tags of photos by id, from all vocabularies, each tag once; photos without any are left out."""
        rows = self.read(["id", "tag"])
        held = rows.filter(fits(OneOf("id", tuple(photos)), rows))
        found: dict[str, list[str]] = {}
        for id_, tag in zip(held["id"].to_pylist(), held["tag"].to_pylist(), strict=True):
            if tag != NOTHING and tag not in found.setdefault(id_, []):
                found[id_].append(tag)
        return found

    def scored(self, photo: str) -> list[tuple[str, float, str]]:
        """The tags of one photo: tag, score and vocabulary."""
        table = self.table()
        if table is None:
            return []
        [wanted] = in_sql([photo])
        with told_clearly(self._uri):
            rows = table.search().where(f"id IN ({wanted})").select(["tag", "score", "vocabulary"]).to_arrow()
        found = ((row["tag"], row["score"], row["vocabulary"]) for row in rows.to_pylist())
        return [row for row in found if row[0] != NOTHING]

    def sets(self) -> list[TagSet]:
        """What each vocabulary and model said, in the order of their names."""
        held: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in self.read(["id", "tag", "vocabulary", "model"]).to_pylist():
            held.setdefault((row["vocabulary"], row["model"]), []).append(row)
        sets = []
        for (vocabulary, model), rows in sorted(held.items()):
            counts: dict[str, int] = {}
            for row in rows:
                if row["tag"] != NOTHING:
                    counts[row["tag"]] = counts.get(row["tag"], 0) + 1
            sets.append(TagSet(vocabulary, model, len({row["id"] for row in rows}), dict(sorted(counts.items()))))
        return sets

    def drop(self, name: str) -> None:
        """Remove all that a vocabulary said."""
        self._keep(lambda rows: ~fits(OneOf("vocabulary", (name,)), rows))

    def drop_tag(self, vocabulary: str, tag: str) -> None:
        """Remove one tag of a vocabulary."""
        self._keep(lambda rows: ~(fits(OneOf("vocabulary", (vocabulary,)), rows) & fits(OneOf("tag", (tag,)), rows)))

    def forget(self, ids: Collection[str]) -> None:
        """Remove all tags of photos."""
        table = self.table()
        if ids and table is not None:
            with told_clearly(self._uri):
                delete_rows(table, ids)

    def _runs(self, vocabulary: str, model: str) -> list[str]:
        """The runs of a vocabulary and a model: one for each way in which it was asked."""
        import pyarrow.compute as pc

        rows = self.read(["run", "vocabulary", "model"])
        its = fits(OneOf("vocabulary", (vocabulary,)), rows) & fits(OneOf("model", (model,)), rows)
        found: list[str] = pc.unique(rows.filter(its)["run"]).to_pylist()
        return found


class Taught(Extra):
    """The photos that were shown as examples of tags."""

    name = "taught"

    def of(self, tag: str) -> dict[str, bool]:
        """By the id of each example whether it shows the tag, in the order in which they were given."""
        rows = self.rows()
        held = rows.filter(fits(OneOf("name", (tag,)), rows))
        return dict(zip(held["id"].to_pylist(), held["shows"].to_pylist(), strict=True))

    def put(self, tag: str, examples: Mapping[str, bool]) -> None:
        """Write down of photos, by id, whether they show a tag; the last word counts."""
        rows = self.rows()
        kept = rows.filter(~(fits(OneOf("name", (tag,)), rows) & fits(OneOf("id", tuple(examples)), rows)))
        count, now = len(examples), datetime.now(UTC)
        columns = {"name": [tag] * count, "id": list(examples), "shows": list(examples.values()), "at": [now] * count}
        self._append(columns, kept)

    def take(self, tag: str, ids: Collection[str]) -> None:
        """Forget what was said of photos about one tag."""
        self._keep(lambda rows: ~(fits(OneOf("name", (tag,)), rows) & fits(OneOf("id", tuple(ids)), rows)))


class Probes(Extra):
    """What was learned from them."""

    name = "probes"

    def all(self, encoder: str) -> dict[str, ProbeRow]:
        """By tag what was learned on the vectors of one encoder, which is given as name and revision."""
        rows = self.rows()
        held = rows.filter(fits(OneOf("encoder", (encoder,)), rows)).to_pylist()
        return {
            row["name"]: ProbeRow(row["name"], encoder, np.array(row["weights"], np.float32), row["bias"], row["facts"])
            for row in held
        }

    def put(self, probe: ProbeRow) -> None:
        """Store what was learned, in the place of what was learned of that tag on that encoder's vectors before."""
        rows = self.rows()
        kept = rows.filter(~(fits(OneOf("name", (probe.tag,)), rows) & fits(OneOf("encoder", (probe.encoder,)), rows)))
        columns = {
            "name": [probe.tag],
            "encoder": [probe.encoder],
            "weights": [probe.weights.tolist()],
            "bias": [probe.bias],
            "facts": [probe.facts],
        }
        self._append(columns, kept)

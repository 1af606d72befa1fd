"""How far the shards of a run on many machines are, told by whoever works on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lens_indexes.deleting import in_sql
from lens_indexes.extras import Extra
from lens_indexes.failures import told_clearly
from lens_indexes.shard_row import ShardNews, ShardState, shard_schema

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Shards"]


class Shards(Extra):
    """What was told of each shard of the last run, each time one row more, so that many may tell at once."""

    name = "shards"

    def begin(self, shards: Sequence[tuple[str, int]]) -> None:
        """Forget earlier runs, and take down which shards, by id, wait with how many photos."""
        self.write(_rows((id_, ShardState.WAITING, photos, "", "") for id_, photos in shards))

    def tell(self, shard: str, state: ShardState, photos: int, node: str, reason: str = "") -> None:
        """Take down what became of a shard."""
        self._insert(_rows([(shard, state, photos, node, reason)]))

    def begun(self, shard: str, state: ShardState) -> int:
        """How often a shard has come into a state in this run."""
        [id_] = in_sql([shard])
        with told_clearly(self._uri):
            return int(self.make().count_rows(f"shard = {id_} AND state = '{state}'"))

    def latest(self) -> list[ShardNews]:
        """The last that was told of each shard, in the order in which they were begun."""
        states = [state.value for state in ShardState]  # what comes later counts, however the machines' clocks differ
        rows = self.rows().sort_by("at").select(["shard", "state", "photos", "node", "reason"]).to_pylist()
        told = {row["shard"]: row for row in sorted(rows, key=lambda row: states.index(row["state"]))}
        return [ShardNews(**row | {"state": ShardState(row["state"])}) for row in told.values()]

    def counts(self) -> dict[ShardState, int]:
        """How many shards are in each state; empty where no run was on many machines."""
        found = Counter(news.state for news in self.latest())
        return {state: found[state] for state in ShardState} if found else {}


def _rows(rows: Iterable[tuple[Any, ...]]) -> pa.Table:
    import pyarrow as pa

    now = datetime.now(UTC)
    schema = shard_schema()
    return pa.Table.from_pylist([dict(zip(schema.names, (*row, now), strict=True)) for row in rows], schema=schema)

"""One row of `shards`: what was told of a shard of a run on many machines."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ShardNews", "ShardState", "shard_schema"]


class ShardState(StrEnum):
    """What was last told of a shard."""

    WAITING = "waiting"
    READING = "reading"
    """By a worker that does not encode."""
    RUNNING = "running"
    DONE = "done"
    """All of its photos are in the index, or among the skipped ones."""
    FAILED = "failed"
    """None of them is; the next run does it again."""


@dataclass(frozen=True)
class ShardNews:
    """The last that was told of a shard."""

    shard: str
    state: ShardState
    photos: int
    node: str
    """Which machine it was on; empty while it waits."""
    reason: str
    """Why it failed; else empty."""


def shard_schema() -> pa.Schema:
    """Columns of `shards`: one row each time something is told."""
    import pyarrow as pa

    facts = [("shard", pa.string()), ("state", pa.string()), ("photos", pa.int64())]
    return pa.schema([*facts, ("node", pa.string()), ("reason", pa.string()), ("at", pa.timestamp("us", tz="UTC"))])

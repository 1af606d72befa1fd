"""The one writer of an index on an object store, which has no locks that end with a process.

A table of one row says who writes and until when. Taking it is an update of that row where its time is over: of several
that try at once, the store lets one through. Whoever holds it moves the time on; after a crash it runs out. Clocks may
differ by less than `LEASE` minus `RENEWED`.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from lens_indexes.errors import IndexFailure, IndexLocked
from lens_indexes.failures import told_clearly
from lens_indexes.lock import said, whoever

__all__ = ["WRITER_TABLE", "leased"]

log = logging.getLogger(__name__)

WRITER_TABLE = "writer"
LEASE, RENEWED = 120.0, 30.0  # seconds
SECONDS_BETWEEN_TRIES = 1.0
KEPT = timedelta(hours=1)


@contextmanager
def leased(uri: str, database: Any, *, wait: bool | float) -> Iterator[Callable[[], None]]:
    """Hold an index as its one writer; given up by a process that dies at the end of its lease.

    Yields:
        What raises `IndexLocked` once another is known to have taken it.

    Args:
        uri: of the index.
        database: as LanceDB has it.
        wait: until whoever holds it has finished; a number: so many seconds at the most.

    Raises:
        IndexLocked: another process holds it, for longer than is waited; or took it since this one was stopped for
            longer than its lease.
    """
    me, until = uuid.uuid4().hex, None if wait is True else time.monotonic() + float(wait)
    with told_clearly(uri):
        table = _table(database)
        told = False
        while not _take(table, me):
            if until is not None and time.monotonic() >= until:
                raise IndexLocked(
                    f"Another Lens is writing to the index {uri}{_holder(table)}. Run this again when it has finished; "
                    f"`lens index --wait` waits for it. If it was killed, the index is free {LEASE:.0f} s later."
                )
            if not told and until is None:
                log.info(f"Waiting for another Lens that writes to the index {uri}{_holder(table)}.")
                told = True
            time.sleep(SECONDS_BETWEEN_TRIES)
    done = threading.Event()
    renewing = _Renewing(uri, table, me, done)
    renewing.start()

    def still_held() -> None:
        if renewing.lost:
            raise _taken_over(uri)

    try:
        yield still_held
    finally:
        done.set()
        renewing.join()
        with told_clearly(uri):
            held = _update(table, f"holder = '{me}'", {"until": 0.0})
            if renewing.times:
                table.optimize(cleanup_older_than=KEPT)
    if not held:
        raise _taken_over(uri)


def _taken_over(uri: str) -> IndexLocked:
    return IndexLocked(
        f"Another Lens took over {uri}, since this one was stopped or cut off for {LEASE:.0f} s or more. "
        "What it committed is whole: run it again to go on, and `lens verify` looks at the index."
    )


class _Renewing(threading.Thread):
    """Moves the end of a lease on until it is told to stop."""

    def __init__(self, uri: str, table: Any, me: str, done: threading.Event) -> None:
        super().__init__(name="lens-lease", daemon=True)
        self._uri, self._table, self._me, self._done = uri, table, me, done
        self.times = 0
        self.lost = False

    def run(self) -> None:
        while not self._done.wait(RENEWED):
            try:
                with told_clearly(self._uri):
                    self.lost = not _update(self._table, f"holder = '{self._me}'", {"until": time.time() + LEASE})
                self.times += 1
            except IndexFailure as error:  # the store may be back before the lease is over
                log.warning(f"The lease of the index could not be renewed: {error}")


def _take(table: Any, me: str) -> bool:
    now = time.time()
    values = {"holder": me, "until": now + LEASE, "note": whoever()}
    return _update(table, f"until < {now}", values)


def _update(table: Any, where: str, values: dict[str, Any]) -> bool:
    return bool(table.update(where=where, values=values).rows_updated)


def _table(database: Any) -> Any:
    """The table, made by whoever comes first."""
    import pyarrow as pa

    if WRITER_TABLE not in database.list_tables().tables:
        free = pa.table({"holder": [""], "until": [0.0], "note": [""]})
        try:
            return database.create_table(WRITER_TABLE, data=free)
        except ValueError:  # made meanwhile, or the store refuses: which opening it tells
            log.debug("The table of the writer was made by another process.")
    return database.open_table(WRITER_TABLE)


def _holder(table: Any) -> str:
    return said(table.search().to_arrow()["note"][0].as_py())

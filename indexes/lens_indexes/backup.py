"""A copy of an index that is an index itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lens_indexes.connecting import connect
from lens_indexes.errors import IndexFailure, IndexNotWritable
from lens_indexes.failures import told_clearly
from lens_indexes.index import INDEX_FILES, Index
from lens_indexes.lock import LOCK_FILE, locked
from lens_indexes.places import local_folder
from lens_indexes.snapshot import pages, snapshot

if TYPE_CHECKING:
    import pyarrow as pa

Told = Callable[[int, int], None]
ROOM = 1.1  # of what the tables hold now: a copy is packed a little differently


def back_up(index: Index, uri: str, *, force: bool = False, progress: Told = lambda rows, of: None) -> None:
    """Copy an index as it is now, while a run may be going on. It is there whole or not at all.

    Args:
        index: in a local folder.
        uri: a folder that is not there yet, or an empty one.
        force: replace an index that is there; nothing else is ever replaced.
        progress: takes how many rows are copied, and of how many.

    Raises:
        IndexFailure: the index, or what is to be its copy, is not a local folder.
        IndexLocked: another backup to this place is going on.
        IndexNotWritable: there is something at `uri` already, or no room for the copy.
    """
    folder, destination = local_folder(index.uri), local_folder(uri)
    if folder is None or destination is None:
        away = index.uri if folder is None else uri
        raise IndexFailure(f"{away} is not a folder on this machine: use the tools of its object store to copy.")
    _check_destination(folder, destination, force)
    tables = snapshot(index.uri)
    _check_room(tables, destination)
    partial = destination.with_name(f".{destination.name}.partial")
    with told_clearly(f"{index.uri} (while it was copied to {destination})"):
        partial.mkdir(parents=True, exist_ok=True)
        with locked(partial, wait=False):
            _copy(tables, partial, progress)
        (partial / LOCK_FILE).unlink(missing_ok=True)
        _put_in_place(partial, destination)


def _copy(tables: dict[str, Any], partial: Path, progress: Told) -> None:
    import pyarrow as pa

    database = connect(str(partial))
    for name in tables:
        shutil.rmtree(partial / f"{name}.lance", ignore_errors=True)  # of a backup that was killed
    total, copied = sum(table.count_rows() for table in tables.values()), 0

    def batches(table: Any) -> Iterator[pa.RecordBatch]:
        nonlocal copied
        for page in pages(table, table.schema.names):
            yield from page.to_batches()
            copied += page.num_rows
            progress(copied, total)

    try:
        for name, table in tables.items():
            rows = pa.RecordBatchReader.from_batches(table.schema, batches(table))
            # LanceDB takes an empty vector for a bad one; those that are not finite are empty in the copy.
            database.create_table(name, data=rows, schema=table.schema, on_bad_vectors="null")
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)  # so that a full disk is not left full
        raise


def _check_destination(folder: Path, destination: Path, force: bool) -> None:
    where, own = destination.resolve(), folder.resolve()
    if where.is_relative_to(own) or own.is_relative_to(where):
        raise IndexNotWritable(f"{destination} is the index itself, or in or around it: name another place.")
    if not destination.exists():
        return
    if not destination.is_dir():
        raise IndexNotWritable(f"{destination} is a file: name a folder that is not there yet.")
    names = {entry.name for entry in destination.iterdir()}
    if names - INDEX_FILES:
        raise IndexNotWritable(
            f"{destination} holds something other than an index: name a folder that is not there yet."
        )
    if names and not force:
        raise IndexNotWritable(f"{destination} holds an index already: name another place, or replace it with --force.")
    if names:
        with locked(destination, wait=False):
            pass  # nobody writes to what will be replaced


def _check_room(tables: dict[str, Any], destination: Path) -> None:
    needed = int(ROOM * sum(table.stats()["total_bytes"] for table in tables.values()))
    there = next(parent for parent in destination.absolute().parents if parent.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise IndexNotWritable(
            f"No room for the backup at {destination}: it takes some {needed / 1e6:,.1f} MB, "
            f"and {free / 1e6:,.1f} MB are free. Make room, or name a place on another disk."
        )


def _put_in_place(partial: Path, destination: Path) -> None:
    """Rename the finished copy; what it replaces goes only when the copy is in its place."""
    before = destination.with_name(f".{destination.name}.before")
    shutil.rmtree(before, ignore_errors=True)
    if destination.exists():
        destination.rename(before)
    partial.rename(destination)
    shutil.rmtree(before, ignore_errors=True)

"""The one writer of an index: a lock that ends with its process, and a note of who holds it."""

import json
import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from lens_indexes.errors import IndexLocked, IndexNotWritable

log = logging.getLogger(__name__)

LOCK_FILE = ".lens.lock"
HOLDER_FILE = ".lens.writer.json"  # beside the lock, since on Windows a locked file cannot be read
SECONDS_BETWEEN_TRIES = 0.25
SECONDS_OF_PATIENT_TRIES = 0.05  # while somebody waits for an answer
LONGEST_COMMAND = 200


@contextmanager
def locked(folder: Path, *, wait: bool | float) -> Iterator[None]:
    """Hold the index in `folder` as its one writer. Ends by itself when the process does, however that happens.

    Args:
        folder: of the index; it exists.
        wait: until whoever holds it has finished; a number: so many seconds at the most.

    Raises:
        IndexLocked: another process holds it, for longer than is waited; says which one.
        IndexNotWritable: the lock may not be written here.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK_FILE)
    try:
        try:
            lock.acquire(timeout=0 if wait is True else float(wait), poll_interval=SECONDS_OF_PATIENT_TRIES)
        except Timeout:
            if wait is not True:
                raise IndexLocked(
                    f"Another Lens is writing to the index {folder}{_holder(folder)}. Run this again when it has "
                    "finished; `lens index --wait` waits for it."
                ) from None
            log.info(f"Waiting for another Lens that writes to the index {folder}{_holder(folder)}.")
            lock.acquire(poll_interval=SECONDS_BETWEEN_TRIES)
    except OSError as error:
        raise IndexNotWritable(f"The index {folder} may not be written: {error.strerror}.") from error
    try:
        _note(folder)
        yield
    finally:
        with suppress(OSError):
            (folder / HOLDER_FILE).unlink()
        lock.release()


def _note(folder: Path) -> None:
    """Write down who holds the lock. The lock holds without it, so a full disk is left to what has to be written."""
    with suppress(OSError):
        (folder / HOLDER_FILE).unlink(missing_ok=True)  # of one that was killed
        (folder / HOLDER_FILE).write_text(whoever(), encoding="utf-8", errors="backslashreplace")


def _holder(folder: Path) -> str:
    """Who holds the lock, in parentheses; nothing if there is no note."""
    try:
        return said((folder / HOLDER_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""


def whoever() -> str:
    """This process, as a note for those that find the index held."""
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
    holder = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now().astimezone().isoformat(sep=" ", timespec="seconds"),
        "command": " ".join(command.split())[:LONGEST_COMMAND],
    }
    return json.dumps(holder)


def said(note: str) -> str:
    """What such a note says, in parentheses; nothing if it cannot be read."""
    try:
        held = json.loads(note)
        return f" (process {held['pid']} on {held['host']} since {held['since']}: {held['command']})"
    except (ValueError, KeyError, TypeError):
        return ""

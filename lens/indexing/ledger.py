"""What the index knows and what lies in the folders, side by side in a temporary database.

It is SQLite's, in a file that has no name and is gone with the process, so that a run over a million photos takes no
more memory than one over a thousand.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from lens.errors import NoRoom
from lens.photos.scan import FoundPhoto
from lens_indexes import EncoderColumn, Index, KnownPhoto
from lens_indexes.roots import Root

__all__ = ["Ledger", "State", "Work"]

TABLES = """
CREATE TABLE known (place TEXT PRIMARY KEY, id, root, path, size, mtime_ns, content_hash, missing, encoded, measured,
    sidecar, elsewhere);
CREATE INDEX by_content ON known (content_hash);
CREATE TABLE found (number INTEGER PRIMARY KEY, place TEXT UNIQUE, relative, size, mtime_ns, sidecar, state, known);
CREATE TABLE unseen (place TEXT PRIMARY KEY, folded);
CREATE INDEX by_folded ON unseen (folded);
"""
KNOWN = "k.id, k.root, k.path, k.size, k.mtime_ns, k.content_hash, k.missing, k.encoded, k.measured, k.sidecar"
ROWS_AT_ONCE = 1000


class State(IntEnum):
    """What has to be done about a file."""

    WORK = 1
    """It must be read."""
    RETURNED = 2
    """Was missing and is back as it was."""
    UNCHANGED = 3
    STILL_SKIPPED = 4
    """Could not be read the last time, and nothing has changed since."""


@dataclass(frozen=True, slots=True)
class Work:
    """A file that must be read, and the photo that was at its place when the index last looked."""

    found: FoundPhoto
    known: KnownPhoto | None


class Ledger:
    """The index as it was when the run began, by absolute path, and the files that the scan found."""

    def __init__(self) -> None:
        self.roots: dict[str, Root] = {}
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.create_function("folded", 1, str.casefold, deterministic=True)
        self._db.executescript("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;" + TABLES)

    @classmethod
    def of(cls, index: Index, encoders: Sequence[EncoderColumn]) -> "Ledger":
        """Read the index, and which photos have vectors of `encoders`."""
        ledger = cls()
        ledger.roots = index.roots.by_name()
        for row in index.photos.each(encoders):
            place, columns = ledger.place(row.root, row.path), " ".join(row.encoded)
            facts = (
                row.id,
                row.root,
                row.path,
                row.size,
                row.mtime_ns,
                row.content_hash,
                row.missing,
                columns,
                row.measured,
                row.sidecar_mtime_ns,
            )
            ledger._do("INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, FALSE)", place, *facts)
        return ledger

    def place(self, root: str, path: str) -> str:
        """The absolute path of a photo of the index."""
        return str(self.roots[root].absolute(path))

    # What the index knows

    def known(self, place: str) -> KnownPhoto | None:
        """The photo at a place."""
        return next(self._known("FROM known k WHERE k.place = ?", place), None)

    def with_content(self, content_hash: str) -> list[KnownPhoto]:
        """The photos of some content, but those that turned up elsewhere in this run."""
        return list(self._known("FROM known k WHERE k.content_hash = ? AND NOT k.elsewhere", content_hash))

    def unseen_content(self) -> Iterator[str]:
        """The content hashes of photos whose place the scan did not find, be it that it did not look there."""
        sql = "SELECT content_hash FROM known k WHERE NOT EXISTS (SELECT 1 FROM found WHERE found.place = k.place)"
        return (content_hash for (content_hash,) in self._do(sql))

    def turned_up(self, photo: KnownPhoto) -> None:
        """Take down that a photo lies at another place now."""
        self._do("UPDATE known SET elsewhere = TRUE WHERE place = ?", self.place(photo.root, photo.path))

    def held(self) -> Counter[str]:
        """How many photos the index has of each root."""
        return Counter(dict(self._do("SELECT root, count(*) FROM known GROUP BY root")))

    def present(self, below: str) -> int:
        """How many photos that are not missing it has below a folder, which ends in a separator."""
        sql = "SELECT count(*) FROM known WHERE substr(place, 1, ?) = ? AND NOT missing"
        return int(self._row(sql, len(below), below)[0])

    # What the folders hold

    def put(self, found: FoundPhoto, state: State, known: KnownPhoto | None) -> None:
        """Take down a file of the scan, and whether the index knows a photo at its place."""
        place = found.place if known else None
        row = (found.place, found.relative, found.size, found.mtime_ns, found.sidecar_mtime_ns, state, place)
        self._do("INSERT INTO found VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", *row)

    def is_found(self, place: str) -> bool:
        """Whether the scan has named a file before, as below another folder."""
        return self._row("SELECT 1 FROM found WHERE place = ?", place) is not None

    def count(self, state: State) -> int:
        """How many files are in a state."""
        return int(self._row("SELECT count(*) FROM found WHERE state = ?", state)[0])

    def work(self) -> Iterator[Work]:
        """The files that must be read, in the order in which they were found."""
        sql = f"""SELECT f.number, f.place, f.relative, f.size, f.mtime_ns, f.sidecar, {KNOWN}
            FROM found f LEFT JOIN known k ON k.place = f.known
            WHERE f.state = ? AND f.number > ? ORDER BY f.number LIMIT ?"""
        last = 0
        while rows := self._do(sql, State.WORK, last, ROWS_AT_ONCE).fetchall():
            last = rows[-1][0]
            for row in rows:
                yield Work(FoundPhoto(*row[1:6]), _photo(row[6:]) if row[6] else None)

    def sample(self, count: int) -> list[Work]:
        """About so many of the files that must be read, from all over."""
        step = max(1, self.count(State.WORK) // count)
        return [work for number, work in enumerate(self.work()) if number % step == 0]

    def unread(self) -> tuple[int, int]:
        """Of the files that must be read, how many are new at their place and how many are known there."""
        sql = "SELECT count(*) - count(known), count(known) FROM found WHERE state = ?"
        new, known = self._row(sql, State.WORK)
        return new, known

    def returned(self) -> Iterator[KnownPhoto]:
        """The photos that were missing and are back."""
        return self._known("FROM found f JOIN known k ON k.place = f.known WHERE f.state = ?", State.RETURNED)

    # What the folders do not hold any longer

    def compare(self, below: Collection[str], out_of_reach: Collection[str]) -> None:
        """Take down which photos below some folders were not found, but for those below what cannot be looked at.

        Args:
            below: the folders, each with a separator at its end, as are the next.
            out_of_reach: folders in them.
        """
        for folder in below:
            self._do(
                """INSERT OR IGNORE INTO unseen SELECT place, folded(place) FROM known WHERE substr(place, 1, ?) = ?
                AND NOT EXISTS (SELECT 1 FROM found WHERE found.place = known.place)""",
                len(folder),
                folder,
            )
        for folder in out_of_reach:
            self._do("DELETE FROM unseen WHERE substr(place, 1, ?) = ?", len(folder), folder)

    def in_other_case(self) -> list[tuple[int, str, str]]:
        """Files that are new at their place, by number and place, and an unseen photo's that differs in case alone."""
        sql = """SELECT f.number, f.place, u.place FROM found f JOIN unseen u ON u.folded = folded(f.place)
            WHERE f.state = ? AND f.known IS NULL"""
        return self._do(sql, State.WORK).fetchall()

    def recognise(self, number: int, place: str) -> None:
        """Take down that a file that was found is the photo that the index has at another place."""
        self._do("UPDATE found SET known = ? WHERE number = ?", place, number)
        self._do("DELETE FROM unseen WHERE place = ?", place)

    def keep_gone(self, is_gone: Callable[[str], bool]) -> None:
        """Of the photos that were not seen, forget those whose file is there all the same."""
        self._db.create_function("is_gone", 1, is_gone)
        self._do("DELETE FROM unseen WHERE NOT is_gone(place)")

    def gone(self) -> Iterator[KnownPhoto]:
        """The photos whose file is gone, but those that turned up elsewhere in this run."""
        return self._known("FROM unseen u JOIN known k ON k.place = u.place WHERE NOT k.elsewhere")

    def lost(self) -> Counter[str]:
        """How many photos are gone of each root."""
        return Counter(photo.root for photo in self.gone())

    def _known(self, rest: str, *values: object) -> Iterator[KnownPhoto]:
        return map(_photo, self._do(f"SELECT {KNOWN} {rest}", *values))

    def _row(self, sql: str, *values: object) -> Any:
        return self._do(sql, *values).fetchone()

    def _do(self, sql: str, *values: object) -> sqlite3.Cursor:
        try:
            return self._db.execute(sql, values)
        except sqlite3.OperationalError as error:
            raise NoRoom(
                f"The folder for temporary files cannot be written ({error}): free some space there, or set TMPDIR to "
                "another."
            ) from error


def _photo(row: Sequence[Any]) -> KnownPhoto:
    *facts, missing, encoded, measured, sidecar = row
    id_, root, path, size, mtime_ns, content_hash = facts
    done = frozenset(encoded.split())
    return KnownPhoto(id_, root, path, size, mtime_ns, content_hash, bool(missing), done, bool(measured), sidecar)

"""One index: a LanceDB database and its tables."""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lens_indexes.approximate import Approximate, Coverage, build, coverage, drop, worth_it
from lens_indexes.beside import MIRROR_FOLDER, beside, make_room
from lens_indexes.connecting import connect
from lens_indexes.errors import IndexDamaged, IndexLocked, IndexNotFound, IndexNotWritable
from lens_indexes.extras import EXTRAS, Albums, Categories, Extra, HiddenSources, Meta, Saved
from lens_indexes.failures import told_clearly
from lens_indexes.filters import Among
from lens_indexes.history import History
from lens_indexes.labelled import Labelled
from lens_indexes.lease import leased
from lens_indexes.lock import HOLDER_FILE, LOCK_FILE, locked
from lens_indexes.maintenance import KEPT_BY_OPTIMIZE, compact
from lens_indexes.migrations import check_version, migrate
from lens_indexes.mirror import bytes_of_row, open_mirror, write_mirror
from lens_indexes.photos import Photos
from lens_indexes.places import bytes_below, local_folder, never_finished
from lens_indexes.regions import Regions
from lens_indexes.roots import Roots
from lens_indexes.schema import EncoderColumn, photo_schema, root_schema, skipped_schema
from lens_indexes.shards import Shards
from lens_indexes.skipped import Skipped
from lens_indexes.tags import Probes, Tags, Taught
from lens_indexes.vectors import RowsChanged, VectorBlock, read_block

if TYPE_CHECKING:
    import pyarrow as pa

# `photos` last: an index without it is one whose making was interrupted.
SCHEMAS = {"roots": root_schema, "skipped": skipped_schema, "photos": photo_schema}
INDEX_FILES = frozenset({*(f"{name}.lance" for name in [*SCHEMAS, *EXTRAS]), LOCK_FILE, HOLDER_FILE, MIRROR_FOLDER})
IDENTITY = b"lens.identity"  # of the schema of a table
TRIES = 5  # to read the vectors between two commits of another process


class Index:
    """Photos, skipped files and roots of one collection.

    Args:
        uri: a folder, or any URI that Lance opens.
    """

    def __init__(self, uri: str, database: Any) -> None:
        self.uri, self._database = uri, database
        self.beside = beside(uri, lambda: self)
        self._still_held: Callable[[], None] | None = None
        self._blocks: dict[str, tuple[int, VectorBlock]] = {}
        self._approximate: dict[str, tuple[int, Approximate | None]] = {}
        with _opening(uri):
            self.tables = {name: database.open_table(name) for name in SCHEMAS}
            check_version(uri, self.tables["photos"].schema)
        self.photos = Photos(uri, self.tables["photos"])
        self.skipped = Skipped(uri, self.tables["skipped"])
        self.roots = Roots(uri, self.tables["roots"])
        self.saved, self.albums, self.meta = Saved(uri, database), Albums(uri, database), Meta(uri, database)
        self.regions, self.labelled = Regions(uri, database), Labelled(uri, database)
        self.categories, self.hidden = Categories(uri, database), HiddenSources(uri, database)
        self.history = History(uri, database, self.regions)
        self.tags, self.taught, self.probes = Tags(uri, database), Taught(uri, database), Probes(uri, database)
        self.shards = Shards(uri, database)
        every = (self.saved, self.albums, self.meta, self.regions, self.labelled, self.categories, self.hidden)
        self.extras: dict[str, Extra] = {
            each.name: each for each in (*every, self.tags, self.taught, self.probes, self.shards)
        }

    @classmethod
    def open(cls, uri: str) -> Index:
        """Open an index that exists.

        Raises:
            IndexNotFound: there is none.
            IndexDamaged: it cannot be read.
            IndexTooNew: a newer Lens made it.
        """
        none_yet = IndexNotFound(f"There is no index at {uri} yet. Make one: lens index FOLDER --index {uri}")
        if (folder := local_folder(uri)) and folder.is_file():
            raise IndexDamaged(f"{uri} is a file, and an index is a folder: name another place with --index.")
        if never_finished(uri, "photos"):
            raise none_yet
        database = connect(uri)
        if local_folder(uri) is None and "photos" in _unmade(uri, database):
            raise none_yet
        return cls(uri, database)

    @classmethod
    def create(cls, uri: str, *, wait: bool = False) -> Index:
        """Open an index, made first where there is none. Started twice, it ends in one whole index.

        Raises:
            IndexLocked: another process is making it, and `wait` is false.
            IndexNotWritable: the place holds something else, or may not be written.
        """
        folder = local_folder(uri)
        if folder is not None:
            _check_place(folder)
        database = connect(uri)
        if _unmade(uri, database):
            with _held(uri, database, wait), told_clearly(uri):
                for name in _unmade(uri, database):
                    begun = folder is not None and (folder / f"{name}.lance").exists()
                    database.create_table(name, schema=_named(SCHEMAS[name]()), mode="overwrite" if begun else "create")
        return cls(uri, database)

    @contextmanager
    def writing(self, *, wait: bool | float = False) -> Iterator[None]:
        """Hold the index as its one writer; an older one is migrated first. Ends by itself when the process does.

        Args:
            wait: until another process that holds it has finished; a number: so many seconds at the most.

        Raises:
            IndexLocked: another process holds it, for longer than is waited.
            IndexNotWritable: it may not be written.
            IndexTooNew: a newer Lens has migrated it since it was opened.
        """
        with _held(self.uri, self._database, wait) as still_held:
            self._still_held = still_held
            migrate(self.uri, self.tables["photos"])
            yield

    def check_writer(self) -> None:
        """Make sure, in the midst of `writing`, that no other process has taken the index.

        Raises:
            IndexLocked: one is known to have.
        """
        if self._still_held:
            self._still_held()

    def optimize(
        self, keep: timedelta = KEPT_BY_OPTIMIZE, approximate: bool | None = None, *, wait: bool = False
    ) -> int | None:
        """Join small files and remove old versions, but those that a reader may have begun to read.

        Args:
            keep: how old a version must be to be removed.
            approximate: whether there is to be an approximate index of each encoder; by default as before. What was
                added to the index since is sorted in.
            wait: until another process that holds the index has finished.

        Returns:
            How many bytes less the index takes, negative while what was joined is still kept; None on an object store.

        Raises:
            IndexFailure: there are so few photos that an approximate index is not worth it.
        """
        worth = worth_it(self.photos) if approximate else {}
        with self.writing(wait=wait), told_clearly(self.uri):
            before = self.bytes()
            extras = [extra.table() for extra in self.extras.values()]
            kept = [extra for extra in extras if extra is not None]
            for table in [*self.tables.values(), *kept, *self.history.tables()]:
                compact(table, keep)
            for encoder, vectors in worth.items():
                build(self.photos.table, encoder, vectors)
            for encoder in self.photos.encoders() if approximate is False else ():
                drop(self.photos.table, encoder)
            after = self.bytes()
        return None if before is None or after is None else before - after

    def forget(self, ids: Collection[str]) -> None:
        """Drop photos for good, with all that other tables know of them; the caller holds the index."""
        self.photos.delete(ids)
        for extra in (self.albums, self.meta, self.regions, self.labelled, self.history, self.tags, self.taught):
            extra.forget(ids)

    def paths(self, ids: Collection[str]) -> dict[str, Path]:
        """Where photos lie, absolute, by their ids; missing ones are left out."""
        roots = self.roots.by_name()
        rows = self.photos.matching(Among(frozenset(ids)), ["root", "path"]).to_pylist()
        return {row["id"]: roots[row["root"]].absolute(row["path"]) for row in rows}

    def follow_regions(self) -> int:
        """Hang regions on the photos that now have their content: how many; the caller holds the index."""
        if self.regions.table() is None:
            return 0
        facts, owners = self.photos.facts(["id", "content_hash"]), defaultdict[str, list[str]](list)
        for id_, content in zip(facts["id"], facts["content_hash"], strict=True):
            owners[content].append(id_)
        return self.regions.follow(owners)

    def block(self, encoder: EncoderColumn) -> VectorBlock:
        """All vectors of one encoder: mapped from the mirror beside the tables, else in memory.

        Raises:
            IndexLocked: other processes write so often that no state of the index can be read as a whole.
        """
        for _ in range(TRIES):
            with suppress(RowsChanged), told_clearly(self.uri):
                self._write_mirror(encoder)
                mirror = open_mirror(self.beside)
                return (mirror.block(encoder) if mirror else None) or self._in_memory(encoder)
        raise IndexLocked(f"The index {self.uri} keeps changing: search again when the other Lens has finished.")

    def approximate(self, encoder: EncoderColumn) -> Approximate | None:
        """Searches by the approximate index of an encoder; None if there is none."""
        table = self.photos.table
        with told_clearly(self.uri):
            version = table.version
            kept = self._approximate.get(encoder.column)
            if kept is None or kept[0] != version:
                known = self.coverage(encoder)
                found = Approximate(self.uri, table, encoder, tuple(self.roots.all())) if known else None
                kept = self._approximate[encoder.column] = (version, found)
        return kept[1]

    def coverage(self, encoder: EncoderColumn) -> Coverage | None:
        """What the approximate index of an encoder knows; None if there is none."""
        with told_clearly(self.uri):
            return coverage(self.photos.table, encoder)

    def keep_mirror(self, encoder: EncoderColumn) -> None:
        """Write the mirror for one encoder if there is none of the present state; a full disk is no error.

        Where there is an approximate index, whoever needs all vectors writes it.

        Raises:
            RowsChanged: another process wrote to the index meanwhile.
        """
        if self.approximate(encoder) is None:
            self._write_mirror(encoder)

    def _write_mirror(self, encoder: EncoderColumn) -> None:
        place = self.beside
        mirror = open_mirror(place)
        if mirror is None or mirror.block(encoder) is None:
            with suppress(OSError):
                if not place.cached or make_room(place, self.photos.encoded(encoder) * bytes_of_row(encoder.dim)):
                    write_mirror(place, place.version(), self.photos, encoder, tuple(self.roots.all()))

    def _in_memory(self, encoder: EncoderColumn) -> VectorBlock:
        """The vectors as the tables have them; read again only after they changed."""
        version = self.photos.table.version
        kept = self._blocks.get(encoder.column)
        if kept is None or kept[0] != version:
            roots = tuple(self.roots.all())
            kept = (version, read_block(self.photos.table, encoder.column, encoder.dim, roots))
            self._blocks[encoder.column] = kept
        return kept[1]

    def version(self, *tables: str) -> str:
        """Names the state of some tables, by default those of photos; another after every commit."""
        with told_clearly(self.uri):
            states = [(self.tables["photos"].schema.metadata or {}).get(IDENTITY, b"").decode()]
            for name in tables or ("photos", "roots"):
                table = self.tables[name] if name in self.tables else self.extras[name].table()
                states.append(f"{name} {None if table is None else table.version}")
        return hashlib.sha256("\n".join(states).encode()).hexdigest()

    def bytes(self) -> int | None:
        """Size on disk; None where it is not a local folder."""
        folder = local_folder(self.uri)
        if folder is None:
            return None
        return bytes_below(folder)


def _held(uri: str, database: Any, wait: bool | float) -> AbstractContextManager[Callable[[], None] | None]:
    """The index, as its one writer; on an object store with what tells whether it still is."""
    folder = local_folder(uri)
    return locked(folder, wait=wait) if folder else leased(uri, database, wait=wait)


def _named(schema: pa.Schema) -> pa.Schema:
    """A schema that tells an index from another that is made at its place when it is gone."""
    return schema.with_metadata({IDENTITY: uuid.uuid4().hex})


def _unmade(uri: str, database: Any) -> list[str]:
    """The tables that are still to be made."""
    with told_clearly(uri):
        there = set(database.list_tables().tables)
    return [name for name in SCHEMAS if name not in there or never_finished(uri, name)]


def _check_place(folder: Path) -> None:
    """Refuse a file, and a folder full of something else."""
    if folder.exists() and not folder.is_dir():
        raise IndexNotWritable(f"{folder} is a file, not a folder: name another place with --index.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = {entry.name for entry in folder.iterdir()}
    except OSError as error:
        raise IndexNotWritable(f"The index {folder} cannot be made: {error.strerror}.") from error
    if names and not names & INDEX_FILES:
        raise IndexNotWritable(f"{folder} is not empty and holds no index: name an empty or new folder with --index.")


@contextmanager
def _opening(uri: str) -> Iterator[None]:
    """A table that is listed and does not open is damage."""
    try:
        with told_clearly(uri):
            yield
    except ValueError as error:
        raise IndexDamaged(
            f"The index {uri} is damaged ({error}). Your photos are untouched: restore it from a backup, "
            "or move it away and index again."
        ) from error

"""One index: a LanceDB database and its tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from lens_indexes.errors import IndexDamaged, IndexLocked, IndexNotFound, IndexNotWritable, IndexTooNew
from lens_indexes.failures import told_clearly
from lens_indexes.mirror import MIRROR_FOLDER, open_mirror, version_of, write_mirror
from lens_indexes.photos import Photos
from lens_indexes.roots import Roots
from lens_indexes.schema import (
    SCHEMA_VERSION,
    VERSION_KEY,
    EncoderColumn,
    photo_schema,
    root_schema,
    skipped_schema,
)
from lens_indexes.skipped import Skipped
from lens_indexes.vectors import RowsChanged, VectorBlock, read_block

LOCK_FILE = ".lens.lock"
TRIES = 5  # to read the vectors between two commits of another process


class Index:
    """Photos, skipped files and roots of one collection.

    Args:
        uri: a folder, or any URI that Lance opens.
    """

    def __init__(self, uri: str, database: Any) -> None:
        self.uri = uri
        self._blocks: dict[str, tuple[str, VectorBlock]] = {}
        with _opening(uri):
            photos = database.open_table("photos")
            version = int((photos.schema.field("id").metadata or {}).get(VERSION_KEY.encode(), 0))
            if version > SCHEMA_VERSION:
                raise IndexTooNew(
                    f"The index {uri} was made by a newer Lens (schema {version}; this Lens knows {SCHEMA_VERSION}). "
                    "Nothing was changed: upgrade with `pip install -U lens-photos`."
                )
            self.photos = Photos(uri, photos)
            self.skipped = Skipped(uri, database.open_table("skipped"))
            self.roots = Roots(uri, database.open_table("roots"))

    @classmethod
    def open(cls, uri: str) -> Index:
        """Open an index that exists.

        Raises:
            IndexNotFound: there is none.
            IndexDamaged: it cannot be read.
            IndexTooNew: a newer Lens made it.
        """
        folder = local_folder(uri)
        if folder is not None and _unmade(folder / "photos.lance"):
            raise IndexNotFound(f"There is no index at {uri} yet. Make one: lens index FOLDER --index {uri}")
        return cls(uri, _connect(uri))

    @classmethod
    def create(cls, uri: str) -> Index:
        """Open an index, made first where there is none. Started twice, it ends in one whole index.

        Raises:
            IndexNotWritable: the place holds something else, or may not be written.
        """
        folder = local_folder(uri)
        if folder is not None:
            _check_place(folder)
        database = _connect(uri)
        with told_clearly(uri):
            there = set(database.list_tables().tables)
            # `photos` last: an index without it is one whose making was interrupted.
            for name, schema in (("roots", root_schema), ("skipped", skipped_schema), ("photos", photo_schema)):
                begun = folder is not None and (folder / f"{name}.lance").exists()
                if name not in there or (folder is not None and _unmade(folder / f"{name}.lance")):
                    database.create_table(name, schema=schema(), mode="overwrite" if begun else "create")
        return cls(uri, database)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the index as its one writer. Ends by itself when the process does, however that happens.

        Raises:
            IndexLocked: another process holds it.
        """
        folder = local_folder(self.uri)
        if folder is None:  # an object store has commits that fail rather than a lock
            yield
            return
        from filelock import FileLock, Timeout

        lock = FileLock(folder / LOCK_FILE)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise IndexLocked(
                f"Another Lens is writing to the index {self.uri}. Run this again when it has finished."
            ) from None
        except OSError as error:
            raise IndexNotWritable(f"The index {self.uri} may not be written: {error.strerror}.") from error
        try:
            yield
        finally:
            lock.release()

    def block(self, encoder: EncoderColumn) -> VectorBlock:
        """All vectors of one encoder: mapped from the mirror beside the tables, else in memory.

        Raises:
            IndexLocked: other processes write so often that no state of the index can be read as a whole.
        """
        folder = local_folder(self.uri)
        for _ in range(TRIES):
            version = version_of(folder) if folder else str(self.photos.table.version)
            kept = self._blocks.get(encoder.column)
            if kept and kept[0] == version:
                return kept[1]
            with suppress(RowsChanged), told_clearly(self.uri):
                block = self._mapped(encoder) or read_block(
                    self.photos.table, encoder.column, encoder.dim, tuple(self.roots.all())
                )
                self._blocks[encoder.column] = (version, block)
                return block
        raise IndexLocked(f"The index {self.uri} keeps changing: search again when the other Lens has finished.")

    def _mapped(self, encoder: EncoderColumn) -> VectorBlock | None:
        """The vectors from a mirror, which is written first if there is none of this state; None if it cannot be."""
        folder = local_folder(self.uri)
        if folder is None:
            return None
        mirror = open_mirror(folder)
        block = mirror.block(encoder) if mirror else None
        if block is None:
            with suppress(OSError):  # a full or read-only disk
                version = version_of(folder)
                write_mirror(folder, version, self.photos, encoder, tuple(self.roots.all()))
                mirror = open_mirror(folder)
                block = mirror.block(encoder) if mirror else None
        return block

    def bytes(self) -> int | None:
        """Size on disk; None where it is not a local folder."""
        folder = local_folder(self.uri)
        if folder is None:
            return None
        return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def local_folder(uri: str) -> Path | None:
    """The folder an index lies in; None if it is on an object store."""
    return None if "://" in uri else Path(uri)


def _connect(uri: str) -> Any:
    import lancedb

    with told_clearly(uri):
        return lancedb.connect(uri, read_consistency_interval=timedelta(0))


def _unmade(table: Path) -> bool:
    """Whether a table was never finished: neither a version nor data; with data and no version it is damaged."""
    return not any((table / "_versions").glob("*")) and not any((table / "data").glob("*"))


def _check_place(folder: Path) -> None:
    """Refuse a file, and a folder full of something else."""
    if folder.exists() and not folder.is_dir():
        raise IndexNotWritable(f"{folder} is a file, not a folder: name another place with --index.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = {entry.name for entry in folder.iterdir()}
    except OSError as error:
        raise IndexNotWritable(f"The index {folder} cannot be made: {error.strerror}.") from error
    ours = {"photos.lance", "skipped.lance", "roots.lance", LOCK_FILE, MIRROR_FOLDER}
    if names and not names & ours:
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

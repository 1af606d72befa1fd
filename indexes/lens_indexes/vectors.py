"""The vectors of one encoder, in the order of root and path, and which photo each belongs to.

The order does not depend on how the table came to be, so that equal scores always rank alike.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lens_indexes.exact import top_of
from lens_indexes.facts import Column, Facts, columns_of_table, ordered
from lens_indexes.filters import Condition, Mask, meets
from lens_indexes.roots import Root, RootsByName, innermost
from lens_indexes.schema import EncoderColumn, completed, photo_schema
from lens_indexes.shortlist import Shortlist

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FACTS", "Listing", "RowsChanged", "VectorBlock", "block_of", "ends_of", "entry", "read_block", "scan"]

ROWS_AT_ONCE = 2048  # some 10 MB of vectors
ID_LENGTH = 32  # hexadecimal digits
FACTS = (
    *("size", "width", "height", "rating", "lat", "lon", "taken_at", "mtime_ns", "sharpness"),
    *("format", "camera", "lens", "place", "keywords"),
)
"""The columns that conditions look at, beside root and path, and what photos are listed by."""


def entry(root: str, path: str, *more: str) -> bytes:
    """A photo as the entries of a block hold it, `more` being its id and content hash; sorts as root and path do."""
    return "\0".join((root, path, *more)).encode("utf-8", "surrogateescape")


@dataclass(frozen=True)
class VectorBlock:
    """All searchable photos of one encoder."""

    vectors: NDArray[np.float32]
    """(n, dim), unit norm; may be a file mapped into memory."""
    entries: NDArray[np.uint8]
    """All entries in a row."""
    ends: NDArray[np.int64]
    """(n,), where each entry ends."""
    roots: tuple[Root, ...]
    columns: Mapping[str, Column]
    """What conditions look at; may be in a file until it is asked for."""
    shortlist: Shortlist | None = None
    """A first look at the vectors, where they are many."""
    stands_for: int | None = None
    """How many photos these are a sample of; None where they are all."""

    def __len__(self) -> int:
        return len(self.ends)

    def id(self, row: int) -> str:
        """The id of one photo."""
        return self._entry(row)[2]

    def content_hash(self, row: int) -> str:
        """The content hash of one photo's file."""
        return self._entry(row)[3]

    def path(self, row: int) -> Path:
        """Where one photo lies."""
        root, path, *_ = self._entry(row)
        return self._by_name[root].absolute(path)

    def row_of(self, photo: Path) -> int | None:
        """The row of a photo by its absolute path; None if it has no vector here."""
        held = innermost(self.roots, photo)
        if held is None:
            return None
        start = entry(held[0].name, held[1], "")
        row = bisect_left(range(len(self)), start, key=self._bytes)
        return row if row < len(self) and self._bytes(row).startswith(start) else None

    def meeting(self, condition: Condition) -> Mask:
        """(n,), which photos meet a condition."""
        return meets(condition, Facts(len(self), self.columns, self.having))

    def nearest(
        self, vector: NDArray[np.float32], k: int, among: Mask | None = None
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Rows and scores of the k photos nearest to a (dim,) vector, best first; about those, where they are many.

        Args:
            among: (n,), which photos come into question; by default all.
        """
        if self.shortlist is not None:
            rows = self.shortlist.rows(vector, k, among)
        else:
            rows = np.arange(len(self)) if among is None else np.flatnonzero(among)
        return top_of(vector, self.vectors, rows, k)

    def having(self, ids: Collection[str]) -> Mask:
        """(n,), which photos have one of these ids."""
        rows = self.rows_of([id_ for id_ in ids if len(id_) == ID_LENGTH and id_.isascii()])
        mask = np.zeros(len(self), bool)
        mask[rows[rows >= 0]] = True
        return mask

    def rows_of(self, ids: Sequence[str]) -> NDArray[np.intp]:
        """(m,), the row of each of m photos by its whole id, -1 if it has no vector here."""
        order, sorted_ids = self._by_id
        wanted = np.array(ids, f"S{ID_LENGTH}")
        if not len(self):
            return np.full(len(wanted), -1)
        at = np.minimum(np.searchsorted(sorted_ids, wanted), len(self) - 1)
        rows: NDArray[np.intp] = np.where(sorted_ids[at] == wanted, order[at], -1)
        return rows

    def rows_beginning(self, id_: str) -> list[int]:
        """The rows of the photos whose id begins like this, in order."""
        order, sorted_ids = self._by_id
        first, last = np.searchsorted(sorted_ids, [id_.encode(), id_.encode() + b"~"])  # ~ is after all letters
        found: list[int] = np.sort(order[first:last]).tolist()
        return found

    @cached_property
    def _by_id(self) -> tuple[NDArray[np.intp], NDArray[np.bytes_]]:
        """Rows and ids, in the order of the ids."""
        order = np.argsort(self._ids)
        return order, self._ids[order]

    @property
    def _ids(self) -> NDArray[np.bytes_]:
        """(n,), read out of the entries all at once."""
        if not len(self):
            return np.empty(0, f"S{ID_LENGTH}")
        begins = np.flatnonzero(np.asarray(self.entries) == 0).reshape(len(self), 3)[:, 1] + 1
        letters = np.asarray(self.entries)[begins[:, None] + np.arange(ID_LENGTH)]
        return np.ascontiguousarray(letters).view(f"S{ID_LENGTH}")[:, 0]

    def _entry(self, row: int) -> list[str]:
        """Root, path, id and content hash of one photo."""
        return self._bytes(row).decode("utf-8", "surrogateescape").split("\0")

    def _bytes(self, row: int) -> bytes:
        start = self.ends[row - 1] if row else 0
        return self.entries[start : self.ends[row]].tobytes()

    @cached_property
    def _by_name(self) -> RootsByName:
        return RootsByName({root.name: root for root in self.roots})


def ends_of(entries: list[bytes]) -> NDArray[np.int64]:
    """(n,), where each entry ends once they stand in a row."""
    return np.cumsum(np.fromiter(map(len, entries), np.int64, len(entries)), dtype=np.int64)


def read_block(table: Any, column: str, dim: int, roots: tuple[Root, ...]) -> VectorBlock:
    """A block in memory.

    Raises:
        RowsChanged: read again.
    """
    listing = scan(table, column)
    entries = listing.entries
    vectors = np.empty((len(entries), dim), np.float32)
    for start, piece in listing.pieces:
        vectors[start : start + len(piece)] = piece
    return VectorBlock(vectors, np.frombuffer(b"".join(entries), np.uint8), ends_of(entries), roots, listing.columns)


def block_of(
    rows: "pa.Table", encoder: EncoderColumn, roots: tuple[Root, ...], stands_for: int | None = None
) -> VectorBlock:
    """Those of some rows that are searchable.

    Args:
        rows: of the table of photos: root, path, id, content hash, `missing`, a vector and `FACTS`.
        encoder: whose vectors.
        roots: of the index.
        stands_for: how many photos they are a sample of.
    """
    import pyarrow.compute as pc

    rows = rows.filter(pc.and_(pc.invert(rows["missing"]), rows[encoder.column].is_valid()))
    names = ("root", "path", "id", "content_hash")
    entries = [entry(*each) for each in zip(*(rows[name].to_pylist() for name in names), strict=True)]
    order = np.array(sorted(range(len(entries)), key=entries.__getitem__), np.intp)
    vectors = pc.list_flatten(rows[encoder.column]).to_numpy().reshape(len(rows), encoder.dim)[order]
    columns = columns_of_table(completed(rows, FACTS).select(["root", "path", *FACTS]))
    entries.sort()
    return VectorBlock(
        np.ascontiguousarray(vectors, np.float32),
        np.frombuffer(b"".join(entries), np.uint8),
        ends_of(entries),
        roots,
        {name: ordered(each, order) for name, each in columns.items()},
        stands_for=stands_for,
    )


@dataclass(frozen=True)
class Listing:
    """All searchable photos of a table, in the order of root and path."""

    entries: list[bytes]
    columns: dict[str, Column]
    pieces: Iterator[tuple[int, NDArray[np.float32]]]
    """Their vectors in pieces, each with the row it begins at: as the table holds them, together every row once."""


def scan(table: Any, column: str) -> Listing:
    """Read all searchable photos; their vectors are read as the pieces are asked for, which may raise `RowsChanged`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    entries: list[bytes] = []
    found, facts = [np.empty(0, np.uint64)], [photo_schema().empty_table().select(["root", "path", *FACTS])]
    names = ("root", "path", "id", "content_hash")
    held = [name for name in FACTS if name in table.schema.names]
    for page in _pages(table, {name: name for name in (*names, *held)}, column):
        entries += [entry(*each) for each in zip(*(page[name].to_pylist() for name in names), strict=True)]
        found.append(page["_rowid"].to_numpy())
        facts.append(completed(page, FACTS).select(["root", "path", *FACTS]))
    row_ids = np.concatenate(found)
    by_entry = np.array(sorted(range(len(entries)), key=entries.__getitem__), np.intp)
    columns = columns_of_table(pa.concat_tables(facts))
    rows = np.empty(len(entries), np.int64)  # of the block, by the table's row ids in their order
    rows[by_entry] = np.arange(len(entries))
    entries.sort()
    by_id = np.argsort(row_ids)
    row_ids, rows = row_ids[by_id], rows[by_id]

    def pieces() -> Iterator[tuple[int, NDArray[np.float32]]]:
        for page in _pages(table, {column: column}, column):
            ids = page["_rowid"].to_numpy()
            at = np.searchsorted(row_ids, ids)
            if (row_ids[np.minimum(at, len(row_ids) - 1)] != ids).any():
                raise RowsChanged
            flat = pc.list_flatten(page[column]).to_numpy()
            vectors = flat.reshape(len(ids), -1)
            sequence = np.argsort(rows[at])
            ordered_rows = rows[at][sequence]
            for run in np.split(np.arange(len(ordered_rows)), np.flatnonzero(np.diff(ordered_rows) != 1) + 1):
                if len(run):
                    yield int(ordered_rows[run[0]]), vectors[sequence[run]]

    return Listing(entries, {name: ordered(each, by_entry) for name, each in columns.items()}, pieces())


def _pages(table: Any, columns: dict[str, str], column: str) -> Iterator[Any]:
    """The rows that are not missing and have a vector, some at a time.

    LanceDB's own stream reads ahead of whoever takes from it, and holds the more the larger the table is.
    """
    import pyarrow.compute as pc

    wanted = columns | {"searchable": f"missing = false AND {column} IS NOT NULL"}
    for start in range(0, table.count_rows(), ROWS_AT_ONCE):
        page = table.search().select(wanted).with_row_id(True).offset(start).limit(ROWS_AT_ONCE).to_arrow()
        yield page.filter(pc.equal(page["searchable"], True))


class RowsChanged(Exception):
    """Another process wrote to the table between two looks at it."""

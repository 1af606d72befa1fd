"""What a search needs of an index, in files that are mapped into memory: no LanceDB, no waiting.

A mirror lies beside the tables of an index and belongs to one version of its tables. One that is older, damaged or
half-written is not used, and made again from the tables.
"""

import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from lens_indexes.beside import Beside
from lens_indexes.facts import StoredColumns, store_columns
from lens_indexes.photos import Photos
from lens_indexes.remote import path_of
from lens_indexes.roots import Root
from lens_indexes.schema import EncoderColumn
from lens_indexes.shortlist import AXES, WORTH_IT, Shortlist, halved, principal_axes, shortened
from lens_indexes.vectors import VectorBlock, ends_of, scan

__all__ = ["Mirror", "open_mirror", "write_mirror"]

FORMAT = 6
HEADER = "mirror.json"
ROWS_AT_ONCE = 4096
BYTES_OF_FACTS = 300
"""And path of a photo, about."""


@dataclass(frozen=True)
class Mirror:
    """One version of an index, as far as a search must know it."""

    folder: Path
    roots: tuple[Root, ...]
    default: str | None
    """The encoder that searches use when none is named."""
    columns: dict[str, tuple[EncoderColumn, str]]
    """By the encoder's name: its column, and what its files are called."""
    photos: int
    """How many are not missing, with vectors or without."""
    _mapped: dict[str, VectorBlock] = field(default_factory=dict, compare=False)

    def block(self, encoder: EncoderColumn) -> VectorBlock | None:
        """The vectors of one encoder; None if the index has none of exactly this encoder, or they cannot be read."""
        column, name = self.columns.get(encoder.name, (None, ""))
        if column != encoder:
            return None
        if name in self._mapped:
            return self._mapped[name]
        try:
            vectors, entries, ends = (
                np.load(self.folder / f"{name}.{part}.npy", mmap_mode="r") for part in ("vectors", "entries", "ends")
            )
            columns = StoredColumns(self.folder / f"{name}.facts.npz", len(ends))
            shortlist = self._shortlist(name) if len(ends) >= WORTH_IT else None
        except (OSError, ValueError):
            return None
        whole = vectors.shape == (len(ends), encoder.dim) and (len(entries) == (ends[-1] if len(ends) else 0))
        if not whole or (shortlist and not len(shortlist.coarse) == len(shortlist.fine) == len(ends)):
            return None
        self._mapped[name] = VectorBlock(vectors, entries, ends, self.roots, columns, shortlist)
        return self._mapped[name]

    def everything(self) -> VectorBlock | None:
        """The facts of all photos, beside the vectors of an encoder that has one of each; None if none has."""
        for encoder, _ in self.columns.values():
            block = self.block(encoder)
            if block is not None and len(block) == self.photos:
                return block
        return None

    def _shortlist(self, name: str) -> Shortlist:
        parts = ("axes", "coarse", "fine")
        return Shortlist(*(np.load(self.folder / f"{name}.{part}.npy", mmap_mode="r") for part in parts))


def bytes_of_row(dim: int) -> int:
    """About how much a mirror takes for each photo."""
    return 4 * (dim + AXES) + BYTES_OF_FACTS


def open_mirror(place: Beside) -> Mirror | None:
    """The mirror of an index; None if there is none of its present state."""
    folder = place.folder
    try:
        held = json.loads((folder / HEADER).read_text(encoding="utf-8"))
        if held["format"] != FORMAT or held["version"] != place.version():
            return None
        columns = {
            name: (EncoderColumn(**column["encoder"]), column["files"]) for name, column in held["columns"].items()
        }
        roots = tuple(Root(name, path_of(folder)) for name, folder in held["roots"].items())
        place.read()
        return Mirror(folder, roots, held["default"], columns, held["photos"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_mirror(place: Beside, version: str, photos: Photos, encoder: EncoderColumn, roots: tuple[Root, ...]) -> None:
    """Put the vectors of one encoder beside those of the others of the same version.

    Args:
        place: of the mirror.
        version: of the index before `photos` and `roots` were read; if it is another by now, nothing is kept.
        photos: the table.
        encoder: whose vectors.
        roots: of the index.

    Raises:
        OSError: the files cannot be written; an older mirror is then still what it was.
        RowsChanged: another process wrote to the table meanwhile.
    """
    folder = place.folder
    folder.mkdir(parents=place.cached, exist_ok=True)
    name = f"{encoder.column}-{uuid.uuid4().hex[:12]}"
    before = open_mirror(place)
    columns = dict(before.columns) if before else {}
    columns[encoder.name] = (encoder, name)
    header = folder / f"{name}.json"
    try:
        listing = scan(photos.table, encoder.column)
        ends = ends_of(listing.entries)
        _write_rows(folder / f"{name}.vectors.npy", (len(ends), encoder.dim), listing.pieces)
        _write_bytes(folder / f"{name}.entries.npy", int(ends[-1]) if len(ends) else 0, listing.entries)
        store_columns(folder / f"{name}.facts.npz", listing.columns)
        np.save(folder / f"{name}.ends.npy", ends)
        if len(ends) >= WORTH_IT:
            _write_shortlist(folder, name, len(ends))
        if place.version() != version:
            return
        held = {
            "format": FORMAT,
            "version": version,
            "default": photos.default(),
            "photos": photos.count(missing=False),
            "roots": {root.name: str(root.folder) for root in roots},
            "columns": {key: {"encoder": asdict(column), "files": files} for key, (column, files) in columns.items()},
        }
        header.write_text(json.dumps(held, indent=1), encoding="utf-8")
        header.replace(folder / HEADER)
    finally:
        header.unlink(missing_ok=True)
        _tidy(folder)


def _write_shortlist(folder: Path, name: str, count: int) -> None:
    file = folder / f"{name}.vectors.npy"
    axes = principal_axes(_rows_of(file, count), count)
    np.save(folder / f"{name}.axes.npy", axes)
    first = halved(axes)[0].shape[1]
    for number, (part, width) in enumerate({"coarse": first, "fine": axes.shape[1] - first}.items()):
        pieces = ((start, halved(piece)[number]) for start, piece in shortened(_rows_of(file, count), axes))
        _write_rows(folder / f"{name}.{part}.npy", (count, width), pieces)


def _rows_of(file: Path, count: int) -> Iterator[NDArray[np.float32]]:
    """The rows of a file, some at a time, each mapped anew: what is mapped and was read counts as memory."""
    for start in range(0, count, ROWS_AT_ONCE):
        rows: NDArray[np.float32] = np.load(file, mmap_mode="r")[start : start + ROWS_AT_ONCE]
        yield rows


def _write_rows(file: Path, shape: tuple[int, int], pieces: Iterator[tuple[int, NDArray[np.float32]]]) -> None:
    """An .npy file filled piece by piece; never more than a piece is in memory."""
    with file.open("wb") as stream:
        _write_header(stream, "<f4", shape)
        begin = stream.tell()
        stream.truncate(begin + 4 * shape[0] * shape[1])
        for start, piece in pieces:
            stream.seek(begin + 4 * start * shape[1])
            stream.write(np.ascontiguousarray(piece, "<f4").data)


def _write_bytes(file: Path, length: int, pieces: Iterable[bytes]) -> None:
    """An .npy file of bytes, one piece after another."""
    with file.open("wb") as stream:
        _write_header(stream, "|u1", (length,))
        stream.writelines(pieces)


def _write_header(stream: BinaryIO, descr: str, shape: tuple[int, ...]) -> None:
    np.lib.format.write_array_header_1_0(stream, {"descr": descr, "fortran_order": False, "shape": shape})


def _tidy(folder: Path) -> None:
    """Remove files that no header names; a reader that has them mapped keeps what it has."""
    try:
        held = json.loads((folder / HEADER).read_text(encoding="utf-8"))
        named = {column["files"] for column in held["columns"].values()}
    except (OSError, ValueError, KeyError):
        named = set()
    for file in folder.glob("*.np[yz]"):
        if file.name.split(".")[0] not in named:
            file.unlink(missing_ok=True)

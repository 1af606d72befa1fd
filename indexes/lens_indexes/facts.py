"""The facts of many photos, or of other rows, as columns in memory or in a file: what conditions look at."""

import json
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lens_indexes.errors import IndexDamaged

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FOLDER", "Column", "Facts", "Lists", "Mask", "StoredColumns", "Texts", "columns_of_table", "store_columns"]

FOLDER = "folder"
"""A column that tables do not have: root and folders of each path, with `/` behind each."""

WORDS = ".words"  # behind the name of a column, where its texts are

Mask: TypeAlias = NDArray[np.bool_]
Codes: TypeAlias = NDArray[np.int32]


@dataclass(frozen=True)
class Texts:
    """One text a row, each different one kept once."""

    codes: Codes
    """(n,), its place in `words`; -1 where it is not known."""
    words: Sequence[str]

    def where(self, holds: Callable[[str], bool]) -> Mask:
        """(n,), which rows have a text of which something holds."""
        mask: Mask = _which(self.words, holds)[self.codes]
        return mask

    def ordered(self, order: NDArray[np.intp]) -> "Texts":
        """The rows in another order."""
        return Texts(self.codes[order], self.words)


@dataclass(frozen=True)
class Lists:
    """Any number of texts a row."""

    count: int
    """Rows."""
    rows: NDArray[np.int32]
    """(m,), of which row each text is one."""
    codes: Codes
    """(m,), its place in `words`."""
    words: Sequence[str]

    def where(self, holds: Callable[[str], bool]) -> Mask:
        """(n,), which rows have among theirs a text of which something holds."""
        mask = np.zeros(self.count, bool)
        mask[self.rows[_which(self.words, holds)[self.codes]]] = True
        return mask

    def ordered(self, order: NDArray[np.intp]) -> "Lists":
        """The rows in another order."""
        place = np.empty(self.count, np.int32)
        place[order] = np.arange(self.count, dtype=np.int32)
        return Lists(self.count, place[self.rows], self.codes, self.words)


Column: TypeAlias = NDArray[np.float64] | NDArray[np.datetime64] | Texts | Lists
"""(n,) numbers, NaN where not known; moments, NaT where not known; texts; or lists of texts."""


@dataclass(frozen=True)
class Facts:
    """What is known of n rows."""

    count: int
    columns: Mapping[str, Column]
    having: Callable[[Collection[str]], Mask]
    """(n,), which rows have one of these ids."""


def columns_of_table(rows: "pa.Table") -> dict[str, Column]:
    """The columns of a table that conditions can look at, and the folders where it has roots and paths."""
    columns = {name: column for name in rows.column_names if (column := _column(rows[name])) is not None}
    if {"root", "path"} <= set(rows.column_names):
        columns[FOLDER] = _folders(rows["root"].to_pylist(), rows["path"].to_pylist())
    return columns


def ordered(column: Column, order: NDArray[np.intp]) -> Column:
    """The rows of a column in another order."""
    return column.ordered(order) if isinstance(column, Texts | Lists) else column[order]


def store_columns(file: Path, columns: Mapping[str, Column]) -> None:
    """Write columns to a file that `StoredColumns` reads one by one.

    Raises:
        OSError: it cannot be written.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for name, column in columns.items():
        match column:
            case Texts(codes, words):
                arrays |= {name: codes, name + WORDS: _as_bytes(words)}
            case Lists(_, rows, codes, words):
                arrays |= {name: np.stack([rows, codes]), name + WORDS: _as_bytes(words)}
            case _:
                arrays[name] = column
    with file.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)


class StoredColumns(Mapping[str, Column]):
    """Columns in a file, each read when it is first asked for.

    The file stays open, so that they can be read even after another has taken its place.

    Args:
        file: of `store_columns`.
        count: rows.

    Raises:
        OSError, ValueError: it cannot be read.
    """

    def __init__(self, file: Path, count: int) -> None:
        self._file, self._count, self._read = file, count, dict[str, Column]()
        try:
            self._zip = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            raise ValueError(str(error)) from error
        self._names = [name.removesuffix(".npy") for name in self._zip.namelist()]

    def __getitem__(self, name: str) -> Column:
        if name not in self._read:
            try:
                self._read[name] = self._column(name)
            except (zipfile.BadZipFile, OSError, ValueError) as error:
                raise IndexDamaged(
                    f"{self._file} cannot be read ({error}): remove it, and it is made again."
                ) from error
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._names if not name.endswith(WORDS))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _column(self, name: str) -> Column:
        array = self._array(name)
        if name + WORDS not in self._names:
            return array
        words = json.loads(self._array(name + WORDS).tobytes())
        return Texts(array, words) if array.ndim == 1 else Lists(self._count, array[0], array[1], words)

    def _array(self, name: str) -> NDArray[Any]:
        with self._zip.open(f"{name}.npy") as stream:
            array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
        return array


def _which(words: Sequence[str], holds: Callable[[str], bool]) -> Mask:
    """(w + 1,), of which words something holds; of the last, which stands for none, nothing does."""
    return np.fromiter((*map(holds, words), False), bool, len(words) + 1)


def _as_bytes(words: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(words).encode(), np.uint8)


def _folders(roots: Sequence[str], paths: Sequence[str]) -> Texts:
    places: dict[str, int] = {}
    folders = (f"{root}/{path}".rpartition("/")[0] + "/" for root, path in zip(roots, paths, strict=True))
    codes = np.fromiter((places.setdefault(folder, len(places)) for folder in folders), np.int32, len(roots))
    return Texts(codes, list(places))


def _column(values: Any) -> Column | None:
    """A column of a table; None if it is of a kind that no condition looks at."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if pa.types.is_string(kind):
        return _texts(values.combine_chunks())
    if pa.types.is_timestamp(kind):
        moments: NDArray[np.datetime64] = values.to_numpy().astype("datetime64[us]")
        return moments
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        numbers: NDArray[np.float64] = pc.cast(values, pa.float64(), safe=False).to_numpy()
        return numbers
    if pa.types.is_list(kind) and pa.types.is_string(kind.value_type):
        lists = values.combine_chunks()
        texts = _texts(pc.list_flatten(lists))
        return Lists(len(lists), pc.list_parent_indices(lists).to_numpy().astype(np.int32), texts.codes, texts.words)
    return None


def _texts(values: Any) -> Texts:
    coded = values.dictionary_encode()
    return Texts(coded.indices.fill_null(-1).to_numpy(zero_copy_only=False), coded.dictionary.to_pylist())

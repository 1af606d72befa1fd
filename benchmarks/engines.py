"""What `neighbours.py` compares: each finds the nearest of many vectors, in files of its own, in a process of its own.

Settings are meant to be fair: recall of some 0.98, and built in minutes on two cores.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lens.search.approximating import FEWEST, MORE
from lens_indexes import EncoderColumn, Index, VectorBlock, beside, open_mirror, top_k
from lens_indexes.approximate import build
from lens_indexes.filters import All, Compare, Condition

DIM = 512
COLUMN = EncoderColumn("random", "Random", "r1", DIM)
STARRED, ANY = Compare("rating", ">=", 5), All(())
Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]
Tell = Callable[[int], None]
"""Is told how many vectors are in by now."""
AT_ONCE = 20_000


class Engine(Protocol):
    """One way to find neighbours; rows are those of the mirror."""

    def build(self, folder: Path, tell: Tell) -> None:
        """Make files from the mirror of the index in a folder."""

    def open(self, folder: Path) -> None:
        """Get ready to answer."""

    def nearest(self, query: Vectors, k: int) -> Rows:
        """The rows nearest to a (dim,) vector."""

    def starred(self, query: Vectors, k: int) -> Rows | None:
        """The same among photos with five stars; None if it cannot be asked."""


def block_of(folder: Path) -> VectorBlock:
    """The vectors of an index that has its mirror."""
    uri = str(folder / "index")
    mirror = open_mirror(beside(uri, lambda: Index.open(uri)))
    block = mirror.block(COLUMN) if mirror else None
    if block is None:
        raise SystemExit(f"{folder} has no mirror")
    return block


class Lens:
    """As searches do it: all there is of lens_indexes between a vector and the rows."""

    def build(self, folder: Path, tell: Tell) -> None:
        Index.open(str(folder / "index")).keep_mirror(COLUMN)

    def open(self, folder: Path) -> None:
        self._block = block_of(folder)

    def nearest(self, query: Vectors, k: int) -> Rows:
        return self._block.nearest(query, k)[0]

    def starred(self, query: Vectors, k: int) -> Rows | None:
        return self._block.nearest(query, k, self._block.meeting(STARRED))[0]


class Numpy:
    """Comparing with all, in the mapped file."""

    def build(self, folder: Path, tell: Tell) -> None:
        pass

    def open(self, folder: Path) -> None:
        block = block_of(folder)
        self._vectors, self._stars = block.vectors, np.load(folder / "starred.npy")

    def nearest(self, query: Vectors, k: int) -> Rows:
        return top_k(query[None], self._vectors, k)[0][0]

    def starred(self, query: Vectors, k: int) -> Rows | None:
        rows = np.flatnonzero(self._stars)
        return rows[top_k(query[None], self._vectors[rows], k)[0][0]]


class Faiss:
    """An inverted file of 4 √n lists with 8-bit codes, an eighth of which is looked into; stars as a bitmap.

    The lists are found from 32 vectors for each, in 8 rounds.
    """

    def build(self, folder: Path, tell: Tell) -> None:
        import faiss

        vectors = np.asarray(block_of(folder).vectors)
        lists = round(4 * len(vectors) ** 0.5)
        index = faiss.index_factory(DIM, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
        index.cp.niter = 8
        index.train(vectors[:: max(1, len(vectors) // (32 * lists))])
        for start in range(0, len(vectors), AT_ONCE):
            index.add(vectors[start : start + AT_ONCE])
            tell(index.ntotal)
        faiss.write_index(index, str(folder / "faiss"))

    def open(self, folder: Path) -> None:
        import faiss

        self._index = faiss.read_index(str(folder / "faiss"))
        looked_into = self._index.nlist // 8
        self._all = faiss.SearchParametersIVF(nprobe=looked_into)
        self._bits = np.packbits(np.load(folder / "starred.npy"), bitorder="little")
        chosen = faiss.IDSelectorBitmap(self._bits)
        self._starred = faiss.SearchParametersIVF(nprobe=looked_into, sel=chosen)

    def nearest(self, query: Vectors, k: int) -> Rows:
        return self._found(query, k, self._all)

    def starred(self, query: Vectors, k: int) -> Rows | None:
        return self._found(query, k, self._starred)

    def _found(self, query: Vectors, k: int, parameters: Any) -> Rows:
        found: Rows = self._index.search(query[None], k, params=parameters)[1][0]
        return found


class Usearch:
    """A graph with 16 connections a vector over 8-bit vectors; it takes no filter from Python.

    32 candidates for each connection, a quarter of the default, so that a million are in within minutes; 256
    when it is asked.
    """

    def build(self, folder: Path, tell: Tell) -> None:
        from usearch.index import Index

        vectors = np.asarray(block_of(folder).vectors)
        index = Index(ndim=DIM, metric="cos", dtype="i8", connectivity=16, expansion_add=32)
        for start in range(0, len(vectors), AT_ONCE):
            some = vectors[start : start + AT_ONCE]
            index.add(np.arange(start, start + len(some)), some)
            tell(len(index))
        index.save(str(folder / "usearch"))

    def open(self, folder: Path) -> None:
        from usearch.index import Index

        self._index = Index.restore(str(folder / "usearch"), view=True)
        self._index.expansion_search = 256

    def nearest(self, query: Vectors, k: int) -> Rows:
        return np.asarray(self._index.search(query, k).keys, np.int64)

    def starred(self, query: Vectors, k: int) -> Rows | None:
        return None


class Approximately:
    """As searches by an approximate index do it. The last, for building it changes the table, and ends the mirror."""

    def build(self, folder: Path, tell: Tell) -> None:
        index = Index.open(str(folder / "index"))
        with index.writing():
            build(index.photos.table, COLUMN, index.photos.encoded(COLUMN))

    def open(self, folder: Path) -> None:
        approximate = Index.open(str(folder / "index")).approximate(COLUMN)
        if approximate is None:
            raise SystemExit(f"{folder} has no approximate index")
        self._approximate = approximate
        self._row_of = {f"{number:032x}": row for row, number in enumerate(np.load(folder / "numbers.npy").tolist())}

    def nearest(self, query: Vectors, k: int) -> Rows:
        return self._found(query, k, FEWEST)

    def starred(self, query: Vectors, k: int) -> Rows | None:
        first = self._found(query, k, FEWEST, STARRED)
        return first if len(first) == k else self._found(query, k, MORE * FEWEST, STARRED)

    def _found(self, query: Vectors, k: int, candidates: int, condition: Condition = ANY) -> Rows:
        block = self._approximate.block(self._approximate.near(query, candidates))
        rows, _ = block.nearest(query, k, block.meeting(condition))
        return np.array([self._row_of[block.id(row)] for row in rows.tolist()])


ENGINES: dict[str, type[Engine]] = {
    "lens": Lens,
    "numpy": Numpy,
    "faiss": Faiss,
    "usearch": Usearch,
    "approximate": Approximately,
}

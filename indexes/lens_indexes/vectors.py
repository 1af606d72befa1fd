"""The vectors of one column, in memory."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class VectorBlock:
    """All searchable photos of one encoder, in the order of root and path."""

    ids: list[str]
    roots: list[str]
    paths: list[str]
    vectors: NDArray[np.float32]  # (n, dim), unit norm

    def row_of(self, root: str, path: str | PurePosixPath) -> int | None:
        """The row of one photo; None if it has no vector here."""
        wanted = str(path)
        rows = (row for row, here in enumerate(self.paths) if here == wanted and self.roots[row] == root)
        return next(rows, None)


def read_block(table: Any, column: str, dim: int) -> VectorBlock:
    """Read the vectors of every photo that is not missing and has one.

    The order does not depend on how the table came to be, so that equal scores always rank alike.
    """
    import pyarrow.compute as pc

    rows = table.search().where(f"missing = false AND {column} IS NOT NULL").select(["id", "root", "path", column])
    read = rows.to_arrow()
    read = read.take(pc.sort_indices(read, sort_keys=[("root", "ascending"), ("path", "ascending")]))
    chunks = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in read[column].chunks]
    flat = np.concatenate(chunks) if chunks else np.empty(0, dtype=np.float32)
    return VectorBlock(
        ids=read["id"].to_pylist(),
        roots=read["root"].to_pylist(),
        paths=read["path"].to_pylist(),
        vectors=flat.reshape(-1, dim),
    )

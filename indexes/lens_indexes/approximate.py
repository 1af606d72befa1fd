"""Approximate nearest neighbours for large tables: an inverted file with RaBitQ codes (arXiv:2405.12497).

LanceDB builds it beside the vectors and finds candidates in it, which are then scored exactly. Rows that were added since
are searched one by one until the index is brought up to date. With LanceDB's own settings two thirds of the right answers
are lost; those here were chosen on clustered vectors, and `make bench-search` says what they find.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["WORTH_IT", "Found", "is_built", "keep_up", "nearest"]

log = logging.getLogger(__name__)

WORTH_IT = 200_000
"""Vectors below which comparing with all of them is quicker."""
PROBES = 100
"""Partitions that are looked into."""
REFINED = 20
"""Candidates for each wanted neighbour that are scored exactly."""
BUILD_SECONDS = 6 * 3600
Found = dict[str, Any]
"""A row of the table, as far as it was asked for, with its `score`, the cosine."""


def is_built(table: Any, column: str) -> bool:
    """Whether there is an index of a vector column."""
    return _name(table, column) is not None


def keep_up(table: Any, column: str) -> bool:
    """Build the index of a column that has enough vectors, or take in what was added since: whether there is one then.

    Readers are never blocked. Takes about a minute for a million vectors of 512 numbers on two cores.
    """
    if is_built(table, column):
        return True
    if table.count_rows(f"missing = false AND {column} IS NOT NULL") < WORTH_IT:
        return False
    from lancedb.index import IvfRq

    log.info("building the index that makes searches of many photos quick")
    config = IvfRq(distance_type="cosine")
    table.create_index(column, config=config, wait_timeout=timedelta(seconds=BUILD_SECONDS))
    return True


def nearest(table: Any, column: str, vector: NDArray[np.float32], k: int, columns: Sequence[str]) -> list[Found]:
    """About the k nearest photos that are not missing, best first, with `columns` and the `score` of each.

    Args:
        table: of photos.
        column: with an index.
        vector: (dim,), unit norm.
        k: how many.
        columns: of the table.
    """
    found = (
        table.search(vector, vector_column_name=column)
        .distance_type("cosine")
        .nprobes(PROBES)
        .refine_factor(REFINED)
        .where("missing = false", prefilter=True)
        .limit(k)
        .select([*columns, "_distance"])
        .to_arrow()
    )
    rows = found.to_pylist()
    return [{name: row[name] for name in columns} | {"score": 1 - row["_distance"]} for row in rows]


def _name(table: Any, column: str) -> str | None:
    return next((index.name for index in table.list_indices() if index.columns == [column]), None)

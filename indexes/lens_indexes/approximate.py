"""Approximate nearest neighbours for large tables: an inverted file with RaBitQ codes (arXiv:2405.12497).

LanceDB builds it beside the vectors and finds candidates in it, which are then scored exactly. Rows that were added
since are searched one by one until `optimize` takes them in. With LanceDB's own settings most of the right answers are
lost; those here were chosen on clustered vectors, and `make bench-search` says what they find.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["WORTH_IT", "Found", "build", "is_built", "nearest"]

log = logging.getLogger(__name__)

WORTH_IT = 200_000
"""Vectors below which comparing with all of them is quicker."""
PROBES = 100
"""Partitions that are looked into."""
REFINED = 20
"""Candidates for each wanted neighbour that are scored exactly."""
SPARE = 8
"""Neighbours more than wanted, as some may be missing."""
BUILD_SECONDS = 6 * 3600
Found = dict[str, Any]
"""A row of the table, as far as it was asked for, with its `score`, the cosine."""


def is_built(table: Any, column: str) -> bool:
    """Whether there is an index of a vector column."""
    return _name(table, column) is not None


def build(table: Any, column: str, dim: int) -> bool:
    """Build the index of a column if it has enough vectors and there is none: whether there is one then.

    Readers are never blocked. Takes about a minute for a million vectors of 512 numbers on two cores. The codes take
    vectors whose length is a multiple of 8, as those of all known encoders are.
    """
    if is_built(table, column):
        return True
    if dim % 8 or table.count_rows(f"missing = false AND {column} IS NOT NULL") < WORTH_IT:
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
    found = [row for row in _search(table, column, vector, columns).limit(k + SPARE).to_list() if not row["missing"]]
    if len(found) < k:  # too many of the nearest are missing; looking at each photo's state first takes longer
        found = _search(table, column, vector, columns).where("missing = false", prefilter=True).limit(k).to_list()
    return [{name: row[name] for name in columns} | {"score": 1 - row["_distance"]} for row in found[:k]]


def _search(table: Any, column: str, vector: NDArray[np.float32], columns: Sequence[str]) -> Any:
    query = table.search(vector, vector_column_name=column).distance_type("cosine")
    return query.nprobes(PROBES).refine_factor(REFINED).select([*columns, "missing", "_distance"])


def _name(table: Any, column: str) -> str | None:
    return next((index.name for index in table.list_indices() if index.columns == [column]), None)

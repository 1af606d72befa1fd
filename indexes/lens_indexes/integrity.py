"""What is wrong in the tables of an index.

Everything is read in pages, so that the memory this takes does not grow with the index.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lens_indexes.deleting import quoted
from lens_indexes.failures import told_clearly
from lens_indexes.index import Index
from lens_indexes.roots import Roots
from lens_indexes.schema import EncoderColumn
from lens_indexes.snapshot import pages, snapshot

EXAMPLES = 5
IDS_AT_ONCE = 1 << 18  # held in memory while copies of them are looked for
NORM_TOLERANCE = 1e-3  # float32 unit vectors are off by 1e-6; what half precision rounds, by less than this
NO_ID = "NOT regexp_like(id, '^[0-9a-f]{32}$')"
NO_SKIP = "reason = '' OR path = '' OR size < 0"


@dataclass
class Problem:
    """One kind of thing that is wrong."""

    kind: str
    """One word or two, the same in every version."""
    about: str
    """What is wrong and what to do about it, in a sentence."""
    count: int = 0
    examples: list[str] = field(default_factory=list)
    """At most five."""

    def add(self, example: str) -> None:
        """Count one more."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(example)


def problems(index: Index) -> list[Problem]:
    """What is wrong in the tables, one entry for each kind."""
    tables = snapshot(index.uri)
    photos, skipped = tables["photos"], tables["skipped"]
    known = [root.name for root in Roots(index.uri, tables["roots"]).all()]
    found = []
    with told_clearly(index.uri):
        for encoder in index.photos.encoders():
            bad = Problem("bad vector", f"Vectors of {encoder.name} are not finite or not of unit norm: lens repair.")
            for _, path in bad_vectors(photos, encoder):
                bad.add(path)
            found.append(bad)
        double = Problem(
            "double id",
            "Ids stand in more than one row: lens repair removes copies; forget the others and index again.",
        )
        for id_ in double_ids(photos):
            double.add(id_)
        found += [
            double,
            _where(photos, NO_ID, Problem("no id", "Rows have an id that is none: restore a backup, or index anew.")),
            _where(
                photos,
                unknown_root(known),
                Problem("unknown root", "Photos are below a root that the index does not know: restore a backup."),
            ),
            _where(
                skipped, unsound_skips(known), Problem("bad skip", "Rows of skipped files make no sense: lens repair.")
            ),
        ]
        for id_ in double_ids(skipped):
            found[-1].add(id_)
    lost = Problem("no default", "The default encoder has no vectors here: lens repair.")
    if name := index.photos.lost_default():
        lost.add(name)
    return [problem for problem in [*found, lost] if problem.count]


def bad_vectors(table: Any, encoder: EncoderColumn, named: str = "path") -> Iterator[tuple[str, str]]:
    """Id and name of every row of a snapshot whose vector is not finite or not of unit norm.

    Args:
        table: of photos or regions.
        encoder: whose vectors.
        named: the column with the name.
    """
    import pyarrow.compute as pc

    for page in pages(table, ["id", named, encoder.column]):
        held = page.filter(pc.is_valid(page[encoder.column])).combine_chunks()
        flat = np.concatenate([chunk.flatten() for chunk in held[encoder.column].chunks] or [np.empty(0, np.float32)])
        norms = np.linalg.norm(flat.reshape(-1, encoder.dim), axis=1)
        bad = held.take(np.flatnonzero(~(np.abs(norms - 1) <= NORM_TOLERANCE)))  # a NaN is not less than anything
        yield from zip(bad["id"].to_pylist(), bad[named].to_pylist(), strict=True)


def double_ids(table: Any) -> Iterator[str]:
    """The ids that stand in more than one row.

    They are random, so that equal parts of the numbers from 0 to 256 hold equal parts of the rows.
    """
    import pyarrow.compute as pc

    parts = min(256, 1 + table.count_rows() // IDS_AT_ONCE)
    bounds = [256 * part // parts for part in range(parts)]
    for low, high in zip(bounds, [*bounds[1:], None], strict=True):
        within = f"id >= '{low:02x}'" + ("" if high is None else f" AND id < '{high:02x}'")
        ids = table.search().where(within).select(["id"]).to_arrow()
        counted = ids.group_by("id").aggregate([("id", "count")])
        yield from counted.filter(pc.field("id_count") > 1)["id"].to_pylist()


def unknown_root(known: Iterable[str]) -> str:
    """SQL for the rows that are below no known root."""
    names = quoted(known)
    return f"root NOT IN ({names})" if names else "true"


def unsound_skips(known: Iterable[str]) -> str:
    """SQL for the rows of `skipped` that make no sense."""
    return f"{NO_ID} OR {NO_SKIP} OR {unknown_root(known)}"


def _where(table: Any, condition: str, problem: Problem) -> Problem:
    problem.count = table.count_rows(condition)
    rows = table.search().where(condition).select(["root", "path"]).limit(EXAMPLES).to_arrow().to_pylist()
    problem.examples = [f"{row['root']}/{row['path']}" for row in rows]
    return problem

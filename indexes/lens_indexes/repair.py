"""Mending what is wrong in the tables of an index, as far as nothing has to be guessed."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from lens_indexes.deleting import quoted
from lens_indexes.failures import told_clearly
from lens_indexes.index import Index
from lens_indexes.integrity import bad_vectors, double_ids, unsound_skips
from lens_indexes.region_integrity import bad_boxes, orphans
from lens_indexes.snapshot import snapshot

ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Repair:
    """One kind of thing that was mended, or in a dry run would be."""

    about: str
    count: int


def repair(index: Index, *, dry_run: bool = False) -> list[Repair]:
    """Mend the tables; every step may be killed and run again.

    Vectors that are none are emptied, and the next index run fills them. Of rows that are the same in everything one is
    kept; rows that only share an id are left alone, since none of them is known to be the right one.
    """
    photos, skipped = index.tables["photos"], index.tables["skipped"]
    unsound = unsound_skips([root.name for root in index.roots.all()])
    done = []
    with nullcontext() if dry_run else index.writing(), told_clearly(index.uri):
        done.append(Repair("copies of rows removed", _delete_copies(photos, dry_run)))
        for encoder in index.photos.encoders():
            ids = {id_ for id_, _ in bad_vectors(snapshot(index.uri)["photos"], encoder)}
            done.append(Repair(f"vectors of {encoder.name} emptied; the next lens index fills them", len(ids)))
            if not dry_run:
                index.photos.empty_vectors(ids, encoder)
        copies, bad = _delete_copies(skipped, dry_run), skipped.count_rows(unsound)
        done.append(Repair("rows of skipped files removed; the next lens index tries the files again", copies + bad))
        if bad and not dry_run:
            skipped.delete(unsound)
        done += _mend_regions(index, dry_run)
        if lost := index.photos.lost_default():
            done.append(Repair(f"choice of {lost} as the default encoder taken back", 1))
            if not dry_run:
                index.photos.unset_default()
    return [repair for repair in done if repair.count]


def _mend_regions(index: Index, dry_run: bool) -> list[Repair]:
    """Remove regions that nothing can be found for, and empty vectors that are none."""
    tables = snapshot(index.uri)
    regions = tables.get("regions")
    if regions is None:
        return []
    lost = {*orphans(tables["photos"], regions), *bad_boxes(regions)}
    done = [Repair("regions removed whose photo is gone or whose box cannot be", len(lost))]
    if not dry_run:
        index.regions.delete(lost)
    for encoder in index.regions.encoders():
        ids = {id_ for id_, _ in bad_vectors(regions, encoder, named="category")} - lost
        done.append(Repair(f"vectors of regions of {encoder.name} emptied", len(ids)))
        if not dry_run:
            index.regions.empty_vectors(ids, encoder)
    return done


def _delete_copies(table: Any, dry_run: bool) -> int:
    """Of rows that are the same in everything, keep the first: how many others there are.

    LanceDB's row numbers stay as they are until a table is compacted, which only the one writer does.
    """
    numbers = list(_copies(table))
    for start in range(0, 0 if dry_run else len(numbers), ROWS_AT_ONCE):
        table.delete(f"_rowid IN ({', '.join(map(str, numbers[start : start + ROWS_AT_ONCE]))})")
    return len(numbers)


def _copies(table: Any) -> Iterator[int]:
    """The row numbers of rows that are the same in everything as an earlier one."""
    doubled = list(double_ids(table))
    for start in range(0, len(doubled), ROWS_AT_ONCE):
        some = quoted(doubled[start : start + ROWS_AT_ONCE])
        rows = table.search().where(f"id IN ({some})").with_row_id(True).to_arrow()
        seen = set()
        for number, row in zip(rows["_rowid"].to_pylist(), rows.drop_columns("_rowid").to_pylist(), strict=True):
            content = repr(row)  # in which one NaN is like another
            if content in seen:
                yield number
            seen.add(content)

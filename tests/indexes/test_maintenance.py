"""Compaction changes what an index weighs and how fast it is read, and nothing else."""

import time
from datetime import timedelta
from pathlib import Path

import lancedb
import numpy as np
import pytest

from lens_indexes import Index, SkippedRow, top_k
from tests.rows import CLIP, row, unit


@pytest.fixture
def worn(tmp_path: Path) -> Index:
    """An index after many commits, with each third photo a duplicate of the one before it, and some gone again."""
    index = Index.create(str(tmp_path / "index"))
    index.photos.bind(CLIP)
    index.roots.add(tmp_path / "photos")
    vectors = unit(90, CLIP.dim)
    vectors[2::3] = vectors[1::3]
    for number in range(90):
        index.photos.add([row(number)], {CLIP: vectors[number : number + 1]})
        index.skipped.add([SkippedRow(f"{number:032x}", "photos", f"{number}.gif", 3, 4, "truncated", "pillow")])
    index.photos.delete([row(number).id for number in range(0, 90, 10)])
    index.photos.mark_missing([row(7).id])
    return index


def answers(index: Index) -> tuple[list[list[str]], np.ndarray]:
    """Paths and scores of the ten best for some queries."""
    block = index.block(CLIP)
    rows, scores = top_k(unit(20, CLIP.dim, seed=1), block.vectors, 10)
    return [[block.path(row).name for row in found] for found in rows], scores


def fragments(index: Index) -> list[int]:
    tables = [lancedb.connect(index.uri).open_table(name) for name in index.tables]
    return [table.stats()["fragment_stats"]["num_fragments"] for table in tables]


def test_optimize_joins_every_table_and_changes_no_answer(worn):
    paths, scores = answers(worn)
    rows = worn.tables["photos"].to_arrow().sort_by("id").to_pylist()
    skipped = worn.skipped.all()
    worn.optimize()
    assert fragments(worn) == [1, 1, 1]
    for reader in (worn, Index.open(worn.uri)):
        after_paths, after_scores = answers(reader)
        assert after_paths == paths
        np.testing.assert_array_equal(after_scores, scores)
    assert worn.tables["photos"].to_arrow().sort_by("id").to_pylist() == rows
    assert worn.skipped.all() == skipped


def test_old_versions_are_removed_once_they_are_old_enough(worn):
    before = worn.bytes()
    worn.optimize()
    assert len(worn.tables["photos"].list_versions()) > 90  # all of the last hour
    time.sleep(1.1)
    worn.optimize(keep=timedelta(seconds=1))
    assert len(worn.tables["photos"].list_versions()) <= 2
    assert worn.bytes() < before / 2


def test_a_reader_of_the_version_before_is_not_disturbed(worn):
    reader = lancedb.connect(worn.uri).open_table("photos")
    batches = reader.search().select(["path", CLIP.column]).to_batches(10)
    paths = batches.read_next_batch()["path"].to_pylist()
    reader_at_a_version = lancedb.connect(worn.uri).open_table("photos")
    reader_at_a_version.checkout(reader_at_a_version.version)
    worn.optimize()
    for batch in batches:
        paths += batch["path"].to_pylist()
    assert len(paths) == len(set(paths)) == 81
    assert reader_at_a_version.to_arrow().num_rows == 81

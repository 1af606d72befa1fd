"""What is wrong with regions is found and mended."""

import numpy as np
import pyarrow as pa
import pytest

from lens_indexes import Index, region_problems, repair
from tests.indexes.test_regions import region
from tests.rows import CLIP, row, unit


@pytest.fixture
def index(tmp_path) -> Index:
    index = Index.create(str(tmp_path / "index"))
    index.photos.bind(CLIP)
    root = index.roots.add(tmp_path)
    index.photos.add([row(number, root=root.name) for number in range(3)], {CLIP: unit(3, CLIP.dim)})
    index.regions.add([region(number, number % 3) for number in range(6)], {CLIP: unit(6, CLIP.dim)})
    return index


def found(index: Index) -> dict[str, list[str]]:
    return {problem.kind: problem.examples for problem in region_problems(index)}


def test_sound_regions_are_left_alone(index):
    assert found(index) == {}
    version = index.regions.table().version
    assert repair(index) == []
    assert index.regions.table().version == version


def test_regions_without_a_photo_or_a_box_go_and_bad_vectors_are_emptied(index):
    rows = index.regions.table().to_arrow().to_pylist()
    rows[0]["photo"] = "f" * 32
    rows[1]["box"] = [1, 1, 1, 2]
    rows[2]["box"] = [-1, 0, 3, 2]
    rows[3][CLIP.column] = (2 * np.array(rows[3][CLIP.column])).tolist()
    rows[4]["box"] = [0, 0, 5, 2]
    table = index.regions.table()
    table.add(pa.Table.from_pylist(rows, table.schema), mode="overwrite")
    assert found(index) == {
        "orphan region": [rows[0]["id"]],
        "bad box": [rows[1]["id"], rows[2]["id"], rows[4]["id"]],
        "bad region vector": [rows[3]["id"]],
    }
    foreseen = repair(index, dry_run=True)
    assert [mended.count for mended in foreseen] == [4, 1]
    assert repair(index) == foreseen
    assert found(index) == {}
    assert sorted(index.regions.matching()["id"].to_pylist()) == [rows[3]["id"], rows[5]["id"]]
    assert index.regions.vectors(CLIP)[0] == [rows[5]["id"]]

"""A whole labelling through keys and mouse: what is exported in the end is exactly what was done."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lens import Library
from lens.labeling.masks import decoded
from lens_indexes import Box, Index, RegionRow, RegionState

pytestmark = [
    pytest.mark.slow,  # it finds things in photos
    pytest.mark.timeout(1800),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # of pycocotools
]

WHOLE = Path(__file__).resolve().parent.parent.parent


def test_dogs_are_found_corrected_painted_accepted_and_exported(
    library: Library, samples: Path, tmp_path: Path
) -> None:
    library.index([samples])
    place = tmp_path / "labels.json"
    command = [sys.executable, "-m", "tests.gui.label_walk", library.uri, str(place)]
    environment = os.environ | {"XDG_CONFIG_HOME": str(tmp_path / "config"), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        command, cwd=WHOLE, env=environment, capture_output=True, text=True, timeout=1500, check=False
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, dict[str, Any]] = json.loads(done.stdout)

    index = Index.open(library.uri)
    rows = {row.id: row for row in index.regions.get(index.regions.matching()["id"].to_pylist())}
    said = {id_: row for id_, row in rows.items() if row.state in {RegionState.ACCEPTED, RegionState.EDITED}}
    assert set(said) == {each["id"] for each in seen.values()} and len(said) < len(rows)
    for each in seen.values():
        row = said[each["id"]]
        assert (row.category, list(row.box)) == ("dog", each["box"])
        assert (row.mask.decode("ascii") if row.mask else None) == each["mask"]
    states = {name: said[each["id"]].state for name, each in seen.items()}
    assert states == {
        **{"corrected": RegionState.EDITED, "painted": RegionState.EDITED},
        "accepted": RegionState.ACCEPTED,
    }
    assert said[seen["painted"]["id"]].source == "me" != said[seen["corrected"]["id"]].source
    assert read(place) == {("dog", rounded(row.box), pixels(row)) for row in said.values()}


def pixels(row: RegionRow) -> bytes | None:
    return None if row.mask is None else decoded(row.mask, row.width, row.height).tobytes()


def rounded(box: Box) -> tuple[float, ...]:
    """A file has three decimals."""
    return tuple(round(edge, 3) for edge in box)


def read(place: Path) -> set[tuple[str, tuple[float, ...], bytes | None]]:
    """The classes, boxes and masks that pycocotools finds in a file."""
    from pycocotools.coco import COCO

    coco = COCO(str(place))
    found = set()
    for each in coco.loadAnns(coco.getAnnIds()):
        x, y, width, height = each["bbox"]
        mask = np.asarray(coco.annToMask(each), bool).tobytes() if each["segmentation"] else None
        [category] = coco.loadCats(each["category_id"])
        found.add((category["name"], rounded((x, y, x + width, y + height)), mask))
    return found

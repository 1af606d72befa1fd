"""The methods that can be asked for are said to be there, wherever people look."""

from pathlib import Path

import pytest

from lens.selfsup.methods import METHODS, OF_PATCHES
from lens.tuning.making import FROM_WORDS

pytest.importorskip("lightly")

PAGE = Path(__file__).parents[3] / "docs" / "METHODS.md"


def test_the_page_has_every_method_and_the_networks_it_trains():
    rows = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert [row[0].strip("| `") for row in rows] == [*METHODS, *FROM_WORDS]
    assert tuple(row[0].strip("| `") for row in rows if row[2] == "vision transformers") == OF_PATCHES

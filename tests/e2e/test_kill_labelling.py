"""A labelling that is killed at any moment, again and again, ends where an undisturbed one ends."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lens import Library
from tests.e2e.killed_labelling import label
from tests.fakes import ColourEncoder
from tests.label_fakes import draw_things

STAGES = {"read": 8, "find": 2, "cut": 6, "encode": 3, "write": 2}
"""How often each stage occurs, at least, before the next commit."""
SEED = 20261125


def moments(count: int) -> list[tuple[str, int, int]]:
    """Stage, occurrence and milliseconds after it."""
    draw = random.Random(SEED)
    stages = [*STAGES][::-1]  # the writing first: it is where half a thing could be left
    return [
        (stages[number % 5], draw.randint(1, 1 if number > 4 else STAGES[stages[number % 5]]), draw.randint(0, 25))
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of sixty photos with a thing or two in each."""
    place = tmp_path_factory.mktemp("killed-labelling")
    for number in range(60):
        at = number % 30
        things = {"red": (at, 5, at + 20, 30), "blue" if number % 2 else "navy": (2, 32 + at // 4, 70, 58)}
        draw_things(place / "photos" / f"{number:02}.png", things)
    Library.open(place / "index").index([place / "photos"], ColourEncoder())
    return place / "index"


def contents(uri: Path) -> tuple[list, list]:
    """All that is known of regions, without their ids and times, and what was looked through."""
    index = Library.open(uri)._index()
    table = index.regions.table().to_arrow().drop_columns(["id", "made_at"])
    looked = index.labelled.rows().drop_columns(["at"]).to_pylist()
    return sorted(map(str, table.to_pylist())), sorted(map(str, looked))


@pytest.fixture(scope="module")
def undisturbed(before, tmp_path_factory) -> tuple[list, list]:
    uri = tmp_path_factory.mktemp("undisturbed") / "index"
    shutil.copytree(before, uri)
    label(str(uri))
    regions, looked = contents(uri)
    assert (len(regions), len(looked)) == (120, 60)
    return regions, looked


def test_a_killed_labelling_is_taken_up_again(before, undisturbed, tmp_path):
    check_kills(before, undisturbed, tmp_path, 2)


@pytest.mark.slow
def test_a_labelling_is_taken_up_again_after_ten_kills(before, undisturbed, tmp_path):
    check_kills(before, undisturbed, tmp_path, 10)


def check_kills(before: Path, undisturbed: tuple[list, list], tmp_path: Path, count: int) -> None:
    uri = tmp_path / "index"
    shutil.copytree(before, uri)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = 0
    for moment in moments(count):
        run = subprocess.run(
            [sys.executable, "-m", "tests.e2e.killed_labelling", str(uri), *map(str, moment)],
            capture_output=True,
            text=True,
            env=environment,
            cwd=Path(__file__).parents[2],
            check=False,
        )
        assert run.returncode in (-9, 0), run.stderr
        killed += run.returncode == -9
    assert killed >= min(count, 6)
    assert Library.open(uri).verify() == []
    label(str(uri))
    assert contents(uri) == undisturbed

"""A tagging that is killed at any moment goes on where it stopped, and ends where an undisturbed one ends."""

import colorsys
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lens import Library
from tests.e2e.killed_tagging import tag
from tests.fakes import ColourEncoder, paint

MOMENTS = [("commit", 3, 0), ("commit", 2, 12), ("commit", 1, 4), ("progress", 3, 0), ("progress", 20, 1)]
OFTEN = [("commit", at, ms) for at in (1, 2) for ms in (0, 3, 6, 9, 15, 25)]
"""Of the commits that are left."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Sixty photos of all shades and their index."""
    for number in range(60):
        red, green, blue = (int(part * 255) for part in colorsys.hsv_to_rgb(number / 60, 0.35 + number % 2 / 2, 0.6))
        paint(tmp_path / "photos" / f"{number:02}.png", f"rgb({red},{green},{blue})")
    Library.open(tmp_path / "index").index([tmp_path / "photos"], ColourEncoder())
    return tmp_path


def test_a_killed_tagging_goes_on_where_it_stopped(place):
    check_kills(place, MOMENTS)


@pytest.mark.slow
def test_a_killed_tagging_goes_on_however_often(place):
    check_kills(place, [*OFTEN, *MOMENTS])


def check_kills(place: Path, moments: list[tuple[str, int, int]]) -> None:
    uri = place / "index"
    expected = tag(Library.open(uri), dry_run=True)
    killed, before = 0, 0
    for moment in moments:
        run = subprocess.run(
            [sys.executable, "-m", "tests.e2e.killed_tagging", str(uri), *map(str, moment)],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            cwd=Path(__file__).parents[2],
            check=False,
        )
        assert run.returncode in (-9, 0), run.stderr
        killed += run.returncode == -9
        assert Library.open(uri).verify() == []
        there = tag(Library.open(uri), dry_run=True)
        assert_same(there.photos, expected.photos)
        assert there.already >= before, "what was tagged stays so"
        before = there.already
    assert killed >= 3
    assert before >= 16
    done = tag(Library.open(uri), write_xmp=True)
    assert_same(done.photos, expected.photos)
    [held] = Library.open(uri).tags.all()
    assert held.photos == 60
    assert held.tags == {
        name: count for name in ("blue", "colour", "green", "red") if (count := counted(expected.photos, name))
    }
    assert {file.name for file in place.rglob("*.xmp")} == {
        f"{photo.path.name}.xmp" for photo in done.photos if photo.tags
    }


def assert_same(photos, others) -> None:
    """Scores of vectors that lie elsewhere in memory may be rounded otherwise."""
    assert len(photos) == len(others)
    for one, other in zip(photos, others, strict=True):
        assert one.path == other.path
        assert {tag.name: tag.score for tag in one.tags} == pytest.approx({tag.name: tag.score for tag in other.tags})


def counted(photos, name: str) -> int:
    return sum(name in [tag.name for tag in photo.tags] for photo in photos)

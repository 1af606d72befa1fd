"""A run that is killed at any moment and run again ends where an undisturbed run ends."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import lancedb
import pytest

from lens import Library
from tests.fakes import ColourEncoder, paint
from tests.rows import age

# How often each stage occurs, at least, and how many milliseconds there are after it to be killed in.
STAGES = {
    "migrate": (3, 8),
    "scan": (1, 45),
    "decode": (60, 45),
    "encode": (14, 45),
    "write": (7, 45),
    "optimize": (3, 8),
}
SEED = 20261122
BY_DEFAULT, OFTEN = 3, 12


def moments(numbers: range) -> list[tuple[str, int, int]]:
    """Stage, occurrence and milliseconds after it, for the kills with these numbers."""
    found = []
    for stage, (most, longest) in STAGES.items():
        for number in numbers:
            random_ = random.Random(f"{SEED} {stage} {number}")
            found.append((stage, random_.randint(1, most), random_.randint(0, longest) if number else 0))
    return found


def colour(number: int) -> str:
    return f"rgb({number * 37 % 256},{number * 91 % 256},{number * 53 % 256})"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An index of a folder, and the folder after much has changed in it."""
    place = tmp_path_factory.mktemp("killed")
    folder, uri = place / "photos", place / "index"
    for number in range(40):
        paint(folder / f"{number:03}.png", colour(number))
    (folder / "broken.jpg").write_bytes(b"broken")
    Library.open(uri).index([folder], ColourEncoder())
    age(str(uri))
    for number in range(5):
        (folder / f"{number:03}.png").rename(folder / f"moved {number}.png")
    for number in range(5, 10):
        paint(folder / f"{number:03}.png", colour(number + 1000))
    for number in range(10, 15):
        (folder / f"{number:03}.png").unlink()
    for number in range(100, 160):
        paint(folder / "new" / f"{number:03}.png", colour(number))
    (folder / "019.png").write_bytes(b"broken now")
    (folder / "new" / "broken.gif").write_bytes(b"broken too")
    paint(folder / "broken.jpg", "teal")
    return uri, folder


def contents(uri: Path, ids_of: frozenset[str]) -> tuple[dict, list]:
    """All rows by path, with the ids of those that had one before; a path in two rows would show as a list of two."""
    database = lancedb.connect(uri)
    rows: dict[str, list] = {}
    for row in database.open_table("photos").to_arrow().to_pylist():
        row.pop("indexed_at")
        if row["id"] not in ids_of:
            row.pop("id")
        rows.setdefault(row["path"], []).append(row)
    skipped = database.open_table("skipped").to_arrow().select(["path", "reason", "size"]).to_pylist()
    return rows, sorted(skipped, key=lambda row: row["path"])


@pytest.fixture(scope="module")
def ids_before(before) -> frozenset[str]:
    return frozenset(lancedb.connect(before[0]).open_table("photos").to_arrow()["id"].to_pylist())


@pytest.fixture(scope="module")
def undisturbed(before, ids_before, tmp_path_factory) -> tuple[dict, list]:
    uri = tmp_path_factory.mktemp("undisturbed") / "index"
    shutil.copytree(before[0], uri)
    report = Library.open(uri).index([before[1]], ColourEncoder())
    assert (report.added, report.changed, report.moved, report.skipped) == (61, 5, 5, 2)
    assert report.missing == 6
    Library.open(uri).optimize()
    return contents(uri, ids_before)


def named(moment: tuple[str, int, int]) -> str:
    return "{}-{}+{}ms".format(*moment)


@pytest.mark.parametrize("moment", moments(range(BY_DEFAULT)), ids=named)
def test_a_killed_run_is_taken_up_again(before, ids_before, undisturbed, tmp_path, moment):
    check_kill(before, ids_before, undisturbed, tmp_path, moment)


@pytest.mark.slow
@pytest.mark.parametrize("moment", moments(range(BY_DEFAULT, BY_DEFAULT + OFTEN)), ids=named)
def test_a_killed_run_is_taken_up_again_however_often(before, ids_before, undisturbed, tmp_path, moment):
    check_kill(before, ids_before, undisturbed, tmp_path, moment)


def check_kill(before, ids_before, undisturbed, tmp_path, moment):
    uri = tmp_path / "killed"
    shutil.copytree(before[0], uri)
    program = [sys.executable, "-m", "tests.e2e.killed_run"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.run(
        [*program, str(uri), str(before[1]), *map(str, moment)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert killed.returncode == -9, f"{killed.stdout}{killed.stderr}"
    assert killed.stdout == f"reached stage {moment[0]}\n"

    rows, _ = contents(uri, ids_before)
    assert all(len(at_path) == 1 and at_path[0]["colour"] is not None for at_path in rows.values())
    library = Library.open(uri)
    library.index([before[1]], ColourEncoder())
    library.optimize()
    assert library.verify() == []
    rows, skipped = contents(uri, ids_before)
    assert skipped == undisturbed[1]
    for path, expected in undisturbed[0].items():
        assert rows[path] == expected, path
    assert len(rows) == len(undisturbed[0])

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

STAGES = {"scan": 1, "decode": 60, "encode": 14, "write": 7}  # and how often each occurs, at least
SEED = 20261122
KILLS = [
    (stage, random.Random(f"{SEED} {stage} {number}").randint(1, most), (0, 3, 9, 20, 45)[number])
    for stage, most in STAGES.items()
    for number in range(5)
]


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
    return contents(uri, ids_before)


@pytest.mark.parametrize("moment", KILLS, ids=lambda moment: "{}-{}+{}ms".format(*moment))
def test_a_killed_run_is_taken_up_again(before, ids_before, undisturbed, tmp_path, moment):
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
    assert "finished" not in killed.stdout

    rows, _ = contents(uri, ids_before)
    assert all(len(at_path) == 1 and at_path[0]["colour"] is not None for at_path in rows.values())
    Library.open(uri).index([before[1]], ColourEncoder())
    rows, skipped = contents(uri, ids_before)
    assert skipped == undisturbed[1]
    for path, expected in undisturbed[0].items():
        assert rows[path] == expected, path
    assert len(rows) == len(undisturbed[0])

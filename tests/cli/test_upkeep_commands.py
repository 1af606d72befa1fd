"""The commands that look after an index, as people and scripts meet them."""

import json
import os
import pty
import subprocess
import time
from pathlib import Path

import lancedb
import pytest

from lens_indexes import Index
from tests.cli.test_commands import LENS, environment, fails, ok, run
from tests.fakes import paint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve photos."""
    for number in range(12):
        paint(tmp_path / "photos" / f"{number:02}.png", f"rgb({number * 20},0,0)")
    return (tmp_path / "photos").resolve()


@pytest.fixture
def at(tmp_path: Path, folder: Path) -> list[str]:
    """Options that name the index of the photos."""
    options = ["--index", str(tmp_path / "index")]
    ok("index", str(folder), "-q", *options)
    return options


def test_verify_and_repair(at, folder):
    done = run("verify", *at)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "Everything is in order.\n")
    assert json.loads(ok("verify", "--json", *at)) == []
    assert "nothing to mend" in run("repair", *at).stderr

    table = lancedb.connect(at[1]).open_table("photos")
    table.add(table.to_arrow().slice(0, 7))
    (folder / "11.png").unlink()
    done = run("verify", *at)
    assert done.returncode == 1
    double, gone = done.stdout.splitlines()
    assert double.startswith("double id: 7 (")
    assert ", …). Ids stand in more than one row: lens repair" in double
    assert gone == f"file gone: 1 ({folder / '11.png'}). Files are gone: lens index FOLDER hides them."
    done = run("verify", "--json", *at)
    assert done.returncode == 1
    problems = json.loads(done.stdout)
    assert [(problem["kind"], problem["count"], len(problem["examples"])) for problem in problems] == [
        ("double id", 7, 5),
        ("file gone", 1, 1),
    ]
    assert all(problem.keys() == {"kind", "about", "count", "examples"} for problem in problems)

    assert "Would be done: 7 copies of rows removed" in run("repair", "--dry-run", *at).stderr
    assert run("repair", *at, stdin="n\n").returncode == 1
    assert json.loads(ok("status", "--json", *at))["photos"] == 19
    ok("repair", "--yes", *at)
    assert json.loads(ok("status", "--json", *at))["photos"] == 12
    ok("index", str(folder), "-q", *at)
    ok("verify", *at)


def test_optimize_backup_and_move_root(at, folder, tmp_path):
    wanted = ok("search", "red", "-f", *at)
    assert "Optimized" in run("optimize", *at).stderr
    assert ok("search", "red", "-f", *at) == wanted

    assert "12 photos need no approximate index" in fails("optimize", "--approximate", *at)
    assert "go with --engine ray" in run("optimize", "--workers", "2", *at).stderr
    assert "Optimized" in run("optimize", "--exact", *at).stderr

    copy = tmp_path / "copy"
    ok("backup", str(copy), *at)
    assert ok("search", "red", "-f", "--index", str(copy)) == wanted
    line = fails("backup", str(copy), *at)
    assert "--force" in line
    assert line.count("\n") == 1
    ok("backup", str(copy), "--force", *at)

    folder.rename(tmp_path / "moved")
    done = run("move-root", str(folder), str(tmp_path / "moved"), "--dry-run", *at)
    assert "12 of 12 photos looked for are in" in done.stderr
    assert ok("search", "red", "-f", *at) == wanted
    ok("move-root", str(folder), str(tmp_path / "moved"), *at)
    assert ok("search", "red", "-f", *at) == wanted.replace(str(folder), str((tmp_path / "moved").resolve()))
    line = fails("move-root", str(folder), str(tmp_path / "moved"), *at)
    assert "is no root" in line
    assert line.count("\n") == 1


def test_a_large_prune_is_refused_without_a_terminal(at, folder):
    for number in range(3):
        (folder / f"{number:02}.png").unlink()
    said = run("index", str(folder), "--prune", "--dry-run", *at).stderr
    assert f"--prune would not remove 3 of the 12 photos of {folder}" in said
    line = fails("index", str(folder), "--prune", "-q", *at)
    assert line.startswith(f"lens: 3 of the 12 photos of {folder} are gone")
    assert line.count("\n") == 1
    assert json.loads(ok("status", "--json", *at))["missing"] == 3
    report = json.loads(ok("index", str(folder), "--prune", "--yes", "--json", *at))
    assert (report["pruned"], report["losses"]) == (3, [])
    assert json.loads(ok("status", "--json", *at))["missing"] == 0


@pytest.mark.parametrize(("answer", "left"), [("n\n", 3), ("y\n", 0)])
def test_a_large_prune_asks_on_a_terminal(at, folder, answer, left):
    for number in range(3):
        (folder / f"{number:02}.png").unlink()
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*LENS, "index", str(folder), "--prune", *at], stdin=theirs, stdout=theirs, stderr=theirs, env=environment()
    ) as running:
        os.close(theirs)
        said = b""
        while b"[y/N]" not in said:
            said += os.read(ours, 4096)
        os.write(ours, answer.encode())
        while running.poll() is None:
            try:
                said += os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
    os.close(ours)
    assert b"Remove 3 of the 12 photos of" in said
    assert running.returncode == (1 if left else 0)
    assert json.loads(ok("status", "--json", *at))["missing"] == left


def test_a_second_run_says_who_is_first_or_waits(at, folder):
    with Index.open(at[1]).writing():
        line = fails("index", str(folder), *at)
        assert f"(process {os.getpid()} on " in line
        assert line.count("\n") == 1
        for command in (["optimize"], ["repair", "--yes"], ["forget", str(folder), "--yes"]):
            done = run(*command, *at)
            assert "Another Lens is writing" in done.stderr or "nothing to mend" in done.stderr
        ok("search", "red", *at)
        waiting = subprocess.Popen(
            [*LENS, "index", str(folder), "--wait", *at], stderr=subprocess.PIPE, text=True, env=environment()
        )
        assert waiting.stderr.readline().startswith("Waiting for another Lens")
        time.sleep(0.5)
        assert waiting.poll() is None
    assert "12 unchanged" in waiting.communicate()[1]
    assert waiting.returncode == 0


@pytest.mark.parametrize("command", ["verify", "repair", "optimize", "backup", "move-root"])
def test_every_command_has_help(command):
    assert f"lens {command}" in ok(command, "--help")


def test_without_an_index_it_is_one_line(tmp_path):
    nowhere = ["--index", str(tmp_path / "none")]
    for command in (["verify"], ["repair"], ["optimize"], ["backup", str(tmp_path / "x")], ["move-root", "a", "b"]):
        line = fails(*command, *nowhere)
        assert "There is no index" in line
        assert line.count("\n") == 1

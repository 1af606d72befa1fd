"""The query language and what goes with it, as people type it."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

LENS = [sys.executable, "-c", "from lens_cli.app import main; main()"]


@pytest.fixture(scope="module")
def env(tmp_path_factory, samples) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("queries")
    own = {"LENS_INDEX": str(folder / "index"), "PYTHONPATH": os.pathsep.join(sys.path)}
    made = subprocess.run(
        [*LENS, "index", str(samples)], capture_output=True, text=True, env=os.environ | own, check=False
    )
    assert made.returncode == 0, made.stderr
    return os.environ | own


def lens(env, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess:
    return subprocess.run([*LENS, *arguments], capture_output=True, text=True, check=False, env=env, cwd=cwd)


def found(env, *arguments: str, cwd: Path | None = None) -> list[str]:
    done = lens(env, "search", *arguments, "-f", "--all", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_filters_and_operators(env, samples):
    food = found(env, "folder:food", "-t", "100")
    assert food
    assert all("/food/" in path for path in food)
    assert set(found(env, "a dog", "folder:food", "-t", "100")) == set(food)
    assert not any("/food/" in path for path in found(env, "food -folder:food", "-t", "100"))
    both = found(env, "(a dog OR food on a plate) format:jpeg", "-t", "2")
    assert len(both) == 2
    assert found(env, "folder:./food", "-t", "100", cwd=samples) == food


def test_filters_that_no_photo_meets_are_said_to_be_so(env):
    assert lens(env, "search", "rating:5").stderr == "No photo meets rating:5.\n"


def test_an_id_from_json_is_a_query(env):
    rows = json.loads(lens(env, "search", "a dog", "--all", "--json", "-t", "2").stdout)
    assert found(env, f"id:{rows[0]['id']}", "-t", "1") == [rows[0]["path"]]
    assert rows[0]["path"] not in found(env, f"similar:{rows[0]['id']}")


def test_a_query_that_cannot_be_read_is_shown_with_its_place(env):
    failed = lens(env, "search", "a", "dog camra:canon")
    assert (failed.returncode, failed.stdout) == (1, "")
    said, shown, mark = failed.stderr.splitlines()
    assert said.startswith("lens: There is no filter camra: – did you mean camera:?")
    assert shown[mark.index("^") : len(mark)] == "camra:canon"


@pytest.mark.parametrize(
    "query", ["'; DROP TABLE photos; --", "x" * 10_000, "a\nb", "tag:' camera:\"' OR 1=1\"", "%_\\"]
)
def test_hostile_text_finds_something_or_nothing(env, query):
    done = lens(env, "search", "--json", "--", query)
    assert done.returncode == 0, done.stderr
    json.loads(done.stdout)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_an_answer_that_cannot_be_written_is_one_line(env):
    for words in (["status"], ["search", "a dog"]):
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            done = subprocess.run([*LENS, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=env)
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1] == "lens: the answer cannot be written: no space is left."
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("gone", ["| true", ">&-"])
def test_an_answer_that_nobody_reads_is_no_fault(env, gone):
    buffered = {name: value for name, value in env.items() if name != "PYTHONUNBUFFERED"}
    command = ["sh", "-c", f'"$@" {gone}', "sh", *LENS, "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=buffered)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_name_commands_no_terminal(env, tmp_path, samples):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "\x1b[31mred.jpg").write_bytes((samples / "bear.jpg").read_bytes())
    own = env | {"LENS_INDEX": str(tmp_path / "index"), "TERM": "dumb"}  # which no picture is sent to
    assert lens(own, "index", str(tmp_path / "photos")).returncode == 0
    assert "\x1b[31mred.jpg" in lens(own, "search", "a bear", "--all").stdout  # to another program it is the name
    master, slave = pty.openpty()
    done = subprocess.run(
        [*LENS, "search", "a bear", "--all"], stdout=slave, stderr=slave, check=False, env=own, timeout=60
    )
    assert done.returncode == 0
    shown = os.read(master, 100_000).decode()
    os.close(slave)
    os.close(master)
    assert "\\x1b[31mred.jpg" in shown
    assert "\x1b" not in shown


def test_copies_and_links(env, tmp_path):
    wanted = found(env, "a dog", "-t", "3")
    foreseen = lens(env, "search", "a dog", "--all", "-t", "3", "--copy-to", str(tmp_path / "out"), "--dry-run")
    assert foreseen.stdout.count("\n") == 3
    assert "Would copy 3 photos" in foreseen.stderr
    assert not (tmp_path / "out").exists()
    copying = ("search", "a dog", "--all", "-t", "3", "--copy-to", str(tmp_path / "out"))
    assert "Copied 3 photos" in lens(env, *copying).stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(Path(path).name for path in wanted)
    assert (
        "3 photos there already"
        in lens(env, "search", "a dog", "--all", "-t", "3", "--copy-to", str(tmp_path / "out")).stderr
    )
    lens(env, "search", "a dog", "--all", "-t", "3", "--link-to", str(tmp_path / "links"))
    assert {str(path.resolve()) for path in (tmp_path / "links").iterdir()} == set(wanted)
    for wrong in (["--dry-run"], ["--copy-to", "a", "--link-to", "b"]):
        assert lens(env, "search", "a dog", *wrong).returncode == 2


def test_saved_queries_albums_and_imported_facts(env, samples, tmp_path):
    dog = next(samples.glob("*poodle*"))
    assert lens(env, "saved", "add", "poodle", f"./{dog.name}", cwd=samples).returncode == 0
    assert json.loads(lens(env, "saved", "list", "--json").stdout) == [{"name": "poodle", "query": str(dog)}]
    assert found(env, "saved:poodle", "-t", "1", cwd=tmp_path) == [str(dog)]
    assert "Dropped" in lens(env, "saved", "drop", "poodle").stderr

    assert "Would add" in lens(env, "album", "add", "eats", "folder:food", "--dry-run").stderr
    assert lens(env, "album", "list", "--json").stdout.strip() == "[]"
    lens(env, "album", "add", "eats", "folder:food")
    [album] = json.loads(lens(env, "album", "list", "--json").stdout)
    assert album["photos"] == len(found(env, "album:eats", "-t", "100"))
    assert lens(env, "album", "drop", "eats", "--yes").returncode == 0

    (tmp_path / "facts.csv").write_text(f"path,fun\n{dog},7\nnone.jpg,1\n")
    foreseen = lens(env, "meta", "import", str(tmp_path / "facts.csv"), "--dry-run")
    assert "1 rows name no photo of the index, or several: none.jpg" in foreseen.stderr
    assert json.loads(lens(env, "meta", "list", "--json").stdout) == []
    done = json.loads(lens(env, "meta", "import", str(tmp_path / "facts.csv"), "--json").stdout)
    assert done == {
        "photos": 1,
        "columns": [{"name": "fun", "kind": "number", "values": 1}],
        "unmatched": ["none.jpg"],
    }
    assert found(env, "meta.fun:>5") == [str(dog)]
    assert lens(env, "meta", "drop", "fun", "--yes").returncode == 0
    for group in ("saved", "album", "meta"):
        gone = lens(env, group, "drop", "nothing", *([] if group == "saved" else ["--yes"]))
        assert gone.returncode == 1
        assert gone.stderr.startswith("lens: ")
        assert gone.stderr.count("\n") == 1


def test_a_terminal_that_can_is_shown_pictures(env):
    """A terminal of our own, of which only the environment differs."""

    def shown(**more: str) -> bytes:
        outside, inside = pty.openpty()
        bare = {key: value for key, value in env.items() if key not in {"TMUX", "KITTY_WINDOW_ID", "TERM_PROGRAM"}}
        with subprocess.Popen(
            [*LENS, "search", "a dog", "-t", "1", *(more.pop("arguments", "").split())],
            stdout=inside,
            stderr=subprocess.DEVNULL,
            env=bare | {"TERM": "xterm-256color"} | more,
        ):
            os.close(inside)
            read = b""
            try:
                while piece := os.read(outside, 1 << 16):
                    read += piece
            except OSError:  # the other end is closed
                pass
        os.close(outside)
        return read

    assert b"\x1b_G" in shown(TERM="xterm-kitty")
    assert b"\x1b]1337;" in shown(TERM_PROGRAM="iTerm.app")
    assert b"\x1b" not in shown()
    assert b"\x1b" not in shown(TERM="xterm-kitty", arguments="--no-preview")
    assert b"\x1b" not in shown(TERM="xterm-kitty", arguments="--json")

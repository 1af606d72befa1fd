"""The program as people and scripts meet it: what is printed where, and the exit status."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import lancedb
import pytest

from lens_cli.app import app
from lens_indexes.schema import ENCODER_KEY, VERSION_KEY
from tests.fakes import paint

LENS = [sys.executable, "-c", "from lens_cli.app import main; main()"]


@pytest.fixture(scope="module")
def place(tmp_path_factory, samples) -> Path:
    """A folder with an index of the sample photos in it."""
    folder = tmp_path_factory.mktemp("cli")
    made = run("index", str(samples), "--index", str(folder / "index"))
    assert made.returncode == 0, made.stderr
    assert made.stdout == ""
    return folder


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **more}


def run(*arguments: str, stdin: str | None = None, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*LENS, *arguments],
        capture_output=True,
        check=False,
        text=True,
        input=stdin,
        cwd=cwd,
        env=environment(**env),
    )


def ok(*arguments: str, **more) -> str:
    done = run(*arguments, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def fails(*arguments: str, status: int = 1, **more) -> str:
    """The one line a failing command says."""
    done = run(*arguments, **more)
    assert done.returncode == status, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture
def at(place) -> list[str]:
    return ["--index", str(place / "index")]


@pytest.mark.parametrize("query", ["a dog", "food on a plate", "people riding bicycles"])
def test_the_first_searches_of_the_readme_are_sensible(at, query):
    named = {
        "a dog": ("dog", "poodle"),
        "food on a plate": ("food/", "pizza"),
        "people riding bicycles": ("bicycl", "cycl"),
    }
    paths = ok("search", query, "-t", "3", "-f", "--all", *at).splitlines()
    assert len(paths) == 3
    assert any(word in paths[0] for word in named[query]), paths


def test_every_form_of_results_is_the_same_results(at):
    wanted = ok("search", "a dog", "--all", "-t", "4", "-f", *at).splitlines()
    assert len(wanted) == 4
    assert all(Path(path).is_absolute() and Path(path).is_file() for path in wanted)
    assert ok("search", "a dog", "--all", "-t", "4", "-0", *at).split("\0") == [*wanted, ""]
    rows = json.loads(ok("search", "a dog", "--all", "-t", "4", "--json", *at))
    assert [row["path"] for row in rows] == wanted
    assert [row["rank"] for row in rows] == [1, 2, 3, 4]
    assert all(
        row.keys() == {"query", "rank", "path", "score", "id", "band", "probability"} and row["query"] == "a dog"
        for row in rows
    )
    assert [
        json.loads(line) for line in ok("search", "a", "dog", "--all", "-t", "4", "--jsonl", *at).splitlines()
    ] == rows
    assert [line.split("  ")[-1] for line in ok("search", "a dog", "--all", "-t", "4", *at).splitlines()] == wanted


def test_a_file_of_queries(at, tmp_path):
    (tmp_path / "queries.txt").write_text("a dog\n\nfood on a plate\n")
    lines = ok("search", "--queries", str(tmp_path / "queries.txt"), "--jsonl", "--all", "-t", "2", *at).splitlines()
    rows = [json.loads(line) for line in lines]
    assert [(row["query"], row["rank"]) for row in rows] == [
        ("a dog", 1),
        ("a dog", 2),
        ("food on a plate", 1),
        ("food on a plate", 2),
    ]
    assert (
        ok(
            "search", "--queries", "-", "--jsonl", "--all", "-t", "2", *at, stdin="a dog\nfood on a plate\n"
        ).splitlines()
        == lines
    )


def test_a_photo_as_query_and_similar(at, samples):
    dog = next(samples.glob("*poodle*"))
    by_example = ok("search", f"./{dog.name}", "--all", "-t", "1", "-f", *at, cwd=samples).strip()
    assert by_example == str(dog)
    similar = ok("similar", str(dog), "--all", "-t", "3", "-f", *at).splitlines()
    assert len(similar) == 3
    assert str(dog) not in similar


def test_a_contact_sheet(at, tmp_path):
    ok("search", "a dog", "--sheet", str(tmp_path / "dogs.jpg"), *at)
    assert (tmp_path / "dogs.jpg").stat().st_size > 10_000


def test_status_and_skipped(tmp_path, samples):
    photos = tmp_path / "photos"
    paint(photos / "red.png", "red")
    (photos / "broken.jpg").write_bytes(b"broken")
    at = ["--index", str(tmp_path / "index")]
    done = run("index", str(photos), "--strict", *at)
    assert (done.returncode, done.stdout) == (3, "")
    assert "1 new, 1 skipped" in done.stderr
    status = json.loads(ok("status", "--json", *at))
    assert {"photos", "missing", "skipped", "encoders", "path", "bytes"} <= status.keys()
    assert (status["photos"], status["missing"], status["skipped"]) == (1, 0, 1)
    assert status["encoders"][0]["name"] == "builtin"
    assert status["path"] == str(tmp_path / "index")
    [skipped] = json.loads(ok("skipped", "--json", *at))
    assert skipped.keys() == {"path", "reason"}
    assert skipped["path"] == str(photos / "broken.jpg")


def test_forget_asks_first(tmp_path):
    photos = paint(tmp_path / "photos" / "red.png", "red").parent
    at = ["--index", str(tmp_path / "index")]
    ok("index", str(photos), "-q", *at)
    assert "Would forget 1 photo" in run("forget", str(photos), "--dry-run", *at).stderr
    assert run("forget", str(photos), *at, stdin="n\n").returncode == 1
    assert json.loads(ok("status", "--json", *at))["photos"] == 1
    ok("forget", str(photos), "--yes", *at)
    assert json.loads(ok("status", "--json", *at))["photos"] == 0
    assert "Nothing at" in fails("forget", str(photos), "--yes", *at)


def test_what_goes_wrong_is_one_line(place, at, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.jpg").write_bytes(b"x")
    nowhere = ["--index", str(tmp_path / "none")]
    lines = [
        fails("search", "a dog", *nowhere),
        fails("status", *nowhere),
        fails("index", str(tmp_path / "none"), *at),
        fails("index", str(tmp_path / "file.jpg"), *at),
        fails("index", str(tmp_path / "empty"), *at),
        fails("index", str(tmp_path), "--encoder", "buildin", *nowhere),
        fails("search", "./nothing.jpg", *at),
        fails("similar", str(tmp_path / "file.jpg"), *at),
        fails("index", str(tmp_path), "--index", str(tmp_path / "file.jpg")),
        fails("index", os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"), *at),
    ]
    for line in lines:
        assert line.startswith("lens: "), line
        assert line.count("\n") == 1, line
    assert "did you mean builtin?" in lines[5]


def test_an_index_that_cannot_be_used_is_one_line(place, samples, tmp_path):
    def spoilt(name: str) -> tuple[Path, list[str]]:
        shutil.copytree(place / "index", tmp_path / name)
        return tmp_path / name, ["--index", str(tmp_path / name)]

    newer, at_newer = spoilt("newer")
    table = lancedb.connect(newer).open_table("photos")
    table.update_field_metadata({"path": "id", "metadata": {VERSION_KEY: "99"}})
    other, at_other = spoilt("other")
    table = lancedb.connect(other).open_table("photos")
    binding = {"name": "builtin", "model": "an older one", "revision": "0" * 16}
    table.update_field_metadata({"path": "builtin", "metadata": {ENCODER_KEY: json.dumps(binding)}})
    damaged, at_damaged = spoilt("damaged")
    for file in (damaged / "photos.lance" / "_versions").iterdir():
        file.write_bytes(file.read_bytes()[:20])

    for at, reason in ((at_newer, "newer Lens"), (at_other, "cannot be mixed"), (at_damaged, "damaged")):
        for command in (["search", "a dog"], ["index", str(samples)], ["similar", str(samples / "bear.jpg")]):
            line = fails(*command, *at)
            assert reason in line
            assert line.startswith("lens: "), line
            assert line.count("\n") == 1, line


def test_wrong_usage_is_status_2(at):
    fails("search", *at, status=2)
    fails("search", "a dog", "--queries", "x", *at, status=2)
    fails("search", "--queries", "/no/such/file", *at, status=2)
    fails("search", "a dog", "-t", "0", *at, status=2)
    fails("serch", "a dog", status=2)
    fails("index", status=2)


def test_interrupting_is_status_130_and_keeps_what_was_read(tmp_path):
    photos = tmp_path / "photos"
    for number in range(1500):
        paint(photos / f"{number}.png", f"rgb({number % 256},{number // 256},9)", (400, 300))
    at = ["--index", str(tmp_path / "index")]
    with subprocess.Popen(
        [*LENS, "index", str(photos), *at], stderr=subprocess.PIPE, text=True, env=environment()
    ) as running:
        while not list((tmp_path / "index" / "photos.lance" / "data").glob("*")):
            assert running.poll() is None, running.stderr.read()
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        assert "interrupted" in running.stderr.read()
    assert running.returncode == 130
    assert 0 < json.loads(ok("status", "--json", *at))["photos"] < 1500


def test_doctor(at):
    findings = json.loads(ok("doctor", "--json", *at))
    told = {finding["subject"]: finding["detail"] for finding in findings}
    assert {"lens", "encoder builtin", "formats", "HEIC", "RAW", "places", "index"} <= told.keys()
    assert "run by onnxruntime in float32" in told["encoder builtin"]
    assert all(finding["ok"] for finding in findings)


COMMANDS = [command.name for command in app.registered_commands] + [group.name for group in app.registered_groups]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_is_in_the_readme(command):
    help_text = ok(command, "--help")
    assert f"lens {command}" in help_text
    assert f"lens {command}" in Path("README.md").read_text(encoding="utf-8")


def test_help_loads_nothing_heavy_and_is_quick():
    program = """
import sys
from lens_cli.app import main

sys.argv = ["lens", "--help"]
try:
    main()
finally:
    print(*sorted(sys.modules), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment()
    )
    loaded = set(done.stderr.split())
    heavy = {
        "numpy",
        "PIL",
        "torch",
        "lancedb",
        "pyarrow",
        "onnxruntime",
        "transformers",
        "timm",
        "rich",
        "fastapi",
        "fsspec",
        "uvicorn",
        "lens_indexes",
    }
    assert not loaded & heavy
    seconds = []
    for _ in range(5):
        started = processor_seconds()
        ok("--help")
        seconds.append(processor_seconds() - started)
    assert min(seconds) < 0.3


def processor_seconds() -> float:
    """Of the programs that were started so far: a busy machine does not make them more."""
    taken = resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken.ru_utime + taken.ru_stime


def test_version():
    assert ok("--version").strip() == __import__("lens").__version__


def test_bands_are_told_apart_and_what_is_not_there_is_nothing_close(at):
    done = run("search", "a pizza", *at)
    assert done.returncode == 0
    assert "confident" in done.stderr.splitlines()
    shown = [line.split("  ")[-1] for line in done.stdout.splitlines()]
    surest = ok("search", "a pizza", "--min", "confident", "-f", *at).splitlines()
    assert 0 < len(surest) <= len(shown) < len(ok("search", "a pizza", "--all", "-f", *at).splitlines())
    assert shown[: len(surest)] == surest
    nothing = run("search", "a microscope", *at)
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert nothing.stderr == "Nothing close to a microscope. --all shows what is nearest.\n"
    assert json.loads(ok("search", "a microscope", "--json", *at)) == []
    long = run("search", "qzx\n" * 2000, *at)
    assert (long.stdout, long.stderr.count("\n"), len(long.stderr) < 200) == ("", 1, True)
    fails("search", "a pizza", "--min", "sure", *at, status=2)


def test_caption_score(samples, tmp_path):
    file = tmp_path / "captions.csv"
    file.write_text(f"photo,caption\n{samples / 'pizza.jpg'},a pizza\n{tmp_path / 'none.jpg'},a dog\n")
    done = run("caption-score", str(file), "--json")
    assert "none.jpg" in done.stderr
    found = json.loads(done.stdout)
    assert [row["score"] is None for row in found["scores"]] == [False, True]
    assert found["low"] == found["mean"] == found["high"] == pytest.approx(found["scores"][0]["score"])
    assert "no column" in fails("caption-score", str(samples / "queries.txt"))


def test_models_choose():
    every = run("models", "choose", "--installed")
    assert [line.partition(":")[0] for line in every.stdout.splitlines()] == [
        "words", "similar", "boxes", "masks", "phrases"
    ]  # fmt: skip
    assert "lens label PHRASES --detector builtin" in every.stderr
    [advice] = json.loads(ok("models", "choose", "words", "--most", "700", "--json"))
    assert advice["model"] in {each["name"] for each in advice["candidates"] if not each["left_out"]}
    table = ok("models", "choose", "masks", "--device", "cpu")
    assert "sam3" in table
    assert "SAM License" in table
    assert "choose words" in fails("models", "choose", "faces")


def test_models_bench(at):
    found = json.loads(ok("models", "bench", "builtin", "--json", *at))
    [builtin] = found["encoders"]
    assert builtin["photos"] == 28
    assert builtin["photos_per_second"] > 0
    assert builtin["folders"]["value"] > builtin["chance"]
    assert builtin["names"]["low"] <= builtin["names"]["value"] <= builtin["names"]["high"]
    assert "builtin" in found["recommendation"]
    table = run("models", "bench", "builtin", "--photos", "10", *at)
    assert table.stdout.startswith("encoder")
    assert "10 of 28 photos" in table.stderr

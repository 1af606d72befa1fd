"""`lens serve`: the same answers from a process that stays, and none that it should not give."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from lens.asking import ask, socket_of

LENS = [sys.executable, "-c", "from lens_cli.app import main; main()"]


@pytest.fixture(scope="module")
def runtime(tmp_path_factory):
    """A short path, as Unix sockets need."""
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def env(runtime, tmp_path_factory):
    own = {"XDG_RUNTIME_DIR": str(runtime), "LENS_INDEX": str(tmp_path_factory.mktemp("served") / "index")}
    return os.environ | own | {"PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.fixture(scope="module")
def server(env, samples):
    subprocess.run([*LENS, "index", str(samples / "food")], check=True, capture_output=True, env=env)
    with subprocess.Popen([*LENS, "serve"], stderr=subprocess.PIPE, text=True, env=env) as running:
        assert "Ready" in running.stderr.readline()
        yield running
        running.send_signal(signal.SIGINT)
        running.wait(20)
    assert running.returncode == 130


@pytest.fixture(autouse=True)
def same_place(runtime, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))


def lens(env, *arguments: str, cwd=None) -> subprocess.CompletedProcess:
    return subprocess.run([*LENS, *arguments], capture_output=True, text=True, check=False, env=env, cwd=cwd)


def test_the_answers_are_those_of_a_search_by_itself(server, env, samples):
    photo = next((samples / "food").glob("*.jpg"))
    for words in (["a pizza"], ["a", "pizza", "-t", "2", "--json"], [f"./{photo.name}", "with", "rice", "--jsonl"]):
        served = lens(env, "search", *words, cwd=photo.parent)
        alone = lens(env, "search", *words, "--device", "cpu", cwd=photo.parent)
        assert served.returncode == alone.returncode == 0, served.stderr
        assert served.stdout == alone.stdout


def test_the_query_language_is_the_same_through_it(server, env, samples):
    photo = next((samples / "food").glob("*.jpg"))
    queries = (
        ["pizza AND salad NOT soup", "--json"],
        [f"./{photo.name}#0,0,50,50 folder:. -rating:5", "-t", "3", "--json"],
        ["similar:" + photo.name, "--json"],
        ["folder:food", "--json"],
    )
    for words in queries:
        served = lens(env, "search", *words, cwd=photo.parent)
        alone = lens(env, "search", *words, "--device", "cpu", cwd=photo.parent)
        assert served.returncode == alone.returncode == 0, served.stderr
        assert json.loads(served.stdout) == json.loads(alone.stdout)
    failed = lens(env, "search", "a camra:canon")
    assert (failed.returncode, len(failed.stderr.splitlines())) == (1, 3)


def test_regions_are_those_of_a_search_by_itself(server, env, samples):
    food = samples / "food"
    none = lens(env, "search", "pizza", "--regions")
    assert none.returncode == 1 and "No region" in none.stderr
    labelled = lens(env, "label", "pizza, apple, rice", str(food), "--min-score", "0.01")
    assert labelled.returncode == 0, labelled.stderr
    photo = str(next(food.glob("*.jpg")))
    for words in (["search", "pizza", "--regions"], ["similar", photo, "--thing", "-t", "3"]):
        served = lens(env, *words, "--json")
        alone = lens(env, *words, "--json", "--device", "cpu")
        assert served.returncode == alone.returncode == 0, served.stderr
        assert json.loads(served.stdout) == json.loads(alone.stdout)
    assert len(json.loads(lens(env, "search", "pizza", "--regions", "--json").stdout)) >= 2


def test_the_server_is_asked_and_answers_quickly(server, env):
    assert ask(env["LENS_INDEX"], ["a pizza"], 3, None)[0][0].rank == 1
    started = time.perf_counter()
    for _ in range(5):
        ask(env["LENS_INDEX"], ["a pizza with olives"], 3, None)
    assert (time.perf_counter() - started) / 5 < 1  # seconds: a machine under load; benchmarks say how quick


def test_asking_it_imports_next_to_nothing(server, env):
    program = "import sys; from lens_cli.app import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    asked = subprocess.run(
        [sys.executable, "-c", program, "search", "a pizza"], capture_output=True, text=True, check=True, env=env
    )
    assert asked.stdout
    imported = {name.split(".")[0] for name in asked.stderr.split()}
    assert imported & {"numpy", "PIL", "lark", "lens_indexes", "onnxruntime", "torch", "lancedb"} == set()


def test_a_folder_that_it_cannot_see_is_left_to_the_asker(server, env):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(socket_of(env["LENS_INDEX"])))
        request = {"queries": ["a"], "folder": "/no/such", "top": 1, "encoder": None, "least": "likely"}
        connection.sendall(json.dumps(request).encode() + b"\n")
        assert [*map(json.loads, list(connection.makefile())[1:])] == [{}]  # after the greeting


def test_its_errors_are_those_of_a_search_by_itself(server, env):
    failed = lens(env, "search", "a pizza", "--encoder", "no-such")
    assert failed.returncode == 1
    assert failed.stderr.startswith("lens: There is no model named")


def test_new_photos_are_found_at_once(server, env, samples):
    before = lens(env, "search", "anything", "-t", "100", "-f", "--all").stdout.splitlines()
    subprocess.run([*LENS, "index", str(samples / "home")], check=True, capture_output=True, env=env)
    after = lens(env, "search", "anything", "-t", "100", "-f", "--all").stdout.splitlines()
    assert set(before) < set(after)


@pytest.mark.parametrize("line", [b"\xff\n", b"[]\n", b"{}\n", b'{"queries": 3, "top": "x", "encoder": null}\n', b""])
def test_nonsense_does_not_stop_it(server, env, line):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(socket_of(env["LENS_INDEX"])))
        connection.sendall(line)
        connection.shutdown(socket.SHUT_WR)
        _, *answers = connection.makefile()
        answer = "".join(answers)
        assert not line or "error" in json.loads(answer)
    assert ask(env["LENS_INDEX"], ["a pizza"], 1, None)


def test_only_its_user_may_ask_and_only_one_serves(server, env, runtime):
    place = socket_of(env["LENS_INDEX"])
    assert place.stat().st_mode & 0o077 == 0
    second = lens(env, "serve")
    assert second.returncode == 1
    assert "is running already" in second.stderr


@pytest.mark.parametrize(
    ("folder", "reason"), [("x" * 100, "too long"), ("file", "File exists"), ("file/in", "Not a dir")]
)
def test_no_place_to_listen_is_one_line(env, server, tmp_path, folder, reason):
    (tmp_path / "file").mkdir()
    (tmp_path / "file" / "lens").touch()
    (tmp_path / "file" / "in").touch()
    failed = lens(env | {"XDG_RUNTIME_DIR": str(tmp_path / folder)}, "serve")
    assert failed.returncode == 1
    assert failed.stderr.startswith("lens: A server cannot listen at ")
    assert reason in failed.stderr
    assert len(failed.stderr.splitlines()) == 1


def test_a_server_that_somebody_else_may_have_put_there_is_not_asked(server, env, tmp_path, monkeypatch):
    folder = socket_of(env["LENS_INDEX"]).parent
    folder.chmod(0o777)
    assert ask(env["LENS_INDEX"], ["a pizza"], 1, None) is None
    folder.chmod(0o700)
    (tmp_path / "lens").symlink_to(folder)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert ask(env["LENS_INDEX"], ["a pizza"], 1, None) is None
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder.parent))
    assert ask(env["LENS_INDEX"], ["a pizza"], 1, None)


def test_a_server_that_is_stopped_is_passed_over_in_one_line(server, env):
    expected = lens(env, "search", "a pizza")
    server.send_signal(signal.SIGSTOP)
    try:
        started = time.perf_counter()
        assert ask(env["LENS_INDEX"], ["a pizza"], 1, None) is None
        assert 0.9 < time.perf_counter() - started < 10
        alone = lens(env, "search", "a pizza")
    finally:
        server.send_signal(signal.SIGCONT)
    assert (alone.returncode, alone.stdout) == (0, expected.stdout)
    assert len(alone.stderr.splitlines()) == 1
    assert "does not answer" in alone.stderr
    assert ask(env["LENS_INDEX"], ["a pizza"], 1, None)


def test_without_a_server_the_search_is_done_here(env, tmp_path):
    assert ask(str(tmp_path), ["a"], 1, None) is None


def test_a_killed_server_leaves_nothing_in_the_way(env, tmp_path, samples):
    own = env | {"LENS_INDEX": str(tmp_path / "index")}
    subprocess.run([*LENS, "index", str(samples / "food")], check=True, capture_output=True, env=own)
    for _ in range(2):
        with subprocess.Popen([*LENS, "serve"], stderr=subprocess.PIPE, text=True, env=own) as running:
            assert "Ready" in running.stderr.readline()
            running.kill()
        assert socket_of(own["LENS_INDEX"]).exists()
        assert lens(own, "search", "a pizza").returncode == 0

"""`lens serve --http`: answers with the token, tells where and with what to ask, and ends when it is interrupted."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

LENS = [sys.executable, "-c", "from lens_cli.app import main; main()"]


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    own = {"LENS_INDEX": str(tmp_path_factory.mktemp("over-http") / "index")}
    return os.environ | own | {"PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.fixture(scope="module")
def server(env, samples):
    """The process, its URL and its token."""
    subprocess.run([*LENS, "index", str(samples / "food")], check=True, capture_output=True, env=env)
    with subprocess.Popen([*LENS, "serve", "--http", "--port", "0"], stderr=subprocess.PIPE, text=True, env=env) as it:
        told = it.stderr.readline() + it.stderr.readline() + it.stderr.readline()
        token, url = re.search(r"alone: (\S+)\n", told)[1], re.search(r"Ready: (\S+) ", told)[1]
        yield it, url, token
        it.send_signal(signal.SIGINT)
        rest = it.stderr.read()
        it.wait(60)
    assert it.returncode == 130, rest
    assert token not in rest
    assert "pizza" not in rest  # what was sought is nobody's business


def ask(url: str, token: str):
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def test_it_finds_what_a_search_does_for_several_at_once(server, env):
    _, url, token = server
    alone = subprocess.run(
        [*LENS, "search", "a pizza", "--json", "--all"], capture_output=True, text=True, check=True, env=env
    )
    expected = [row["path"] for row in json.loads(alone.stdout)]
    with ThreadPoolExecutor(4) as pool:
        found = [*pool.map(lambda _: ask(f"{url}/search?q=a%20pizza&least=rest", token), range(8))]
    assert [[match["path"] for match in each["matches"]] for each in found] == [expected] * 8


def test_it_listens_on_this_machine_alone_and_wants_the_token(server):
    _, url, _ = server
    assert url.startswith("http://127.0.0.1:")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        ask(f"{url}/status", "another token")


def test_what_keeps_it_from_starting_is_told_in_a_line(env):
    def refused(*more: str, **changed: str) -> str:
        started = [*LENS, "serve", "--http", *more]
        done = subprocess.run(started, capture_output=True, text=True, check=False, env=env | changed)
        assert done.returncode == 1
        return done.stderr

    assert "must have 16 characters" in refused(LENS_HTTP_TOKEN="short")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "cannot listen at 127.0.0.1" in refused("--port", str(taken.getsockname()[1]))

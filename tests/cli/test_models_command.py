"""`lens models` as people and scripts meet it."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from lens import Library
from tests.fakes import ColourEncoder
from tests.hub import COMMIT, REPO, WEIGHTS, FakeHub, Machine, serving

# Every attempt to reach another machine ends the program with a status of its own; pipes and files are left alone.
NO_SOCKETS = """
import os, socket, sys

def refuse(*arguments, **more):
    sys.stderr.write(f"NETWORK {arguments}\\n")
    sys.stderr.flush()
    os._exit(77)

socket.socket.connect = refuse
socket.socket.connect_ex = refuse
socket.socket.sendto = refuse
socket.create_connection = refuse
socket.getaddrinfo = refuse
"""


@pytest.fixture
def machine(tmp_path):
    """A machine without models, and a hub that must not be asked."""
    return Machine(tmp_path, FakeHub(url="http://127.0.0.1:9"))


@pytest.fixture(scope="module")
def pulled(tmp_path_factory):
    """A machine with clip-b32 pulled; the hub is gone."""
    folder = tmp_path_factory.mktemp("machine")
    with serving(FakeHub()) as hub:
        machine = Machine(folder, hub)
        machine.ok("models", "pull", "clip-b32", "--yes")
    return machine


def test_the_list_names_every_model_and_its_figures(machine):
    (machine.folder / "cache").mkdir()
    (machine.folder / "cache" / "speed.json").write_text('{"clip-b32": 12.4}')
    done = machine.lens("models", "list")
    assert done.returncode == 0, done.stderr
    shown = [line for line in done.stdout.splitlines() if line.startswith("* builtin ")]
    assert [line.split()[2] for line in shown] == ["encoder", "detector", "segmenter"]
    lines = {line[2:].split()[0]: line for line in done.stdout.splitlines()}
    assert lines["clip-b32"].startswith("  ")
    assert lines["clip-b32"].split() == ["clip-b32", "encoder", "605", "MB", "MIT", "224", "512", "66.6", "%", "12"]
    assert "66.6" not in lines["dinov2-s"]
    told = json.loads(machine.lens("models", "list", "--json").stdout)
    for model, line in zip(told[1:3], shown[1:], strict=True):
        assert f" {model['measured']:.1f} % " in line
        assert "make quality-labels" in model["measured_by"]
    models = {model["name"]: model for model in told}
    assert list(models) == list(lines)[1:]
    assert models["clip-b32"]["zero_shot_source"].endswith("openclip_results.csv")
    assert (models["clip-b32"]["installed"], models["clip-b32"]["photos_per_second"]) == ("no", 12.4)


def test_path_prints_the_folder(pulled):
    assert pulled.lens("models", "path", "clip-b32").stdout == f"{pulled.snapshot}\n"
    assert "lens models pull dinov2-s" in pulled.fails("models", "path", "dinov2-s")
    assert "builtin comes with Lens" in pulled.fails("models", "path", "builtin")


def test_verify_reads_every_byte(pulled):
    assert "clip-b32: 3 files as they should be" in pulled.ok("models", "verify")
    weights = (pulled.snapshot / WEIGHTS).resolve()
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        done = pulled.lens("models", "verify", "clip-b32")
        assert done.returncode == 1
        assert len(done.stdout.splitlines()) == 1
        assert done.stdout.startswith(f"clip-b32: {pulled.snapshot / WEIGHTS} has SHA-256 ")
    finally:
        weights.write_bytes(whole)
    assert "lens models pull dinov2-s" in pulled.fails("models", "verify", "dinov2-s")


def test_a_file_cut_short_is_told_wherever_the_model_is_used(pulled):
    weights = (pulled.snapshot / WEIGHTS).resolve()
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-7])
    try:
        assert "and should have" in pulled.fails("models", "path", "clip-b32")
        assert "! clip-b32" in pulled.lens("models", "list").stdout
    finally:
        weights.write_bytes(whole)


def test_remove_asks_and_says_what_goes(pulled, tmp_path):
    assert f"{REPO.replace('/', '--')}, 29 MB" in pulled.ok("models", "remove", "clip-b32", "--dry-run")
    assert pulled.lens("models", "remove", "clip-b32").returncode == 1  # nobody there to say yes
    assert pulled.snapshot.is_dir()
    with serving(FakeHub()) as hub:
        other = Machine(tmp_path, hub)
        other.ok("models", "pull", "clip-b32", "--yes")
        other.ok("models", "remove", "clip-b32", "--yes")
        assert not other.snapshot.exists()
        assert not (other.models / "clip-b32.json").exists()
        assert "is not on this machine" in other.fails("models", "remove", "clip-b32", "--yes")
        assert "comes with Lens" in other.fails("models", "remove", "builtin", "--yes")


def test_a_folder_is_imported_listed_and_removed(pulled, machine, photos):
    machine.ok("models", "import", str(pulled.snapshot), "--name", "mine")
    assert "\n* mine " in machine.lens("models", "list").stdout
    assert machine.lens("models", "path", "mine").stdout == f"{machine.models / 'mine'}\n"
    assert "mine already" in machine.fails("models", "import", str(pulled.snapshot), "--name", "mine")
    assert "vectors of it" not in machine.ok("models", "remove", "mine", "--dry-run")
    Library.open(machine.folder / "index").index([photos], ColourEncoder("mine"), thumbnails=False)
    assert "has vectors of it, of 4 photos" in machine.ok("models", "remove", "mine", "--dry-run")
    machine.ok("models", "remove", "mine", "--yes")
    assert list(machine.models.iterdir()) == []


def test_the_commit_of_the_first_pull_is_kept(pulled):
    held = json.loads((pulled.models / "clip-b32.json").read_text())
    assert held["revision"] == COMMIT


def without_network(machine: Machine) -> str:
    """A search path on which `NO_SOCKETS` comes first."""
    guard = machine.folder / "guard"
    guard.mkdir(exist_ok=True)
    (guard / "sitecustomize.py").write_text(NO_SOCKETS)
    return os.pathsep.join([str(guard), *sys.path])


def no_route() -> tuple[str, ...]:
    """A network namespace without any route, where the system lets us make one."""
    wrapper = ("unshare", "--map-root-user", "--net")
    can = (
        shutil.which("unshare") and subprocess.run([*wrapper, "true"], check=False, capture_output=True).returncode == 0
    )
    return wrapper if can else ()


def test_the_guard_catches_an_attempt(machine):
    path = without_network(machine)
    assert machine.lens("models", "pull", "clip-b32", "--yes", PYTHONPATH=path).returncode == 77


def test_builtin_indexes_and_searches_without_an_attempt_to_connect(machine, samples):
    path = without_network(machine)
    machine = replace(machine, wrapper=no_route())
    said = machine.ok("index", str(samples), PYTHONPATH=path)
    assert "NETWORK" not in said
    found = machine.lens("search", "a cat", PYTHONPATH=path)
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines()
    assert machine.lens("models", "list", PYTHONPATH=path).returncode == 0


def test_a_pulled_model_indexes_and_searches_without_an_attempt_to_connect(pulled, tmp_path, samples):
    path = without_network(pulled)
    away = replace(pulled, wrapper=no_route())
    env = {"PYTHONPATH": path, "LENS_INDEX": str(tmp_path / "index")}
    said = away.ok("index", str(samples / "food"), "--encoder", "builtin", "--encoder", "clip-b32", **env)
    assert "NETWORK" not in said
    count = len(list((samples / "food").iterdir()))
    listed = {each["name"]: each for each in json.loads(away.lens("encoders", "list", "--json", **env).stdout)}
    assert {name: each["photos"] for name, each in listed.items()} == {"builtin": count, "clip-b32": count}
    for encoder in ("builtin", "clip-b32"):
        found = away.lens("search", "a pizza", "--encoder", encoder, "-f", **env)
        assert len(found.stdout.splitlines()) == count, found.stderr
    assert "lens models pull dinov2-s" in away.fails("search", "a pizza", "--encoder", "dinov2-s", **env)

"""Models from the hub: what is downloaded and kept, what is refused, and what is said."""

import hashlib
import json
import os
import pickle
import socket
import sys

import pytest

from tests.hub import COMMIT, REPO, WEIGHTS, FakeHub, Machine, serving


@pytest.fixture
def machine(tmp_path):
    with serving(FakeHub()) as hub:
        yield Machine(tmp_path, hub)


def manifest(machine: Machine) -> dict:
    return json.loads((machine.models / "clip-b32.json").read_text())


def installed(machine: Machine) -> bool:
    listed = json.loads(machine.lens("models", "list", "--json").stdout)
    return next(model["installed"] for model in listed if model["name"] == "clip-b32") == "yes"


def test_pull_takes_what_is_needed_in_one_format_and_records_what_it_should_be(machine):
    said = machine.ok("models", "pull", "clip-b32", "--yes")
    assert f"clip-b32: 29 MB from {REPO} at {COMMIT[:12]}" in said
    fetched = {line.rsplit("/", 1)[1] for line in machine.hub.downloads()}
    assert fetched == {"open_clip_config.json", "tokenizer.json", WEIGHTS}
    held = manifest(machine)
    assert (held["repo"], held["revision"]) == (REPO, COMMIT)
    expected = {path: hashlib.sha256(machine.hub.files[path]).hexdigest() for path in fetched}
    assert {file["path"]: file["sha256"] for file in held["files"]} == expected
    assert installed(machine)


def test_nothing_is_downloaded_unasked(machine):
    said = machine.fails("index", str(machine.folder), "--encoder", "clip-b32")
    assert said == (
        f"lens: The model clip-b32 is not on this machine. Get it (605 MB from {REPO}): lens models pull clip-b32"
    )
    assert "add --yes" in machine.lens("models", "pull", "clip-b32").stderr  # no terminal to ask on
    assert machine.hub.downloads() == []
    assert not installed(machine)


def test_a_second_pull_downloads_nothing(machine):
    machine.ok("models", "pull", "clip-b32", "--yes")
    before = len(machine.hub.downloads())
    assert "all of it is in the cache" in machine.ok("models", "pull", "clip-b32")
    assert len(machine.hub.downloads()) == before


def test_what_others_pulled_is_found_and_its_commit_is_the_revision(machine):
    machine.ok("models", "pull", "clip-b32", "--yes")
    (machine.models / "clip-b32.json").unlink()
    listed = json.loads(machine.lens("models", "list", "--json").stdout)
    model = next(model for model in listed if model["name"] == "clip-b32")
    assert (model["installed"], model["revision"]) == ("yes", COMMIT)
    assert machine.ok("models", "path", f"hf:{REPO}").strip() == str(machine.snapshot)


def test_a_connection_that_breaks_once_is_resumed_at_once(machine):
    machine.hub.cuts = 1
    machine.ok("models", "pull", "clip-b32", "--yes")
    assert machine.hub.resumed()
    assert machine.ok("models", "verify", "clip-b32")


def test_a_pull_that_broke_off_leaves_nothing_installed_and_goes_on_later(machine):
    machine.hub.cuts, machine.hub.then_down = 1, True
    said = machine.fails("models", "pull", "clip-b32", "--yes")
    assert "run the same command" in said
    assert not (machine.models / "clip-b32.json").exists()
    machine.hub.down = False
    assert not installed(machine)
    machine.hub.asked.clear()
    machine.ok("models", "pull", "clip-b32", "--yes")
    assert machine.hub.resumed()
    assert (machine.snapshot / WEIGHTS).read_bytes() == machine.hub.files[WEIGHTS]
    assert installed(machine)


def test_a_gated_model_says_where_to_accept_its_licence(machine):
    machine.hub.gated = True
    said = machine.fails("models", "pull", "clip-b32", "--yes")
    assert f"accept it at {machine.hub.url}/{REPO}" in said
    assert "HF_TOKEN" in said
    assert machine.hub.downloads() == []
    assert not installed(machine)


def test_content_that_is_not_what_the_hub_announces_is_deleted(machine):
    machine.hub.announced[WEIGHTS] = "0" * 64
    said = machine.fails("models", "pull", "clip-b32", "--yes")
    assert WEIGHTS in said
    assert "announces 000000000000…: deleted" in said
    assert not (machine.snapshot / WEIGHTS).exists()
    assert not installed(machine)
    machine.hub.announced.clear()
    machine.ok("models", "pull", "clip-b32", "--yes", "--revision", COMMIT)
    assert installed(machine)


class Bomb:
    def __reduce__(self):
        return (print, ("this must never be said",))


def test_a_pickle_with_code_is_refused_and_deleted(machine):
    del machine.hub.files[WEIGHTS]
    machine.hub.files["open_clip_pytorch_model.bin"] = pickle.dumps({"weight": Bomb()}, protocol=2)
    said = machine.fails("models", "pull", "clip-b32", "--yes")
    assert "open_clip_pytorch_model.bin is a pickle with code in it" in said
    assert not (machine.snapshot / "open_clip_pytorch_model.bin").exists()
    assert not installed(machine)


def test_weights_cut_short_before_they_were_published_are_refused(machine):
    machine.hub.files[WEIGHTS] = machine.hub.files[WEIGHTS][:-100]
    assert "no whole safetensors file" in machine.fails("models", "pull", "clip-b32", "--yes")
    assert not installed(machine)


def test_a_full_disk_is_said_before_anything_comes(machine):
    full = "import shutil, types; shutil.disk_usage = lambda _: types.SimpleNamespace(total=9, used=9, free=0)"
    (machine.folder / "sitecustomize.py").write_text(full)
    path = os.pathsep.join([str(machine.folder), *sys.path])
    said = machine.fails("models", "pull", "clip-b32", "--yes", PYTHONPATH=path)
    assert "There is no room" in said
    assert machine.hub.downloads() == []


@pytest.mark.parametrize("switch", [{"LENS_OFFLINE": "1"}, {"HF_HUB_OFFLINE": "1"}])
def test_offline_asks_nothing(machine, switch):
    assert "network is switched off" in machine.fails("models", "pull", "clip-b32", "--yes", **switch)
    assert "network is switched off" in machine.fails("--offline", "models", "pull", "clip-b32", "--yes")
    assert machine.hub.asked == []


def test_no_network_is_one_line(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}"
    said = Machine(tmp_path, FakeHub(url=nobody)).fails("models", "pull", "clip-b32", "--yes")
    assert f"{nobody} cannot be reached" in said


def test_unknown_revisions_and_repositories_are_one_line(machine):
    assert f"{REPO} has no revision nope" in machine.fails("models", "pull", "clip-b32", "--yes", "--revision", "nope")
    assert "has no model org/other" in machine.fails("models", "pull", "hf:org/other", "--yes")
    assert "did you mean clip-b32" in machine.fails("models", "pull", "clipb32", "--yes")

"""`lens tune` as people and scripts meet it: from an indexed folder to a search with the tuned encoder."""

import json
from pathlib import Path

import pytest

from lens.models.encoders.builtin import load_builtin
from tests import checkpoints
from tests.cli.test_commands import fails, ok, run

pytest.importorskip("lightly")

SMALL = ("--batch", "4", "--side", "64", "--epochs", "1")


@pytest.fixture(scope="module")
def at(tmp_path_factory, samples) -> tuple[str, str]:
    """An index of the sample photos."""
    folder = tmp_path_factory.mktemp("tune")
    ok("index", str(samples), "--index", str(folder / "index"))
    return "--index", str(folder / "index")


def test_what_it_would_take(at):
    foreseen = json.loads(ok("tune", "simclr", *SMALL, "--dry-run", "--json", *at))
    assert foreseen["steps"] >= 4
    assert foreseen["seconds"] > 0
    assert foreseen["bytes"] > 100e6


def test_what_captions_would_teach(at):
    words = ("tune", "clip", "--from", "names", *SMALL, "--dry-run")
    foreseen = json.loads(ok(*words, "--json", *at))
    assert foreseen["captions"]["names"] >= 20
    assert foreseen["steps"] >= 4


def test_what_cannot_be_trained_is_one_line(at, tmp_path):
    assert "at least two are needed" in fails("tune", "simclr", *SMALL, "--labels", "tags", *at)
    assert "cannot be read" in fails("tune", "simclr", *SMALL, "--captions", str(tmp_path / "none.csv"), *at)
    assert "at least 128 are needed" in fails("tune", "simclr", *at)
    assert "There is no method 'no'" in fails("tune", "no", *at)
    assert "builtin is a model of the catalogue" in fails("tune", "simclr", *SMALL, "--name", "builtin", *at)


def test_what_other_networks_would_take(at, tmp_path):
    dinov2 = str(checkpoints.dinov2(tmp_path / "small"))
    lora = ("--backbone", dinov2, "--train", "lora")
    assert json.loads(ok("tune", "dino", *SMALL, *lora, "--dry-run", "--json", *at))["steps"] >= 4
    assert "Searches use builtin: what is made of" in fails("tune", "dino", *SMALL, *lora, "--adopt", *at)
    assert "lens models pull dinov2-s" in fails("tune", "dino", *SMALL, "--backbone", "dinov2-s", *at)


@pytest.mark.slow
def test_another_network_from_a_folder_to_a_search(at, tmp_path, samples):
    dinov2 = str(checkpoints.dinov2(tmp_path / "small"))
    lora = ("--backbone", dinov2, "--train", "lora")
    done = run("tune", "simclr", *SMALL, *lora, "--device", "cpu", "--json", *at)
    assert done.returncode == 0, done.stderr
    assert "No GPU: about " in done.stderr
    report = json.loads(done.stdout)
    assert (report["name"], report["finished"], report["verdict"]["against"]) == ("small-simclr", True, "small")
    page = Path(report["page"]).read_text(encoding="utf-8")
    assert f"{dinov2} after simclr" in page
    assert "Where it looks" in page
    near = ("similar", str(samples / "bear.jpg"), "--encoder", "small-simclr", "--all", "--json")
    ok("encoders", "add", "small-simclr", *at)
    assert len(json.loads(ok(*near, *at))) > 5


@pytest.mark.slow
def test_from_a_folder_to_a_search(at, samples):
    report = json.loads(ok("tune", "simclr", *SMALL, "--quiet", "--json", *at))
    assert report["finished"]
    assert report["steps"] == report["total"] >= 4
    assert (report["adopted"], report["verdict"]["better"]) == (False, False)  # five photos tell nothing
    assert "20 are needed" in report["verdict"]["reasons"][0]
    page = Path(report["page"]).read_text(encoding="utf-8")
    assert "another view, builtin-simclr" in page
    assert page.count("data:image/jpeg") == 11 * report["held_out"]
    assert report["photos"] + report["held_out"] + report["alike"] + report["burst"] == len(
        list(samples.rglob("*.jpg"))
    )
    [listed] = [each for each in json.loads(ok("models", "list", "--json")) if each["name"] == "builtin-simclr"]
    assert listed["installed"] == "yes"
    assert listed["dim"] == load_builtin().info.dim
    ok("models", "verify", "builtin-simclr")  # which does not mind the page
    Path(report["page"]).unlink()  # as if it was killed while it was judged
    again = json.loads(ok("tune", "simclr", *SMALL, "--quiet", "--json", *at))
    assert again == report
    assert Path(report["page"]).read_text(encoding="utf-8") == page
    before = ok("search", "a cat on a sofa", "--json", *at)
    ok("encoders", "add", "builtin-simclr", *at)
    assert ok("search", "a cat on a sofa", "--json", *at) == before
    found = json.loads(ok("search", "a cat on a sofa", "--encoder", "builtin-simclr", "--all", "--json", *at))
    assert "cat-on-the-sofa" in found[0]["path"]
    near = json.loads(ok("similar", str(samples / "bear.jpg"), "--encoder", "builtin-simclr", "--all", "--json", *at))
    assert len(near) > 5
    assert "another view  builtin-simclr" in ok("eval", "retrieval", "--encoder", "builtin-simclr", *at)

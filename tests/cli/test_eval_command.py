"""`lens eval` as people and scripts meet it."""

import json

import pytest

from tests.cli.test_commands import fails, ok, run


@pytest.fixture(scope="module")
def at(tmp_path_factory, samples) -> tuple[str, str]:
    """An index of the sample photos."""
    folder = tmp_path_factory.mktemp("eval")
    ok("index", str(samples), "--index", str(folder / "index"))
    return "--index", str(folder / "index")


def test_classes(at):
    done = run("eval", "knn", *at)
    assert done.stdout.startswith("knn  builtin: ")
    assert "of 5 photos" in done.stdout
    assert "4 classes, learned from 12 photos" in done.stderr
    assert "probe, 2 of each class" in ok("eval", "probe", "--shots", "2", *at)


def test_retrieval(at, samples):
    found = json.loads(ok("eval", "retrieval", "--json", *at))
    [view] = [each for each in found["judgements"] if each["measure"] == "another view"]
    assert view["share"]["photos"] >= 1
    assert view["share"]["value"] > 0.5
    assert "another view  builtin: " in ok("eval", "retrieval", *at)


def test_what_cannot_be_judged_is_one_line(at, tmp_path):
    assert "at least two are needed" in fails("eval", "probe", "--labels", "tags", *at)
    assert "at least two are needed" in fails("eval", "finetune", "--labels", "tags", *at)
    assert "There is no model named" in fails("eval", "finetune", "--encoder", "timm:nosuch", *at)
    assert "no vectors of clip" in fails("eval", "knn", "--encoder", "clip", *at)
    assert "cannot be read" in fails("eval", "knn", "--labels", str(tmp_path / "none.csv"), *at)

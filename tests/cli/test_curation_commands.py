"""The commands of curation as people and scripts meet them."""

import json

import pytest
from PIL import Image

from tests.cli.test_commands import fails, ok, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory, samples):
    """An index of some photos, one of them twice, and one with two edits."""
    place = tmp_path_factory.mktemp("curation")
    (place / "photos").mkdir()
    for file in sorted(samples.glob("*.jpg")):
        (place / "photos" / file.name).write_bytes(file.read_bytes())
    (place / "photos" / "bear-again.jpg").write_bytes((samples / "bear.jpg").read_bytes())
    with Image.open(samples / "pizza.jpg") as pizza:
        pizza.resize((320, 240)).save(place / "photos" / "pizza-small.jpg")
        pizza.point(lambda value: value // 12).save(place / "photos" / "pizza-dark.png")
    ok("index", str(place / "photos"), "--index", str(place / "index"), "-q")
    return place


@pytest.fixture
def at(folder):
    return ["--index", str(folder / "index")]


def test_dups_are_shown_moved_and_moved_back(folder, at, tmp_path):
    photos = folder / "photos"
    groups = json.loads(ok("dups", "--json", *at))
    reasons = {group["keep"]: {each["path"]: each["reason"] for each in group["duplicates"]} for group in groups}
    assert reasons[str(photos / "bear.jpg")] == {str(photos / "bear-again.jpg"): "content"}
    assert reasons[str(photos / "pizza.jpg")][str(photos / "pizza-small.jpg")] == "same"
    assert str(photos / "bear-again.jpg") in ok("dups", *at)
    assert "pizza" not in ok("dups", "--exact", *at)

    there = set(photos.iterdir())
    aside = tmp_path / "aside"
    planned = json.loads(ok("dups", "--move-to", str(aside), "--dry-run", "--json", *at))
    assert not aside.exists()
    refused = run("dups", "--move-to", str(aside), *at, stdin="")
    assert refused.returncode == 1
    assert set(photos.iterdir()) == there
    moved = json.loads(ok("dups", "--move-to", str(aside), "--yes", "--json", *at))
    assert moved["moves"] == planned["moves"]
    assert len(there) - len(set(photos.iterdir())) == len(moved["moves"]) >= 2
    assert "bear-again" not in ok("dups", *at)
    ok("dups", "--undo", str(aside), *at)
    assert set(photos.iterdir()) == there
    assert json.loads(ok("dups", "--json", *at)) == groups


def test_dups_are_drawn(at, tmp_path):
    ok("dups", "--sheet", str(tmp_path / "dups.jpg"), *at)
    assert (tmp_path / "dups.jpg").stat().st_size > 5_000


def test_what_makes_no_sense_is_refused(at, tmp_path):
    assert "--move-to" in fails("dups", "--dry-run", *at, status=2)
    assert "--undo" in fails("dups", "--undo", "x", "--move-to", "y", *at, status=2)
    assert "no log of moves" in fails("dups", "--undo", str(tmp_path), *at)
    assert "exclude" in fails("pick", "3", "--diverse", "--typical", *at, status=2)
    assert "balanced by" in fails("pick", "3", "--balance", "size", *at)
    assert "is no flaw" in fails("quality", "--only", "ugly", *at)
    assert "exclude" in fails("similar", "x.jpg", "--scene", "--moment", *at, status=2)
    assert "no index" in fails("dups", "--index", str(tmp_path / "none"))


def test_quality(folder, at):
    rows = json.loads(ok("quality", "--json", *at))
    dark = next(row for row in rows if row["path"].endswith("pizza-dark.png"))
    assert "dark" in dark["flaws"]
    assert 0 <= dark["luminance"] < 0.15
    assert str(folder / "photos" / "pizza-dark.png") in ok("quality", "--only", "dark", "-f", *at).splitlines()


def test_clusters_and_picks_and_what_is_unusual(folder, at, tmp_path):
    count = len(list((folder / "photos").iterdir()))
    clusters = json.loads(ok("cluster", "-n", "3", "--json", *at))
    assert sum(len(each["photos"]) for each in clusters) == count
    assert all(len(each["names"]) == 3 for each in clusters)
    ok("cluster", "--sheet", str(tmp_path / "clusters.jpg"), *at)
    assert (tmp_path / "clusters.jpg").exists()
    assert len(ok("unusual", "-t", "4", "-f", *at).splitlines()) == 4
    picked = run("pick", "5", "--typical", "-f", *at)
    assert len(set(picked.stdout.splitlines())) == 5
    assert "Coverage" in picked.stderr
    assert len(json.loads(ok("pick", "3", "--diverse", "--balance", "folder", "--json", *at))) == 3


def test_the_same_scene_and_moment(folder, at, samples):
    found = ok("similar", str(samples / "pizza.jpg"), "--scene", "-f", *at).splitlines()
    assert str(folder / "photos" / "pizza-small.jpg") in found
    assert len(found) < 6
    assert "neither when nor where" in fails("similar", str(samples / "pizza.jpg"), "--moment", *at)

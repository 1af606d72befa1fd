"""`lens label` and `lens sources`, as people and scripts meet them."""

import json
from pathlib import Path

import pytest

from lens import Library
from tests.fakes import paint
from tests.region_checkpoints import owlv2


@pytest.fixture(scope="module")
def at(tmp_path_factory) -> list[str]:
    """Options that name an index of three photos."""
    place = tmp_path_factory.mktemp("label")
    for number in range(3):
        paint(place / "photos" / f"{number}.png", f"rgb({number * 90},200,30)", size=(64, 48))
    Library.open(place / "index").index([place / "photos"])
    return ["--index", str(place / "index")]


@pytest.fixture(scope="module")
def detector(tmp_path_factory) -> list[str]:
    """Options that name a tiny OWLv2 that finds much."""
    return ["--detector", str(owlv2(tmp_path_factory.mktemp("models") / "tiny-owl")), "--min-score", "0.3"]


def test_labelling_from_the_dry_run_to_the_drop(lens, at, detector):
    asked = ["label", "dog, person=man|woman", *detector, *at]
    dry = lens(*asked, "--dry-run")
    assert dry.out == ""
    assert "Would look through 3 photos in about " in dry.err
    assert "By tiny-owl, for dog, person=man|woman, into the source 'tiny-owl 20" in dry.err
    assert "There are none." in lens("sources", "list", *at).err

    report = json.loads(lens(*asked, "--json").out)
    assert (report["photos"], report["already"], report["labelled"], report["failed"]) == (3, 0, 3, [])
    assert report["regions"] == sum(report["categories"].values()) > 0
    again = lens(*asked)
    assert again.err.startswith("Looked through 0 photos in 0.0 s, 3 looked through before.")

    [source] = json.loads(lens("sources", "list", "--json", *at).out)
    assert (source["name"], source["regions"], source["looked"]) == (report["source"], report["regions"], 3)
    lens("sources", "rename", source["name"], "owl", *at)
    lens("sources", "hide", "owl", *at)
    assert lens("sources", "list", *at).out.startswith("owl  (hidden)\n")
    lens("sources", "show", "owl", *at)
    assert f"Would drop owl: {report['regions']:,} regions in" in lens("sources", "drop", "owl", "--dry-run", *at).err
    assert lens("sources", "drop", "owl", *at, stdin="n\n").status == 1
    assert "Dropped owl" in lens("sources", "drop", "owl", "--yes", *at).err
    assert lens("sources", "list", "--json", *at).out.strip() == "[]"


def test_nothing_found_is_said_to_be_nothing(lens, at, detector):
    done = lens("label", "dog", *detector[:2], "--min-score", "1", "--source", "none", *at)
    assert "Found nothing new." in done.err
    assert "0 regions in 0 photos\n    3 photos looked through" in lens("sources", "list", *at).out
    lens("sources", "drop", "none", "--yes", *at)


def test_what_cannot_be_done_is_one_line(lens, at, detector, tmp_path: Path):
    assert "lacks a name or a phrase" in lens("label", "person=", *detector, *at).err
    assert "There is no source" in lens("sources", "drop", "owl", "--yes", *at).err
    assert "There is no index" in lens("label", "dog", *detector, "--index", str(tmp_path / "none")).err


def test_regions_are_searched(lens, at, detector):
    found = json.loads(lens("label", "dog", *detector, "--source", "owl", "--json", *at).out)
    assert found["regions"]
    [best] = json.loads(lens("search", "green", "--regions", "-t", "1", "--json", *at).out)
    assert (best["category"], best["source"], len(best["box"])) == ("dog", "owl", 4)
    spot = f"{best['path']}#{','.join(map(str, best['box']))}"
    assert lens("search", "green", "--regions", "-t", "1", *at).out == f"{best['score']:6.3f}  {spot}  dog\n"
    assert lens("search", "green", "--regions", "-t", "1", "-f", *at).out == f"{spot}\n"
    assert spot not in lens("similar", "--thing", spot, "-f", *at).out
    assert "regions: " in lens("status", *at).out

"""Reviewing and comparing as people and scripts meet them."""

import json
from dataclasses import replace

import pytest

from lens import Library
from tests.cli.test_commands import fails, ok
from tests.fakes import ColourEncoder, paint
from tests.indexes.test_regions import region


@pytest.fixture
def at(tmp_path):
    """An index with a thing in each of two photos, found by `owl`, and one drawn by `me`."""
    for colour in ("red", "green"):
        paint(tmp_path / "photos" / f"{colour}.png", colour)
    library = Library.open(tmp_path / "index")
    library.index([tmp_path / "photos"], ColourEncoder())
    index = library._index()
    for number, (id_, _, _) in enumerate(index.photos.places(), 1):
        found = replace(region(number, 0, source="owl", score=number / 4), photo=id_)
        index.regions.add([found], {})
    index.regions.add([replace(region(9, 0, source="me"), photo=id_)], {})
    return ["--index", str(tmp_path / "index")]


def waiting(at) -> list[str]:
    return [each["source"] for each in json.loads(ok("review", "--json", *at))["waiting"]]


def test_proposals_are_counted_shown_decided_and_taken_back(at):
    assert "owl: 2 proposed" in ok("review", *at)
    assert len(waiting(at)) == 3
    (first,) = json.loads(ok("review", "--next", "--where", "source=owl and score>0.3", "--json", *at))
    assert (first["category"], first["score"]) == ("dog", 0.5)
    assert ok("review", "--next", *at).startswith("dog")
    ok("review", "--accept", "source=owl and score>0.3", "--dry-run", *at)
    assert len(waiting(at)) == 3
    ok("review", "--accept", "source=owl and score>0.3", *at)
    ok("review", "--reject", "source=owl", *at)
    assert waiting(at) == ["me"]
    ok("review", "--relabel", "source=me", "--as", "poodle", *at)
    assert waiting(at) == []
    assert len(json.loads(ok("review", "--history", "--json", *at))) == 3
    ok("review", "--undo", "2", *at)
    assert len(waiting(at)) == 2
    ok("review", "--redo", "1", *at)
    assert "rejected" in ok("review", *at)


def test_sources_are_compared(at, tmp_path):
    compared = json.loads(ok("compare", "owl", "me", "--json", *at))
    assert (compared["photos"], compared["overall"]["precision"], compared["overall"]["recall"]) == (1, 1, 1)
    assert compared["confusion"] == [[1, 0], [0, 0]]
    assert "dog" in ok("compare", "owl", "me", "--sheet", str(tmp_path / "compared.png"), *at)
    assert (tmp_path / "compared.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["review", "--accept", "colour=red"], 1, "no colour"),
        (["review", "--accept", "score>0", "--reject", "score<0"], 2, "exclude"),
        (["review", "--relabel", "score>0"], 2, "belong together"),
        (["compare", "owl", "nobody"], 1, "no source nobody"),
    ],
)
def test_nonsense_is_answered(at, words, status, told):
    assert told in fails(*words, *at, status=status)

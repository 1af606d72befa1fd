"""`lens tag` as people and scripts meet it."""

import json
from pathlib import Path

import pytest

from lens import Library


@pytest.fixture(scope="module")
def place(tmp_path_factory, samples):
    folder = tmp_path_factory.mktemp("tags")
    Library.open(folder / "index").index([samples])
    return folder


@pytest.fixture
def ok(lens):
    """What a command that succeeds prints."""

    def answer(*arguments: str) -> str:
        said = lens(*arguments)
        assert said.status == 0, said.err
        return said.out

    return answer


@pytest.fixture
def at(place):
    return ["--index", str(place / "index")]


def tags(output: str) -> dict[str, list[str]]:
    return {Path(row["path"]).name: [tag["tag"] for tag in row["tags"]] for row in json.loads(output)}


def test_the_samples_are_tagged_sensibly_and_found_again(ok, at, samples):
    found = tags(ok("tag", "--json", *at))
    assert len(found) == 28
    assert "bear" in found["bear.jpg"]
    assert found["bear.jpg"][:1] == ["animal"]
    assert "pizza" in found["pizza.jpg"]
    assert {"vehicle", "bicycle"} <= set(found["parked-bicycles.jpg"])
    hits = ok("search", "tag:pizza", "-f", *at).splitlines()
    assert {Path(hit).name for hit in hits} == {name for name, held in found.items() if "pizza" in held}


def test_folders_queries_and_kinds(ok, at, samples):
    food = tags(ok("tag", str(samples / "food"), "-v", "kinds", "--json", "--dry-run", *at))
    assert set(food) == {file.name for file in (samples / "food").iterdir()}
    assert food["noodles.jpg"] == ["food photo"]
    assert max(map(len, food.values())) == 1
    hits = {Path(path).name for path in ok("search", "a pizza", "-f", *at).splitlines()}
    assert set(tags(ok("tag", "a", "pizza", "-v", "kinds", "--json", "--dry-run", *at))) == hits
    lines = ok("tag", "folder:food", "-v", "kinds", "--dry-run", "-t", "1", *at).splitlines()
    assert all(Path(line.split("  ")[0]).parent == samples / "food" for line in lines)


def test_a_vocabulary_of_ones_own(lens, ok, at, tmp_path):
    file = tmp_path / "mine.txt"
    file.write_text("prompts: a {}\nthing\nround food = pizza < thing\n")
    found = tags(ok("tag", "-v", str(file), "--json", *at))
    assert "round food" in found["pizza.jpg"]
    file.write_text("pizza\ndog = \n")
    assert lens("tag", "-v", str(file), *at).err == f"lens: {file}, line 2: a synonym is missing beside = or |.\n"


def test_side_cars(lens, tmp_path, samples):
    (tmp_path / "photos").mkdir()
    for file in samples.rglob("*.jpg"):
        (tmp_path / "photos" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "photos" / "bear.xmp").write_text("broken")
    (tmp_path / "few.txt").write_text("pizza\nbear\n")
    at = ["-v", str(tmp_path / "few.txt"), "--index", str(tmp_path / "index")]
    Library.open(tmp_path / "index").index([tmp_path / "photos"])
    dry = lens("tag", "a pizza", "--write-xmp", "--dry-run", *at)
    pizza = tmp_path / "photos" / "pizza.jpg.xmp"
    assert f"would write {pizza}\n" in dry.err
    assert not pizza.exists()
    done = lens("tag", "--write-xmp", *at)
    assert done.status == 0
    assert f"no side-car for {tmp_path / 'photos' / 'bear.jpg'}: {tmp_path / 'photos' / 'bear.xmp'} is no " in done.err
    assert "<rdf:li>pizza</rdf:li>" in pizza.read_text()
    assert (tmp_path / "photos" / "bear.xmp").read_text() == "broken"


def test_a_photo_in_which_nothing_fits_has_no_tag(lens, at, tmp_path):
    (tmp_path / "far.txt").write_text("microscope\nsubmarine\n")
    done = lens("tag", "-v", str(tmp_path / "far.txt"), "--min-score", "0.99", *at)
    assert (done.status, done.out) == (0, "")
    assert "Tagged 0 of 28 photos." in done.err


def test_a_tag_is_taught_offered_listed_and_dropped(lens, ok, tmp_path, samples):
    at = ["--index", str(tmp_path / "index")]
    Library.open(tmp_path / "index").index([samples])
    food = [str(path) for path in sorted((samples / "food").iterdir())]
    others = [str(samples / name) for name in ("bear.jpg", "giraffes.jpg", "tennis-serve.jpg")]
    lesson = json.loads(ok("teach", "my meals", "--yes", *food, "--no", *others, "--json", *at))
    assert (lesson["yes"], lesson["no"], lesson["weak"]) == (3, 3, 22)
    assert 0 <= lesson["by_words"] <= 1
    assert lesson["accuracy"] >= 0.5
    offered = ok("teach", "my meals", "--next", "2", *at).splitlines()
    assert len(offered) == 2
    assert not {line.split("  ")[1] for line in offered} & {*food, *others}
    [held] = json.loads(ok("teach", "--list", "--json", *at))
    assert (held["name"], held["yes"], held["photos"]) == ("my meals", 3, lesson["tagged"])
    assert lens("teach", "my meals", *at).status == 2


def test_what_goes_wrong_is_one_line(lens, at, tmp_path):
    asked = (["-v", "everday", *at], [str(tmp_path), *at], ["--index", str(tmp_path / "none")])
    lines = [lens("tag", *arguments) for arguments in asked]
    for said in lines:
        assert (said.status, said.out) == (1, "")
        assert said.err.startswith("lens: "), said.err
        assert said.err.count("\n") == 1, said.err
    assert "did you mean everyday?" in lines[0].err
    assert lens("tag", "tg:x", *at).status == 1
    nothing = lens("tag", "folder:nowhere", *at)
    assert (nothing.status, nothing.err) == (
        1,
        "lens: No photo that has vectors answers folder:nowhere: nothing was tagged.\n",
    )
    assert lens("tag", "--min-score", "2", *at).status == 2

"""Duplicates of real photos, from the index to the groups."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

from lens import Library
from lens.curation import finding
from lens.curation.best import best_of
from lens.curation.collection import load
from lens_indexes import Index
from lens_indexes.beside import MIRROR_FOLDER
from tests.fakes import paint
from tests.rows import age


@pytest.fixture
def folder(tmp_path, samples) -> Path:
    """Three photos with their edits, and others that have none."""
    place = tmp_path / "photos"
    place.mkdir()
    for name in ("bear.jpg", "pizza.jpg", "yellow-roses.jpg", "giraffes.jpg", "tennis-serve.jpg"):
        (place / name).write_bytes((samples / name).read_bytes())
    (place / "bear-again.jpg").write_bytes((samples / "bear.jpg").read_bytes())
    with Image.open(place / "bear.jpg") as bear:
        bear.save(place / "bear.png")
        bear.resize((bear.width // 2, bear.height // 2)).save(place / "bear-small.jpg")
        bear.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(place / "bear-mirrored.jpg", quality=80)
        bear.transpose(Image.Transpose.ROTATE_90).save(place / "bear-rotated.jpg", quality=80)
    with Image.open(place / "pizza.jpg") as pizza:
        ImageEnhance.Color(pizza).enhance(1.5).save(place / "pizza-colour.jpg", quality=60)
        pizza.crop((20, 30, round(pizza.width * 0.9), round(pizza.height * 0.9))).save(place / "pizza-cut.jpg")
    return place


def grouped(groups):
    return {group.kept.path.name: {each.photo.path.name: each.reason for each in group.others} for group in groups}


def test_every_edit_is_found_and_named(library, folder, encoder):
    library.index([folder], encoder)
    assert grouped(library.curation.duplicates()) == {
        "bear.png": {
            "bear-again.jpg": "pixels",
            "bear-mirrored.jpg": "mirrored",
            "bear-rotated.jpg": "rotated",
            "bear-small.jpg": "same",
            "bear.jpg": "pixels",
        },
        "pizza.jpg": {"pizza-colour.jpg": "same", "pizza-cut.jpg": "part"},
    }


def test_duplicates_are_a_filter_of_searches(library, folder, encoder):
    library.index([folder], encoder)
    groups = library.curation.duplicates()
    everyone = {photo.path for group in groups for photo in (group.kept, *(each.photo for each in group.others))}
    assert {match.path for match in library.search("is:duplicate", top=100)} == everyone
    others = {match.path.name for match in library.search("NOT is:duplicate", top=100)}
    assert others == {"yellow-roses.jpg", "giraffes.jpg", "tennis-serve.jpg"}


def test_they_are_found_once_for_each_state_of_the_index(library, folder, encoder, monkeypatch):
    library.index([folder], encoder)
    found = library.curation.duplicate_ids()
    asked, whole = [], finding.find_duplicates
    monkeypatch.setattr(finding, "find_duplicates", lambda *args, **named: asked.append(args) or whole(*args, **named))
    assert library.curation.duplicate_ids() == Library.open(library.uri).curation.duplicate_ids() == found
    assert not asked
    (folder / "bear-again.jpg").unlink()
    library.index([folder], encoder)
    assert len(found - library.curation.duplicate_ids()) == 1
    assert len(asked) == 1
    monkeypatch.setattr(finding, "LIMITS", "other limits")
    library.curation.duplicate_ids()
    assert len(asked) == 2
    (Path(library.uri) / MIRROR_FOLDER / "duplicates.json").write_text("{")
    library.curation.duplicate_ids()
    assert len(asked) == 3


def test_exact_ones_alone(library, folder, encoder):
    library.index([folder], encoder)
    assert grouped(library.curation.duplicates(exact=True)) == {
        "bear.png": {"bear-again.jpg": "pixels", "bear.jpg": "pixels"}
    }
    (folder / "bear.png").unlink()
    library.index([folder], encoder)
    assert grouped(library.curation.duplicates(exact=True)) == {"bear.jpg": {"bear-again.jpg": "content"}}


def test_the_ids_of_duplicates(library, folder, encoder):
    library.index([folder], encoder)
    by_id = {photo.id: photo.path.name for photo in load(Index.open(library.uri))}
    names = {by_id[id_] for id_ in library.curation.duplicate_ids()}
    assert names == {name for name in by_id.values() if name.startswith(("bear", "pizza"))}
    assert {by_id[id_] for id_ in library.curation.duplicate_ids(exact=True)} == {
        "bear.jpg",
        "bear.png",
        "bear-again.jpg",
    }


def test_an_older_index_is_measured_when_it_is_asked(library, folder, encoder):
    library.index([folder], encoder)
    whole = grouped(library.curation.duplicates())
    age(library.uri, 2)
    (folder / "giraffes.jpg").unlink()  # cannot be measured any more
    seen = []
    assert grouped(Library.open(library.uri).curation.duplicates(on_progress=seen.append)) == whole
    assert seen[0].total == 12
    assert seen[0].skipped == 1
    assert Index.open(library.uri).photos.facts(["entropy"])["entropy"].count(None) == 1


def test_nothing_is_read_again_when_nothing_changed(library, folder, encoder):
    library.index([folder], encoder)
    first = grouped(library.curation.duplicates())
    version = library.curation._index.photos.table.version
    for file in folder.iterdir():
        file.unlink()
    seen = []
    assert grouped(library.curation.duplicates(on_progress=seen.append)) == first
    assert seen == []
    assert library.curation._index.photos.table.version == version


def test_plain_photos_are_no_duplicates_of_each_other(library, tmp_path, encoder):
    folder = tmp_path / "plain"
    for colour in ("red", "darkred", "blue", "black"):
        paint(folder / f"{colour}.png", colour, (300, 200))
    paint(folder / "red-again.png", "red", (300, 200))
    library.index([folder], encoder)
    assert grouped(library.curation.duplicates()) == {"red.png": {"red-again.png": "content"}}


def test_every_photo_that_could_go_is_near_the_one_kept(library, samples, tmp_path, encoder):
    """In a series each is near the next, and the first not near the last."""
    folder = tmp_path / "series"
    folder.mkdir()
    with Image.open(samples / "bear.jpg") as bear:
        for step in range(8):
            bear.rotate(2.5 * step, Image.Resampling.BICUBIC).save(folder / f"{step}.jpg")
    library.index([folder], encoder)
    groups = library.curation.duplicates()
    members = [photo.path.name for group in groups for photo in (group.kept, *(each.photo for each in group.others))]
    assert len(members) == len(set(members))
    assert len(groups) >= 2
    alone = [{group.kept.path, *(each.photo.path for each in group.others)} for group in groups]
    for files in alone:
        assert len(files) < 8


@pytest.fixture
def shots(library, tmp_path, samples, encoder):
    folder = tmp_path / "shots"
    folder.mkdir()
    (folder / "shot.jpg").write_bytes((samples / "bear.jpg").read_bytes())
    library.index([folder], encoder)
    shot = load(Index.open(library.uri))[0]

    def make(name, measures=None, **changes):
        measured = replace(shot.measures, **(measures or {}))
        return replace(shot, path=folder / name, measures=measured, **changes)

    return make


@pytest.mark.parametrize(
    ("worse", "why"),
    [
        ({"width": 100, "height": 80, "measures": {"sharpness": 0.99}}, "largest"),
        ({"measures": {"luminance": 0.05, "sharpness": 0.99}, "size": 10**9}, "fewest flaws"),
        ({"measures": {"sharpness": 0.53}, "size": 10**9}, "sharpest"),
        ({"measures": {"highlights": 0.2}, "size": 10**9}, "best exposed"),
        ({"taken_at": None, "size": 10**9}, "dated"),
        ({"size": 5}, "most bytes"),
        ({}, "first by name"),
    ],
)
def test_the_best_shot(shots, worse, why):
    taken = {"taken_at": datetime(2026, 1, 1)}
    best = best_of([shots("a-copy.jpg", **taken | worse), shots("a.jpg", **taken)])
    assert (best.number, best.why) == (1, why)

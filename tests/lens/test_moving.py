"""A root that has moved is followed, and only where its photos really are."""

import shutil

import pytest

from lens.errors import FolderError, MoveRefused
from tests.fakes import ColourEncoder, paint


@pytest.fixture
def indexed(library, photos, encoder):
    library.index([photos], encoder)
    return library


def test_the_photos_are_found_in_the_new_place_and_not_encoded_again(indexed, photos, encoder, tmp_path):
    photos.rename(tmp_path / "pictures")
    foreseen = indexed.move_root(photos, tmp_path / "pictures", dry_run=True)
    assert (foreseen.photos, foreseen.looked_for, foreseen.found, foreseen.left) == (4, 4, 4, [])
    assert indexed.status().folders == [photos]
    assert indexed.move_root(photos, tmp_path / "pictures") == foreseen
    found = indexed.search("red", top=1, encoder=encoder)
    assert found[0].path == (tmp_path / "pictures" / "red.png").resolve()
    report = indexed.index([tmp_path / "pictures"], encoder)
    assert (report.unchanged, report.added, report.moved, report.missing, encoder.encoded) == (4, 0, 0, 0, 4)
    assert indexed.verify() == []


def test_photos_that_were_hidden_meanwhile_come_back(indexed, photos, encoder, tmp_path):
    (photos / "trip").rename(tmp_path / "trip")
    other = tmp_path / "pictures"
    shutil.copytree(photos, other)
    (other / "trip").mkdir()
    shutil.move(tmp_path / "trip" / "orange.png", other / "trip" / "orange.png")
    assert indexed.index([photos], encoder).missing == 1
    indexed.move_root(photos, other)
    assert indexed.index([other], encoder).added == 0
    assert indexed.status().photos == 4


def test_a_place_without_the_photos_is_refused(indexed, photos, tmp_path):
    paint(tmp_path / "other" / "black.png", "black")
    paint(tmp_path / "other" / "red.png", "red", (999, 999))  # the name alone is not enough
    with pytest.raises(MoveRefused, match=r"None of 4 photos .* nothing was changed.*--force"):
        indexed.move_root(photos, tmp_path / "other")
    assert indexed.status().folders == [photos]
    assert indexed.move_root(photos, tmp_path / "other", force=True).found == 0
    assert indexed.status().folders == [(tmp_path / "other").resolve()]


def test_some_of_the_photos_will_do_and_are_counted(indexed, photos, tmp_path):
    (tmp_path / "other").mkdir()
    shutil.copy(photos / "red.png", tmp_path / "other")
    move = indexed.move_root(photos, tmp_path / "other")
    assert (move.looked_for, move.found) == (4, 1)


def test_only_a_hundred_are_looked_for(library, tmp_path, encoder):
    for number in range(130):
        paint(tmp_path / "many" / f"{number}.png", f"rgb({number},0,0)")
    library.index([tmp_path / "many"], encoder)
    (tmp_path / "many").rename(tmp_path / "moved")
    move = library.move_root(tmp_path / "many", tmp_path / "moved")
    assert (move.photos, move.looked_for, move.found) == (130, 100, 100)


def test_a_part_of_a_root_is_refused_with_the_way_to_go(indexed, photos, encoder, tmp_path):
    (photos / "trip").rename(tmp_path / "trip")
    with pytest.raises(MoveRefused, match="only a whole root"):
        indexed.move_root(photos / "trip", tmp_path / "trip")
    report = indexed.index([tmp_path / "trip"], encoder)  # what it says to do
    assert (report.moved, report.added, encoder.encoded) == (1, 0, 4)


def test_what_is_no_root_or_no_folder_is_refused(indexed, photos, tmp_path):
    with pytest.raises(MoveRefused, match=f"is no root.*{photos}"):
        indexed.move_root(tmp_path / "elsewhere", photos)
    with pytest.raises(FolderError, match="no such folder"):
        indexed.move_root(photos, tmp_path / "elsewhere", force=True)


def test_a_place_that_is_indexed_already_is_refused(indexed, photos, encoder, tmp_path):
    shutil.copytree(photos, tmp_path / "copy")
    indexed.index([tmp_path / "copy"], encoder)
    with pytest.raises(MoveRefused, match=r"4 photos below .* are in the index already"):
        indexed.move_root(photos, tmp_path / "copy", force=True)


def test_roots_below_stay_and_are_named(library, photos, encoder, tmp_path):
    library.index([photos / "trip"], encoder)
    library.index([photos], encoder)
    shutil.copytree(photos, tmp_path / "copy")
    move = library.move_root(photos, tmp_path / "copy")
    assert (move.photos, move.left) == (3, [photos / "trip"])


def test_several_encoders_keep_their_vectors(indexed, photos, encoder, tmp_path):
    shapes = ColourEncoder("shapes")
    indexed.index([photos], shapes)
    photos.rename(tmp_path / "pictures")
    indexed.move_root(photos, tmp_path / "pictures")
    assert [held.photos for held in indexed.status().encoders] == [4, 4]

"""What a run takes a change of files for: what it reads, what it encodes, and which row a photo keeps."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lens import Library
from lens.errors import FolderError
from lens.indexing import plan, reading
from lens.photos import FoundPhoto
from lens_indexes import Index
from tests.fakes import paint


def rows(library: Library) -> dict[str, str]:
    """Path below its root to id, missing photos included."""
    places = Index.open(library.uri).photos.places()
    assert len({path for _, _, path in places}) == len(places), "two rows of one place"
    return {path: id_ for id_, _, path in places}


def best(library: Library, colour: str, encoder) -> str:
    return library.search(colour, top=1, encoder=encoder)[0].path.name


@pytest.fixture
def indexed(library, photos, encoder) -> Library:
    library.index([photos], encoder)
    assert encoder.encoded == 4
    return library


@pytest.fixture
def read(indexed, monkeypatch) -> list[str]:
    """The names of the files that are read from now on."""
    names, read_photo = [], reading.read_photo

    def reading_it(path, **options):
        names.append(path.name)
        return read_photo(path, **options)

    monkeypatch.setattr(reading, "read_photo", reading_it)
    return names


def test_the_same_size_and_time_is_not_read(indexed, photos, encoder, read):
    assert indexed.index([photos], encoder).unchanged == 4
    assert read == []


@pytest.mark.parametrize("days", [-9000, 1], ids=["restored from a backup", "touched"])
def test_another_time_and_the_same_content_is_read_once_and_not_encoded(indexed, photos, encoder, read, days):
    before, then = rows(indexed), time.time() + days * 86400
    os.utime(photos / "red.png", (then, then))
    report = indexed.index([photos], encoder)
    assert (report.moved, report.changed, report.added, encoder.encoded) == (1, 0, 0, 4)
    assert indexed.index([photos], encoder).unchanged == 4
    assert read == ["red.png"]
    assert rows(indexed) == before


def test_other_content_of_the_same_size_and_time_is_not_seen(indexed, photos, encoder, read):
    """As documented: only reading every file again would tell, which a run that must be cheap does not do."""
    paint(photos / "red.bmp", "red")
    indexed.index([photos], encoder)
    before, found = (photos / "red.bmp").stat(), rows(indexed)
    paint(photos / "red.bmp", "white")
    assert (photos / "red.bmp").stat().st_size == before.st_size
    os.utime(photos / "red.bmp", ns=(before.st_atime_ns, before.st_mtime_ns))
    read.clear()
    assert indexed.index([photos], encoder).unchanged == 5
    assert read == []
    (photos / "red.bmp").touch()
    assert indexed.index([photos], encoder).changed == 1
    assert best(indexed, "white", encoder) == "red.bmp"
    assert rows(indexed) == found


def test_a_changed_photo_is_seen_though_its_time_is_older_than_the_last_run(indexed, photos, encoder):
    """An older state of the file came back, or the clock was set back."""
    before = rows(indexed)
    paint(photos / "red.png", "white", (40, 40))
    os.utime(photos / "red.png", (86400, 86400))
    assert indexed.index([photos], encoder).changed == 1
    assert best(indexed, "white", encoder) == "red.png"
    assert rows(indexed) == before


def test_a_new_photo_is_seen_though_it_is_older_than_the_last_run(indexed, photos, encoder):
    os.utime(paint(photos / "pink.png", "pink"), (86400, 86400))
    assert indexed.index([photos], encoder).added == 1


def test_a_folder_that_is_moved_inside_the_root(indexed, photos, encoder):
    before = rows(indexed)
    (photos / "2024").mkdir()
    (photos / "trip").rename(photos / "2024" / "lisbon")
    report = indexed.index([photos], encoder)
    assert (report.moved, report.added, report.missing, encoder.encoded) == (1, 0, 0, 4)
    assert rows(indexed)["2024/lisbon/orange.png"] == before["trip/orange.png"]
    assert len(rows(indexed)) == 4


def test_a_copy_leaves_the_row_of_the_first_and_gets_one_of_its_own(indexed, photos, encoder):
    before = rows(indexed)
    shutil.copy2(photos / "red.png", photos / "a copy.png")  # sorts before the first, and has its time
    report = indexed.index([photos], encoder)
    assert (report.added, report.moved, report.unchanged) == (1, 0, 4)
    after = rows(indexed)
    assert after.pop("a copy.png") not in before.values()
    assert after == before


def test_two_photos_that_swap_names_are_found_by_what_they_show(indexed, photos, encoder):
    (photos / "red.png").rename(photos / "swap")
    (photos / "blue.png").rename(photos / "red.png")
    (photos / "swap").rename(photos / "blue.png")
    report = indexed.index([photos], encoder)
    assert (report.changed + report.moved, report.added, report.missing, report.unchanged) == (2, 0, 0, 2)
    assert (best(indexed, "red", encoder), best(indexed, "blue", encoder)) == ("blue.png", "red.png")
    assert len(rows(indexed)) == 4
    assert indexed.index([photos], encoder).unchanged == 4
    assert indexed.verify() == []


def test_a_photo_that_is_moved_over_another(indexed, photos, encoder):
    (photos / "blue.png").rename(photos / "red.png")
    report = indexed.index([photos], encoder)
    assert (report.changed + report.moved, report.missing, report.added) == (1, 1, 0)
    assert best(indexed, "blue", encoder) == "red.png"
    assert sorted(match.path.name for match in indexed.search("red", encoder=encoder)) == [
        "green.jpg", "orange.png", "red.png",
    ]  # fmt: skip
    assert indexed.index([photos], encoder).unchanged == 3
    assert indexed.verify() == []


def test_a_photo_that_is_replaced_by_a_new_one(indexed, photos, encoder):
    before = rows(indexed)
    paint(photos / "new.png", "white").replace(photos / "red.png")
    report = indexed.index([photos], encoder)
    assert (report.changed, report.added, report.missing) == (1, 0, 0)
    assert rows(indexed) == before


@pytest.mark.parametrize("runs", [["photos", "other"], ["other", "photos"], ["photos other"], ["other photos"]])
def test_a_photo_that_is_moved_to_another_root(indexed, photos, encoder, tmp_path, runs):
    other = paint(tmp_path / "other" / "black.png", "black").parent.resolve()
    indexed.index([other], encoder)
    before = rows(indexed)["red.png"]
    (photos / "red.png").rename(other / "rouge.png")
    for folders in runs:
        indexed.index([tmp_path / name for name in folders.split()], encoder)
    assert encoder.encoded == 5
    assert rows(indexed)["rouge.png"] == before
    assert indexed.search("red", top=1, encoder=encoder)[0].path == other / "rouge.png"
    assert (indexed.status().photos, indexed.status().missing) == (5, 0)


def test_a_drive_that_is_not_mounted_changes_nothing(indexed, photos, encoder, tmp_path):
    other = paint(tmp_path / "other" / "black.png", "black").parent.resolve()
    indexed.index([other], encoder)
    before = rows(indexed)
    photos.rename(tmp_path / "drive")
    photos.mkdir()
    for prune in (False, True):
        with pytest.raises(FolderError, match="mounted"):
            indexed.index([other, photos], encoder, prune=prune, prune_many=prune)
        assert (rows(indexed), indexed.status().missing) == (before, 0)
    photos.rmdir()
    (tmp_path / "drive").rename(photos)
    assert indexed.index([other, photos], encoder).unchanged == 5


# -- disks that do not tell case apart --------------------------------------------------------------------------------


@pytest.fixture
def one_case(monkeypatch, photos):
    """Rename a file as on such a disk: it is there under both names, and listed under the new one alone."""
    old_names, scan = set(), plan.scan

    def listed(folder: Path, **options) -> Iterator[object]:
        for item in scan(folder, **options):
            if not (isinstance(item, FoundPhoto) and item.path in old_names):
                yield item

    def rename(old: str, new: str) -> None:
        (photos / new).parent.mkdir(exist_ok=True)
        os.link(photos / old, photos / new)
        old_names.add(photos / old)

    monkeypatch.setattr(plan, "scan", listed)
    return rename


@pytest.mark.parametrize("renamed", ["red.png Red.PNG", "trip/orange.png Trip/orange.png"])
def test_a_name_that_changed_in_case_only_is_no_second_photo(indexed, photos, encoder, one_case, renamed):
    (old, new), before = renamed.split(), rows(indexed)
    one_case(old, new)
    report = indexed.index([photos], encoder)
    assert (report.moved, report.added, report.missing, encoder.encoded) == (1, 0, 0, 4)
    after = rows(indexed)
    assert (after[new], len(after)) == (before[old], 4)
    assert indexed.index([photos], encoder).unchanged == 4


def test_a_photo_may_change_together_with_the_case_of_its_name(indexed, photos, encoder, one_case):
    before = rows(indexed)
    paint(photos / "red.png", "white")
    one_case("red.png", "RED.png")
    report = indexed.index([photos], encoder)
    assert (report.changed, report.added, report.missing) == (1, 0, 0)
    assert rows(indexed)["RED.png"] == before["red.png"]
    assert best(indexed, "white", encoder) == "RED.png"


def test_where_case_is_told_apart_both_names_are_photos(indexed, photos, encoder):
    before = rows(indexed)
    paint(photos / "RED.png", "white")
    assert indexed.index([photos], encoder).added == 1
    assert rows(indexed).items() >= before.items()


def test_a_photo_that_is_now_left_out_is_not_taken_for_one_of_another_case(indexed, photos, encoder):
    before = rows(indexed)
    paint(photos / "RED.png", "white")
    report = indexed.index([photos], encoder, exclude=["red.png"])
    assert (report.added, report.changed, report.missing) == (1, 0, 0)
    assert rows(indexed).items() >= before.items()

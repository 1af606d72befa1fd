"""Verify says what is wrong, repair and the next run mend it."""

import os

import numpy as np
import pytest

from lens.indexing.lane import column_of
from lens_indexes import Index, IndexDamaged
from tests.fakes import ColourEncoder, paint
from tests.rows import damage


@pytest.fixture
def indexed(library, photos, encoder):
    library.index([photos], encoder)
    return library


def found(library) -> dict[str, tuple[int, list[str]]]:
    return {problem.kind: (problem.count, problem.examples) for problem in library.verify()}


def test_a_fresh_index_has_nothing_wrong(indexed, photos, encoder):
    assert indexed.verify() == []
    (photos / "red.png").unlink()
    indexed.index([photos], encoder)
    assert indexed.verify() == []  # it is known to be missing


def test_files_that_are_gone_or_changed(indexed, photos, encoder):
    (photos / "red.png").unlink()
    paint(photos / "blue.png", "navy", (99, 99))
    os.utime(photos / "green.jpg", (1, 1))
    assert found(indexed) == {
        "file gone": (1, [str(photos / "red.png")]),
        "file changed": (2, sorted(map(str, [photos / "green.jpg", photos / "blue.png"]), key=order(indexed))),
    }
    indexed.index([photos], encoder)
    assert indexed.verify() == []


def order(library):
    """The order of the rows."""
    places = [path for _, _, path in Index.open(library.uri).photos.places()]
    return lambda place: next(number for number, path in enumerate(places) if place.endswith(path))


def test_a_drive_that_is_not_mounted_is_one_problem(indexed, photos, tmp_path):
    photos.rename(tmp_path / "unplugged")
    assert found(indexed) == {"folder away": (1, [str(photos)])}


def test_a_file_that_may_not_be_looked_at(indexed, photos):
    (photos / "trip" / "orange.png").unlink()
    (photos / "trip" / "orange.png").symlink_to("orange.png")  # a link to itself
    assert found(indexed) == {"file out of reach": (1, [str(photos / "trip" / "orange.png")])}


def test_examples_are_five_and_the_count_is_all(library, tmp_path, encoder):
    for number in range(12):
        paint(tmp_path / "many" / f"{number}.png", f"rgb({number},0,0)")
    paint(tmp_path / "many" / "stays.png", "white")
    library.index([tmp_path / "many"], encoder)
    for number in range(12):
        (tmp_path / "many" / f"{number}.png").unlink()
    [problem] = library.verify()
    assert (problem.count, len(set(problem.examples))) == (12, 5)


def test_an_emptied_vector_is_filled_by_the_next_run(indexed, photos, encoder):
    shapes = ColourEncoder("shapes")
    indexed.index([photos], shapes)
    before = {match.path: match.score for match in indexed.search("red", encoder=encoder)}
    broken = next(id_ for id_, _, path in Index.open(indexed.uri).photos.places() if path == "red.png")
    damage(Index.open(indexed.uri), column_of(encoder.info), {broken: np.full(49, np.nan)})
    assert found(indexed) == {"bad vector": (1, ["red.png"])}
    assert [mended.count for mended in indexed.repair(dry_run=True)] == [1]
    assert found(indexed) == {"bad vector": (1, ["red.png"])}
    indexed.repair()
    assert indexed.verify() == []
    assert [held.photos for held in indexed.status().encoders] == [3, 4]
    report = indexed.index([photos], [encoder, shapes])
    assert (report.filled, report.unchanged, encoder.encoded, shapes.encoded) == (1, 3, 5, 4)
    assert {match.path: match.score for match in indexed.search("red", encoder=encoder)} == pytest.approx(before)


def test_photos_below_an_unknown_root_are_told_and_not_a_crash(indexed, photos, encoder):
    Index.open(indexed.uri).tables["roots"].delete("true")
    assert found(indexed)["unknown root"][0] == 4
    for use in (
        lambda: indexed.search("red", encoder=encoder),
        lambda: indexed.index([photos], encoder),
        lambda: indexed.forget([photos]),
    ):
        with pytest.raises(IndexDamaged, match="root 'photos' that it does not know: lens verify") as caught:
            use()
        assert "\n" not in str(caught.value)
    assert indexed.repair() == []

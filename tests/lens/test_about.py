"""What is known of one photo, and all photos by their age."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lens import Library
from lens.errors import IndexNotFound, QueryError
from lens_indexes import TagRow
from tests.fakes import ColourEncoder
from tests.labelled import labelled, photos_of


def test_a_photo_is_known_with_its_facts_tags_and_regions(library: Library, tmp_path: Path) -> None:
    index = labelled(library, tmp_path / "photos")
    photos = sorted(photos_of(index).values(), key=lambda photo: photo["path"])
    bare, full = photos[0], photos[1]
    rows = [TagRow(full["id"], tag, score, full["content_hash"]) for tag, score in (("rose", 0.2), ("red", 0.9))]
    index.tags.put("ab" * 16, "colours", "colour 1", rows)
    found = library.about(full["id"])
    assert (found.photo.path, found.photo.width, found.photo.height) == (full["path"], full["width"], full["height"])
    assert [(tag.category, tag.score) for tag in found.tags] == [
        ("red", pytest.approx(0.9)),
        ("rose", pytest.approx(0.2)),
    ]
    assert len(found.regions) >= 5
    assert {region.photo for region in found.regions} == {full["id"]}
    other = library.about(bare["id"])
    assert other.tags == [] and other.regions == []
    with pytest.raises(QueryError, match="No photo"):
        library.about("cd" * 16)


def test_without_a_query_everything_is_there_the_newest_first(
    library: Library, photos: Path, encoder: ColourEncoder
) -> None:
    with pytest.raises(IndexNotFound):
        library.browse()
    days = {"blue.png": 3, "red.png": 1, "green.jpg": 2, "orange.png": 4}
    for file in photos.rglob("*.*"):
        at = datetime(2024, 1, days[file.name], tzinfo=UTC).timestamp()
        os.utime(file, (at, at))
    library.index([photos], encoder)
    newest = ["orange.png", "blue.png", "green.jpg", "red.png"]
    found = library.browse()
    assert [match.path.name for match in found] == newest
    assert [match.rank for match in found] == [1, 2, 3, 4]
    assert [match.path.name for match in found[1:3]] == newest[1:3]
    assert found[-1].path.name == newest[-1]
    with pytest.raises(IndexError):
        found[4]
    assert [match.path.name for match in library.browse("format:png", top=1)] == ["orange.png", "blue.png", "red.png"]

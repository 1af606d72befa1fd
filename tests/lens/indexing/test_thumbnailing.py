"""An index run leaves a thumbnail of every photo it reads, and is never the worse for it."""

import logging
from pathlib import Path

import pytest
from PIL import Image

from lens import Library
from lens.config import thumbnail_folder
from lens.indexing import thumbnailing
from lens.indexing.thumbnailing import RunThumbnails
from lens.photos import Thumbnails
from lens.search.sheet import contact_sheet
from tests.fakes import ColourEncoder, paint


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LENS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_every_photo_that_is_read_has_one(library, photos, encoder):
    paint(photos / "large.jpg", "purple", (2000, 1000))
    library.index([photos], encoder)
    store = Thumbnails(thumbnail_folder())
    found = library.search("purple", encoder=encoder)
    assert len(found) == 5
    sizes = {}
    for match in found:
        with Image.open(store.path(match.content_hash)) as image:
            sizes[match.path.name] = image.size
    assert (sizes["large.jpg"], sizes["red.png"]) == ((256, 128), (32, 24))
    assert found[0].path.name == "large.jpg"


def test_without(library, photos, encoder):
    library.index([photos], encoder, thumbnails=False)
    library.index([photos], encoder, dry_run=True)
    assert not thumbnail_folder().exists()


def test_they_are_no_photos_themselves(library, photos, encoder, monkeypatch):
    monkeypatch.setenv("LENS_CACHE", str(photos / "cache"))
    library.index([photos], encoder)
    assert len(list(thumbnail_folder().rglob("*.jpg"))) == 4
    report = library.index([photos], encoder)
    assert (report.added, report.unchanged) == (0, 4)


def test_an_encoder_with_small_eyes_leaves_enough_pixels(library, tmp_path, encoder):
    """The decoder would give it a sixty-fourth of the photo."""
    assert encoder.info.min_side < RunThumbnails(Thumbnails(tmp_path)).min_side
    paint(tmp_path / "photos" / "large.jpg", "purple", (4000, 3000))
    library.index([tmp_path / "photos"], encoder)
    [file] = thumbnail_folder().rglob("*.jpg")
    with Image.open(file) as image:
        assert image.size == (256, 192)


def test_a_store_that_fails_is_told_once_and_costs_no_photo(library, photos, encoder, cache, caplog):
    cache.write_text("in the way")
    with caplog.at_level(logging.WARNING):
        report = library.index([photos], encoder)
    assert (report.added, report.skipped) == (4, 0)
    told = [record.message for record in caplog.records if "humbnail" in record.message]
    assert len(told) == 1
    assert str(cache) in told[0]
    assert "goes on without" in told[0]


def test_a_run_that_wrote_some_bounds_them_all(library, photos, encoder, monkeypatch):
    library.index([photos], encoder)
    store = Thumbnails(thumbnail_folder())
    whole = store.size()
    monkeypatch.setattr(thumbnailing, "MAX_BYTES", whole // 2)
    library.index([photos], encoder)
    assert store.size() == whole  # nothing was read, so nothing was looked through
    paint(photos / "pink.png", "pink")
    library.index([photos], encoder)
    assert 0 < store.size() <= whole // 2
    [pink] = library.search("pink", top=1, encoder=encoder)
    assert store.path(pink.content_hash) is not None


def test_a_contact_sheet_shows_them_where_the_drive_is_away(library, photos, encoder, tmp_path):
    library.index([photos], encoder)
    photos.rename(tmp_path / "drive")
    found = Library.open(library.uri).search("red", top=1, encoder=ColourEncoder())
    sheet = contact_sheet([("red", found)])
    red, green, blue = sheet.getpixel((sheet.width // 2, 170))
    assert red > 240
    assert max(green, blue) < 15

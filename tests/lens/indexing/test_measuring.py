"""An index run measures what it reads, once for each content."""

import pytest

from lens.photos import read_photo
from lens.photos.measures import MIN_SIDE, measure
from lens.photos.perceptual import distances, unpacked, words
from lens_indexes import Index
from tests.fakes import ColourEncoder, paint
from tests.rows import age

COLUMNS = ["path", "perceptual_hash", "sharpness", "luminance", "shadows", "highlights", "entropy", "pixel_hash"]


@pytest.fixture
def folder(tmp_path, samples):
    """Two real photos."""
    place = tmp_path / "photos"
    place.mkdir()
    for name in ("bear.jpg", "pizza.jpg"):
        (place / name).write_bytes((samples / name).read_bytes())
    return place


def stored(library):
    rows = Index.open(library.uri).photos.facts(COLUMNS)
    return {path: dict(zip(COLUMNS[1:], rest, strict=True)) for path, *rest in zip(*rows.values(), strict=True)}


def test_every_photo_is_measured(library, folder, encoder):
    library.index([folder], encoder)
    for name, found in stored(library).items():
        measures = measure(read_photo(folder / name, min_side=MIN_SIDE).image)
        assert found["perceptual_hash"] == measures.perceptual_hash
        assert found["sharpness"] == pytest.approx(measures.sharpness, abs=0.03)
        assert found["entropy"] == pytest.approx(measures.entropy, abs=0.05)
        assert found["pixel_hash"] is None
    assert len(stored(library)) == 2


def test_a_large_photo_is_measured_as_if_it_were_small(library, folder, encoder, samples):
    """It goes through halves, which measures and thumbnail share."""
    large = read_photo(samples / "bear.jpg").image.resize((2560, 1920))
    large.save(folder / "large.jpg", quality=95)
    library.index([folder], encoder)
    found, direct = stored(library)["large.jpg"], measure(large)
    assert distances(*(words(unpacked([each])) for each in (found["perceptual_hash"], direct.perceptual_hash))) < 8
    assert found["sharpness"] == pytest.approx(direct.sharpness, abs=0.05)
    assert found["luminance"] == pytest.approx(direct.luminance, abs=0.005)


def test_an_older_index_is_filled_as_photos_are_read_again(library, folder, encoder):
    library.index([folder], encoder)
    before = stored(library)
    age(library.uri, 2)
    assert library.index([folder], encoder).unchanged == 2
    assert {found["entropy"] for found in stored(library).values()} == {None}
    library.index([folder], ColourEncoder("other"))
    assert stored(library) == before


def test_a_changed_photo_is_measured_again(library, folder, encoder):
    library.index([folder], encoder)
    paint(folder / "bear.jpg", "white", (300, 200))
    library.index([folder], encoder)
    assert stored(library)["bear.jpg"]["entropy"] == 0
    assert stored(library)["pizza.jpg"]["entropy"] > 5

"""A cut is found in the photo it was cut from, and in no other."""

import numpy as np
import pytest
from PIL import Image

from lens.curation.near import OVERLAP
from lens.curation.overlap import overlap, small
from lens.photos import read_photo


@pytest.fixture(scope="module")
def some(samples):
    return [read_photo(file, min_side=200).image for file in sorted(samples.rglob("*.jpg"))[:8]]


@pytest.mark.parametrize("share", [0.9, 0.85, 0.8])
@pytest.mark.parametrize("corner", [(0, 0), (1, 1), (0.5, 0.2)])
def test_a_cut_is_found_wherever_it_was(some, share, corner):
    for image in some:
        width, height = round(image.width * share), round(image.height * share)
        left, top = round((image.width - width) * corner[0]), round((image.height - height) * corner[1])
        cut = image.crop((left, top, left + width, top + height))
        assert overlap(small(cut), small(image)) > OVERLAP
        assert overlap(small(image), small(cut)) > OVERLAP


def test_other_photos_do_not_overlap(some):
    squares = [small(image) for image in some]
    values = [overlap(squares[one], squares[other]) for one in range(len(some)) for other in range(one)]
    assert max(values) < OVERLAP - 0.1


def test_garments_laid_on_one_floor_are_not_one_photo(shared_data):
    """Their silhouettes alone correlate like a photo with its cut."""
    named = {file.name[:8]: file for file in (shared_data / "clothing").rglob("*.jpg")}
    for one, other in (("00f6e504", "f7b209c5"), ("14625df7", "1d407629"), ("1e302085", "71238a2e")):
        squares = [small(read_photo(named[name], min_side=200).image) for name in (one, other)]
        assert overlap(*squares) < OVERLAP


def test_it_is_the_correlation_coefficient(some):
    one, other = small(some[0]), small(some[1])
    whole = np.corrcoef(np.asarray(one, float).ravel(), np.asarray(other, float).ravel())[0, 1]
    assert overlap(one, other) >= whole - 1e-6
    assert overlap(one, one) == pytest.approx(1)
    assert overlap(small(Image.new("RGB", (40, 40), "red")), one) == pytest.approx(0)

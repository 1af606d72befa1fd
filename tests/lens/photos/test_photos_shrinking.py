"""Shrinking: about the mean over what each pixel stands for, whatever the size."""

import numpy as np
import pytest
from PIL import Image

from lens.photos import read_photo
from lens.photos.shrinking import halved, shrunk, size_within


@pytest.mark.parametrize("width", [500, 340, 256, 200, 90, 64, 17])
def test_it_is_nearly_what_a_filter_makes(samples, width):
    """Pillow's, with a Hamming window."""
    photo = read_photo(min(samples.rglob("*.jpg"))).image
    size = size_within(photo.size, width / photo.width)
    wanted = np.asarray(photo.resize(size, Image.Resampling.HAMMING), float)
    found = shrunk(np.asarray(photo), size)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).mean() < 3


@pytest.mark.parametrize("shape", [(48, 64), (48, 64, 3)])
def test_halves_are_means_of_four(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    means = pixels.astype(float).reshape(24, 2, 32, 2, *shape[2:]).mean(axis=(1, 3))
    np.testing.assert_allclose(shrunk(pixels, (32, 24)), means, atol=0.5)


def test_fine_lines_become_grey_and_not_nothing():
    """Taking every so manyth pixel would find only black ones, or only white ones."""
    lines = np.repeat((np.arange(600) % 2 * 255).astype(np.uint8)[None], 400, axis=0)
    for width in (400, 256, 100):
        assert abs(float(shrunk(lines, (width, 50)).mean()) - 127.5) < 3


@pytest.mark.parametrize(
    ("size", "small"),
    [((1008, 756), (504, 378)), ((641, 2000), (320, 1000)), ((4032, 3024), (504, 378)), ((700, 511), (700, 511))],
)
def test_halves_keep_the_least_that_is_asked_for(size, small):
    image = Image.effect_noise(size, 80).convert("RGB")
    found = halved(image, 256)
    assert found.size == small
    times = size[0] // small[0]
    means = np.asarray(image, float)[: small[1] * times, : small[0] * times]
    means = means.reshape(small[1], times, small[0], times, 3).mean(axis=(1, 3))
    assert np.abs(np.asarray(found) - means).mean() < 1.5


def test_a_size_has_at_least_one_pixel():
    assert size_within((9000, 3), 64 / 9000) == (64, 1)

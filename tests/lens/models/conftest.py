"""Fixtures of the tests of models."""

from pathlib import Path

import pytest
from PIL import Image

from lens.photos import read_photo


@pytest.fixture(scope="session")
def odd_photos(samples: Path) -> list[Image.Image]:
    """Upright photos of odd sizes, 8:1 and 1:8 among them; the first is a whole one."""
    whole = [read_photo(file).image for file in sorted(samples.rglob("*.jpg"))[:4]]
    sizes = [(121, 87), (400, 50), (50, 400)]
    return [whole[0], *(image.resize(size) for image, size in zip(whole[1:], sizes, strict=True))]

"""What the tests of a GPU share; without one they are skipped, and load no network.

With `LENS_TEST_DEVICE=cpu` the tests themselves are tried on a machine without one.
"""

import os
from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture(scope="session")
def device() -> str:
    """The device under test, as `--device` takes it."""
    import torch

    asked = os.environ.get("LENS_TEST_DEVICE", "cuda")
    if asked == "cuda" and not torch.cuda.is_available():
        pytest.skip("needs a GPU that torch can use")
    return asked


@pytest.fixture(scope="session")
def gpu(device: str) -> str:
    """The same, where nothing else will do."""
    if device != "cuda":
        pytest.skip("needs a GPU that torch can use")
    return device


@pytest.fixture(scope="session")
def pictures(samples: Path) -> list[Image.Image]:
    """Some of the sample photos, of different proportions."""
    return [Image.open(file).convert("RGB") for file in sorted(samples.rglob("*.jpg"))[:6]]

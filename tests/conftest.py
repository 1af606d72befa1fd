"""Fixtures every test may use; each test gets a home of its own."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real photos beside the checkout; tests that need it are skipped where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"needs the photo data in {folder}")
    return folder


@pytest.fixture(scope="session")
def samples() -> Path:
    """The sample photos that ship with the project."""
    return ROOT / "samples"

"""Fixtures every test may use; each test gets an index and folders of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from lens import Library
from lens.config import cache_folder
from tests.fakes import ColourEncoder, paint
from tests.stores import bucket, google_bucket, store

__all__ = ["bucket", "google_bucket", "store"]

if "PYTEST_XDIST_WORKER" in os.environ:  # as many workers as processors: threads of theirs would wait for each other
    os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("lens", deadline=None)  # a busy machine is no fault of what is tested
settings.load_profile("lens")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache of the tests' own, but for what takes long to make and is checked when it is used."""
    shared, own = cache_folder(), tmp_path_factory.mktemp("cache")
    for name in ("align", "intact", "onnx"):
        (shared / name).mkdir(parents=True, exist_ok=True)
        (own / name).symlink_to(shared / name, target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LENS_CACHE", str(own))
        yield


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the user's index or models."""
    monkeypatch.setenv("LENS_INDEX", str(tmp_path / "index"))
    monkeypatch.setenv("LENS_MODELS", str(tmp_path / "models"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real photos beside the checkout; tests that need it are skipped where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"needs the photo data in {folder}")
    return folder.resolve()


@pytest.fixture(scope="session")
def samples() -> Path:
    """The sample photos that ship with the project."""
    return ROOT / "samples"


@pytest.fixture
def encoder() -> ColourEncoder:
    """An encoder of colours, quick and predictable."""
    return ColourEncoder()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with four photos of plain colours, one of them in a sub-folder."""
    folder = tmp_path / "photos"
    paint(folder / "red.png", "red")
    paint(folder / "green.jpg", "green")
    paint(folder / "blue.png", "blue")
    paint(folder / "trip" / "orange.png", "orange")
    return folder.resolve()


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A library with an index of its own, not made yet."""
    return Library.open(tmp_path / "index")

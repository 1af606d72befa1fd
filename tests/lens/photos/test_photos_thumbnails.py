"""The store of thumbnails: small, whole or not at all, and never too large."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lens.errors import ThumbnailError
from lens.photos import Thumbnails
from lens.photos.thumbnails import QUALITY


@pytest.fixture
def store(tmp_path: Path) -> Thumbnails:
    return Thumbnails(tmp_path / "cache" / "thumbnails", side=64)


def photo(colour: str = "teal", size: tuple[int, int] = (400, 300)) -> Image.Image:
    return Image.new("RGB", size, colour)


def hashes(count: int) -> list[str]:
    return [f"{number * 7:02x}".ljust(32, "e") for number in range(count)]


def used(store: Thumbnails, names: Sequence[str]) -> None:
    """Let the thumbnails have been used a minute after one another, the last one lately."""
    for age, name in enumerate(reversed(names)):
        path = store.path(name)
        assert path is not None
        os.utime(path, times=(time.time() - 60 * age,) * 2)


def files(store: Thumbnails) -> set[str]:
    return {path.name for path in store.folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("size", "small"),
    [((400, 300), (64, 48)), ((300, 400), (48, 64)), ((64, 64), (64, 64)), ((20, 10), (20, 10)), ((9000, 3), (64, 1))],
)
def test_what_is_put_is_found_small(store: Thumbnails, size: tuple[int, int], small: tuple[int, int]) -> None:
    assert store.path("ab" * 16) is None
    store.put("ab" * 16, photo("teal", size))
    path = store.path("ab" * 16)
    assert path == store.folder / "ab" / f"{'ab' * 16}.jpg"
    with Image.open(path) as image:
        assert (image.format, image.size) == ("JPEG", small)
        assert np.abs(np.asarray(image, np.int16) - (0, 128, 128)).max() < 4
    assert store.size() == path.stat().st_size
    assert files(store) == {path.name}


def test_a_thumbnail_looks_like_its_photo(tmp_path: Path, samples: Path) -> None:
    """It is not much worse than the best that JPEG could make of it: Lanczos, which is slow."""
    store = Thumbnails(tmp_path)
    for number, file in enumerate(sorted(samples.rglob("*.jpg"))):
        with Image.open(file) as image:
            whole = image.convert("RGB")
        store.put(f"{number:032x}", whole)
        path = store.path(f"{number:032x}")
        assert path is not None
        with Image.open(path) as small:
            wanted = whole.resize(small.size, Image.Resampling.LANCZOS)
            best = BytesIO()
            wanted.save(best, "JPEG", quality=QUALITY)
            with Image.open(best) as as_jpeg:
                assert distance(small, wanted) < 1.25 * distance(as_jpeg, wanted), file.name


def distance(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference, 0 to 255."""
    return float(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean())


def test_the_photo_is_left_as_it_is(store: Thumbnails) -> None:
    image = photo()
    store.put("ab" * 16, image)
    assert image.size == (400, 300)


def test_the_same_content_is_written_once(store: Thumbnails) -> None:
    store.put("ab" * 16, photo("red"))
    path = store.path("ab" * 16)
    assert path is not None
    before = path.read_bytes()
    store.put("ab" * 16, photo("blue"))
    assert path.read_bytes() == before


def test_an_empty_file_is_none(store: Thumbnails) -> None:
    """What a power failure leaves of a file that was renamed but not yet written."""
    store.put("ab" * 16, photo())
    path = store.path("ab" * 16)
    assert path is not None
    path.write_bytes(b"")
    assert store.path("ab" * 16) is None
    store.put("ab" * 16, photo())
    assert store.path("ab" * 16) is not None


def test_a_store_that_is_not_there_yet(store: Thumbnails) -> None:
    assert (store.size(), store.prune(set(), 0), store.path("ab" * 16)) == (0, 0, None)
    assert not store.folder.exists()


def test_threads_may_put_the_same(store: Thumbnails) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: store.put(name, photo()), hashes(10) * 20))
    assert files(store) == {f"{name}.jpg" for name in hashes(10)}


# -- what goes --------------------------------------------------------------------------------------------------------


def test_what_is_not_kept_goes(store: Thumbnails) -> None:
    names = hashes(6)
    for name in names:
        store.put(name, photo())
    assert store.prune(keep={names[1], names[4], "f" * 32}) == 4
    assert files(store) == {f"{names[1]}.jpg", f"{names[4]}.jpg"}
    assert store.prune(keep=None) == 0


def test_the_least_recently_used_go(store: Thumbnails) -> None:
    names = hashes(6)
    for name in names:
        store.put(name, photo())
    one = store.size() // 6
    used(store, [names[3], names[0], names[5], names[1], names[2], names[4]])
    store.path(names[0])  # is used by being looked at
    store.put(names[5], photo())  # and by being put again
    assert store.prune(max_bytes=3 * one) == 3
    assert files(store) == {f"{names[number]}.jpg" for number in (0, 5, 4)}
    assert store.size() <= 3 * one
    assert store.prune(keep={names[0]}, max_bytes=one) == 2
    assert store.prune(max_bytes=0) == 1


def test_what_a_killed_run_left_goes_and_what_another_writes_now_stays(store: Thumbnails) -> None:
    store.put("ab" * 16, photo())
    for name, age in (("tmpold", 7200), ("tmpnew", 60)):
        path = store.folder / "ab" / name
        path.write_bytes(b"half")
        os.utime(path, times=(time.time() - age,) * 2)
    assert store.prune(keep={"ab" * 16}) == 1
    assert files(store) == {f"{'ab' * 16}.jpg", "tmpnew"}


# -- what goes wrong --------------------------------------------------------------------------------------------------


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = Thumbnails(tmp_path / "file")
    with pytest.raises(ThumbnailError, match=r"^Thumbnails cannot be kept in \S+/file: not a directory; make room"):
        store.put("ab" * 16, photo())
    assert store.path("ab" * 16) is None


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on the size of files")
def test_a_disk_that_is_full_leaves_nothing_behind(store: Thumbnails) -> None:
    script = """
import resource, signal, sys
from pathlib import Path
from PIL import Image
from lens.errors import ThumbnailError
from lens.photos import Thumbnails
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    Thumbnails(Path(sys.argv[1])).put("ab" * 16, Image.effect_noise((300, 300), 90).convert("RGB"))
except ThumbnailError as error:
    print(error)
"""
    command = [sys.executable, "-c", script, str(store.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == (
        f"Thumbnails cannot be kept in {store.folder}: file too large; make room, or set LENS_CACHE to another folder\n"
    )
    assert files(store) == set()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody else")
def test_a_folder_of_somebody_else(tmp_path: Path) -> None:
    script = """
import os, sys, tempfile
from pathlib import Path
from PIL import Image
from lens.errors import ThumbnailError
from lens.photos import Thumbnails
with tempfile.TemporaryDirectory() as name:
    Path(name).chmod(0o755)
    store = Thumbnails(Path(name))
    store.put("ab" * 16, Image.new("RGB", (9, 9)))
    (Path(name) / "ab").chmod(0o755)
    store.path("ab" * 16).chmod(0o644)
    os.seteuid(65534)
    print(store.path("ab" * 16) is not None)
    for attempt in (lambda: store.put("cd" * 16, Image.new("RGB", (9, 9))), lambda: store.prune(set())):
        try:
            attempt()
        except ThumbnailError as error:
            print("permission denied" in str(error))
    os.seteuid(0)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"] * 3

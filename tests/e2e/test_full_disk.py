"""A disk that fills up under way costs nothing that was committed."""

import os
import subprocess
from pathlib import Path

import pytest

from lens import Library
from lens.errors import IndexNotWritable
from tests.fakes import ColourEncoder, paint


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of 200 kB; only root may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(place)]
    if os.name != "posix" or os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_one_line_and_room_is_all_it_takes(small_disk, photos):
    encoder = ColourEncoder()
    library = Library.open(small_disk / "index")
    library.index([photos], encoder)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_bsize))
    paint(photos / "pink.png", "pink")

    with pytest.raises(IndexNotWritable, match="No room left") as caught:
        library.index([photos], encoder)
    assert "\n" not in str(caught.value)
    found = Library.open(library.uri).search("red", encoder=encoder)
    assert sorted(match.path.name for match in found) == ["blue.png", "green.jpg", "orange.png", "red.png"]

    ballast.unlink()
    report = Library.open(library.uri).index([photos], encoder)
    assert (report.added, report.unchanged) == (1, 4)


def test_a_full_disk_for_a_new_index(small_disk, photos):
    (small_disk / "ballast").write_bytes(bytes(os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_bsize))
    with pytest.raises(IndexNotWritable, match="No room left"):
        Library.open(small_disk / "index").index([photos], ColourEncoder())
    (small_disk / "ballast").unlink()
    assert Library.open(small_disk / "index").index([photos], ColourEncoder()).added == 4


def test_an_index_that_may_only_be_read(small_disk, photos):
    encoder = ColourEncoder()
    library = Library.open(small_disk / "index")
    library.index([photos], encoder)
    (small_disk / "index" / ".lens.lock").unlink()  # as it is on a disk that never held a writer
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for write in (lambda: library.index([photos], encoder), library.optimize, lambda: library.forget([photos])):
        with pytest.raises(IndexNotWritable, match="may not be written: Read-only file system") as caught:
            write()
        assert "\n" not in str(caught.value)
    assert len(Library.open(library.uri).search("red", encoder=encoder)) == 4
    assert library.verify() == []
    assert library.repair(dry_run=True) == []


def test_no_room_for_a_backup(small_disk, photos):
    library = Library.open(small_disk.parent / "index")
    library.index([photos], ColourEncoder())
    (small_disk / "ballast").write_bytes(bytes(os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_bsize))
    with pytest.raises(IndexNotWritable, match=r"No room for the backup .* free"):
        library.backup(small_disk / "copy")
    assert [entry.name for entry in small_disk.iterdir()] == ["ballast"]
    (small_disk / "ballast").unlink()
    library.backup(small_disk / "copy")
    assert Library.open(small_disk / "copy").status().photos == 4

"""When a change is told, and what of it; the program as a whole is tested in `tests/cli/test_watch.py`."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import watchfiles

from lens.indexing import watching
from lens.indexing.plan import Scope
from lens.indexing.watching import changed_folders
from lens.photos import scan
from lens.photos.scan import FoundPhoto, is_passed_over
from tests.fakes import paint


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("QUIET", 0.5), ("LONGEST", 2.0), ("POLL", 0.2), ("LOOK", 0.1)):
        monkeypatch.setattr(watching, name, seconds)


@pytest.fixture
def polled(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each time that watching began, whether by polling."""
    ways, watch = [], watchfiles.watch

    def watched(*folders, force_polling, **options):
        ways.append(bool(force_polling))
        return watch(*folders, force_polling=force_polling, **options)

    monkeypatch.setattr(watchfiles, "watch", watched)
    return ways


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    thread = threading.Timer(0.3, act)
    thread.start()
    yield
    thread.join()


def watch(*folders: Path, told: list[str] | None = None, **options: Any) -> Iterator[list[Path]]:
    """The first answer is every folder, and is taken."""
    answers = changed_folders(Scope(folders), [], [].append if told is None else told.append, **options)
    assert next(answers) == sorted(folders)
    return answers


@pytest.mark.parametrize("poll", [False, True])
def test_a_new_photo_is_told_by_its_folder(photos, tmp_path, polled, poll):
    other = paint(tmp_path / "other" / "black.png", "black").parent.resolve()
    answers = watch(photos, other, poll=poll)
    with meanwhile(lambda: paint(other / "new" / "grey.png", "grey")):
        assert next(answers) == [other]
    with meanwhile((photos / "red.png").unlink):
        assert next(answers) == [photos]
    assert polled == [poll]


def test_what_changes_while_a_run_goes_on_is_not_missed(photos):
    answers = watch(photos)
    paint(photos / "pink.png", "pink")
    time.sleep(1)
    assert next(answers) == [photos]


def test_a_stream_that_does_not_end_is_told_now_and_then(photos):
    answers, stop = watch(photos), threading.Event()

    def stream() -> None:
        number = 0
        while not stop.wait(0.1):
            number += 1
            paint(photos / f"{number}.png", "red")

    thread = threading.Thread(target=stream)
    thread.start()
    try:
        began = time.monotonic()
        assert next(answers) == [photos]
        assert 1.5 < time.monotonic() - began < 10
        assert next(answers) == [photos]
    finally:
        stop.set()
        thread.join()


def test_where_the_system_watches_no_more_folders_files_are_looked_at(photos, polled, monkeypatch):
    told, counting = [], watchfiles.watch

    def refuse(*folders, force_polling, **options):
        if not force_polling:
            raise OSError("OS file watch limit reached")
        return counting(*folders, force_polling=force_polling, **options)

    monkeypatch.setattr(watchfiles, "watch", refuse)
    answers = watch(photos, told=told)
    with meanwhile(lambda: paint(photos / "pink.png", "pink")):
        assert next(answers) == [photos]
    assert polled == [True]
    assert len(told) == 1
    assert "OS file watch limit reached" in told[0]


@pytest.mark.parametrize(
    ("mounted", "remote"),
    [("ext4 rw", False), ("fuseblk rw", False), ("nfs4 rw", True), ("fuse.sshfs rw", True), ("NTFS rw,remote", True)],
)
def test_network_drives_are_polled(photos, polled, monkeypatch, mounted, remote):
    kind, options = mounted.split()
    mounts = [
        SimpleNamespace(mountpoint="/", fstype="nfs", opts="rw"),
        SimpleNamespace(mountpoint=str(photos), fstype="nfs", opts="rw"),
        SimpleNamespace(mountpoint=str(photos), fstype=kind, opts=options),  # the one mounted last is what is seen
        SimpleNamespace(mountpoint=str(photos / "trip"), fstype="nfs", opts="rw"),
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: mounts)
    told: list[str] = []
    watch(photos, told=told)
    assert polled == [remote]
    assert [str(photos) in line and "network drive" in line for line in told] == [True] * remote


def test_a_path_is_passed_over_as_a_scan_does(tmp_path):
    names = ["a.png", ".b.png", "._c.png", ".d/e.png", "@eaDir/f.png", "g/h.png", "g/raw/i.png", "j.jpg"]
    for name in names:
        paint(tmp_path / name, "red")
    for exclude in ((), ("g",), ("g/raw",), ("*.jpg", "raw/")):
        for include_hidden in (False, True):
            found = scan(tmp_path, exclude=exclude, include_hidden=include_hidden)
            seen = {item.relative for item in found if isinstance(item, FoundPhoto)}
            passed = {name for name in names if is_passed_over(Path(name), exclude, include_hidden=include_hidden)}
            assert passed == set(names) - seen
            assert seen

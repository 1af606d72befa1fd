"""Photos that were found, copied or linked into a folder; what is there is never overwritten."""

import errno
import filecmp
import io
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lens.errors import CopyError
from lens_indexes.remote import is_remote

__all__ = ["Copy", "carry_out", "plan_copies"]

SHOWN = 3  # failures that an error names


@dataclass(frozen=True)
class Copy:
    """One photo and where it goes."""

    source: Path
    target: Path
    there: bool
    """Whether it is there already."""


def plan_copies(photos: Sequence[Path], folder: Path, *, link: bool = False) -> list[Copy]:
    """Find each photo a place of its own in a folder: under its name, else as `name-2.jpg`, `name-3.jpg`, …

    Args:
        photos: absolute paths, each taken once.
        folder: need not exist.
        link: whether they will be symbolic links, so that only a link to the photo counts as the photo.
    """
    taken: set[str] = set()
    copies = []
    for photo in dict.fromkeys(photos):
        free = (name for name in _names(photo) if name.casefold() not in taken)
        for name in free:
            target = folder / name
            there = _same(photo, target, link=link)
            if there or not os.path.lexists(target):
                taken.add(name.casefold())  # which some disks do not tell apart
                copies.append(Copy(photo, target, there))
                break
    return copies


def carry_out(copies: Sequence[Copy], *, link: bool = False) -> int:
    """Copy or link what is not there: how many photos.

    Raises:
        CopyError: the folder cannot be made, or some photos could not be copied; all others are.
    """
    failures, done = [], 0
    for copy in copies:
        if copy.there:
            continue
        try:
            copy.target.parent.mkdir(parents=True, exist_ok=True)
            if link and is_remote(copy.source):
                raise OSError(errno.EXDEV, "it is on a store: --copy-to copies it")
            if link:
                copy.target.symlink_to(copy.source)
            else:
                _copy(copy.source, copy.target)
            done += 1
        except OSError as error:
            failures.append(f"{copy.source} ({error.strerror or error})")
    if failures:
        shown = ", ".join(failures[:SHOWN]) + (", …" if len(failures) > SHOWN else "")
        what = "linked" if link else "copied"
        raise CopyError(f"{len(failures):,} of {len(copies):,} photos could not be {what}: {shown}.")
    return done


def _names(photo: Path) -> Iterator[str]:
    yield photo.name
    for number in range(2, 1 << 31):
        yield f"{photo.stem}-{number}{photo.suffix}"


def _same(photo: Path, target: Path, *, link: bool) -> bool:
    """Whether a target is the photo already."""
    with suppress(OSError):
        if link:
            return target.is_symlink() and target.resolve() == photo.resolve()
        if not target.is_file() or target.is_symlink():
            return False
        if is_remote(photo):
            return photo.stat().st_size == target.stat().st_size and photo.read_bytes() == target.read_bytes()
        return filecmp.cmp(photo, target, shallow=False)
    return False


def _copy(source: Path, target: Path) -> None:
    """Copy with times; half a copy is removed."""
    with io.BytesIO(source.read_bytes()) if is_remote(source) else source.open("rb") as data, target.open("xb") as made:
        try:
            shutil.copyfileobj(data, made)
            made.flush()
            if is_remote(source):
                os.utime(target, ns=(source.stat().st_mtime_ns,) * 2)
            else:
                shutil.copystat(source, target)
        except BaseException:
            target.unlink(missing_ok=True)
            raise

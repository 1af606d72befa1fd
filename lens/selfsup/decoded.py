"""Photos as training reads them: decoded once, all of one size, in one file that is mapped into memory."""

import hashlib
import os
import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from lens.errors import PhotoError, TuneError
from lens.indexing.report import Progress, Report, nothing_to_tell
from lens.photos.decode import read_photo

__all__ = ["decode_once"]

AT_ONCE = 64
KEPT = 14 * 24 * 60 * 60
"""Seconds for which what nothing reads is kept."""
OURS = re.compile(r"[0-9a-f]{24}\.((numbers|\d)\.)?npy|[0-9a-f]{24}\.\d+\.part")


def decode_once(
    photos: Sequence[Path], side: int, folder: Path, on_progress: Report = nothing_to_tell
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The middle of every photo that can be read, and the numbers of those photos.

    Args:
        photos: files.
        side: pixels of the square that the shorter side is made to fill.
        folder: where the file is kept; the same photos, unchanged, are not decoded again. When others are, files that
            were not read for two weeks are removed.
        on_progress: told of the photos that have to be read.

    Returns:
        (m, side, side, 3), mapped from the file, and (m,).

    Raises:
        TuneError: none can be read, or there is no room for the file.
    """
    file = folder / f"{_fingerprint(photos, side)}.npy"
    numbers = file.with_suffix(".numbers.npy")
    try:
        if not numbers.exists():
            _forget(folder)
            _decode(photos, side, file, numbers, on_progress)
        kept: NDArray[np.int64] = np.load(numbers)
        if not len(kept):
            raise TuneError("None of the photos can be read: is their drive mounted?")
        decoded: NDArray[np.uint8] = np.load(file, mmap_mode="r")
        os.utime(file)
        os.utime(numbers)
    except OSError as error:
        raise TuneError(f"{file} cannot be written: {error.strerror}.") from error
    return decoded[: len(kept)], kept


def _decode(photos: Sequence[Path], side: int, file: Path, numbers: Path, on_progress: Report) -> None:
    """Decode into a file beside, in the order of the photos; the numbers come last and say that all is there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.part")
    try:
        rows = np.lib.format.open_memmap(part, "w+", np.uint8, (max(1, len(photos)), side, side, 3))
        kept: list[int] = []
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for start in range(0, len(photos), AT_ONCE):
                some = photos[start : start + AT_ONCE]
                for number, pixels in enumerate(pool.map(lambda photo: _square(photo, side), some), start):
                    if pixels is not None:
                        rows[len(kept)] = pixels
                        kept.append(number)
                done = start + len(some)
                on_progress(Progress(done, len(photos), done - len(kept)))
        rows.flush()
        part.replace(file)
        with part.open("wb") as stream:
            np.save(stream, np.array(kept, np.int64))
        part.replace(numbers)
    finally:
        part.unlink(missing_ok=True)


def _forget(folder: Path) -> None:
    for file in folder.glob("*"):
        with suppress(OSError):  # on some systems while it is read
            if OURS.fullmatch(file.name) and time.time() - file.stat().st_mtime > KEPT:
                file.unlink()


def _square(photo: Path, side: int) -> NDArray[np.uint8] | None:
    try:
        image = read_photo(photo, min_side=side).image
    except PhotoError:
        return None
    return np.asarray(ImageOps.fit(image, (side, side), Image.Resampling.BICUBIC), np.uint8)


def _fingerprint(photos: Sequence[Path], side: int) -> str:
    """Of which photos they are and how they were when they were last looked at."""
    lines = [str(side)]
    for photo in photos:
        try:
            status = photo.stat()
            lines.append(f"{photo} {status.st_size} {status.st_mtime_ns}")
        except OSError:
            lines.append(f"{photo} gone")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:24]

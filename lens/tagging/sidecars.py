"""Tags into the XMP side-cars of photos, where digiKam, Lightroom and darktable read them; no photo is written to."""

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lens.errors import SidecarError
from lens.indexing.report import Progress, Report
from lens.photos.scan import PHOTO_SUFFIXES, RAW_SUFFIXES
from lens.photos.xmp import MAX_BYTES
from lens.tagging.photo_tags import PhotoTags
from lens.tagging.xmp_merging import merged, new_packet
from lens_indexes.remote import is_remote

__all__ = ["SidecarWrite", "Sidecars", "sidecar_of", "write_sidecars"]

SUFFIXES = (".xmp", ".XMP")


@dataclass(frozen=True)
class SidecarWrite:
    """One side-car that was written, or in a dry run would be."""

    photo: Path
    file: Path
    new: bool
    """Whether there was none."""


@dataclass(frozen=True)
class Sidecars:
    """What was done with side-cars."""

    written: tuple[SidecarWrite, ...] = ()
    unchanged: int = 0
    """Side-cars that had all tags already."""
    refused: tuple[tuple[Path, str], ...] = ()
    """Photos whose side-car stays as it is, and why."""


def write_sidecars(photos: Iterable[PhotoTags], on_progress: Report, *, dry_run: bool = False) -> Sidecars:
    """Put the tags of photos into their side-cars, beside what these hold; a photo without tags is passed over.

    Each side-car is replaced whole or not at all. Tags that no longer fit are not taken out: they may be somebody's.
    """
    tagged = [photo for photo in photos if photo.tags]
    written: list[SidecarWrite] = []
    refused: list[tuple[Path, str]] = []
    for number, photo in enumerate(tagged, start=1):
        if is_remote(photo.path):
            refused.append((photo.path, "is on a store, where Lens writes no side-car"))
            continue
        file = sidecar_of(photo.path)
        try:
            write = _write(photo, file, dry_run=dry_run)
        except SidecarError as error:
            refused.append((photo.path, f"{file} {error}"))
        else:
            written += [write] if write else []
        on_progress(Progress(number, len(tagged), len(refused)))
    return Sidecars(tuple(written), len(tagged) - len(written) - len(refused), tuple(refused))


def sidecar_of(photo: Path) -> Path:
    """The side-car that a photo has, or is to get.

    That is `photo.jpg.xmp`, as digiKam and darktable name it, else `photo.xmp`, as Lightroom does, if it is this
    photo's alone or the photo is a RAW file. Where there is neither, a RAW file gets the latter, all others the former.
    """
    raw = photo.suffix.lower() in RAW_SUFFIXES
    for stem in (photo.name, photo.stem):
        if stem == photo.name or raw or _is_alone(photo):
            for suffix in SUFFIXES:
                if (file := photo.with_name(stem + suffix)).is_file():
                    return file
    return photo.with_name((photo.stem if raw else photo.name) + SUFFIXES[0])


def _is_alone(photo: Path) -> bool:
    """Whether no other photo has this name before the suffix."""
    suffixes = {suffix for each in PHOTO_SUFFIXES | RAW_SUFFIXES for suffix in (each, each.upper())} - {photo.suffix}
    return not any(photo.with_suffix(suffix).is_file() for suffix in suffixes)


def _write(photo: PhotoTags, file: Path, *, dry_run: bool) -> SidecarWrite | None:
    """Write one side-car; None if it needs nothing.

    Raises:
        SidecarError: it cannot be read, understood or written.
    """
    paths = [tag.path for tag in photo.tags]
    before = _read(file) if file.is_file() else None
    if before is None and not photo.path.is_file():
        raise SidecarError("is not made: the photo is not there")
    after = new_packet(paths) if before is None else merged(before, paths)
    if after == before:
        return None
    if not dry_run:
        _replace(file.resolve(), before, after)
    return SidecarWrite(photo.path, file, before is None)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise SidecarError(f"cannot be read ({error.strerror})") from error


def _replace(file: Path, before: bytes | None, after: bytes) -> None:
    """Put a side-car in the place of the one that was read, with its permissions."""
    temporary = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(after)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644 if before is None else file.stat().st_mode & 0o777)
        if (_read(file) if file.exists() else None) != before:
            raise SidecarError("was changed by another program meanwhile: run the same again")
        temporary.replace(file)
    except OSError as error:
        raise SidecarError(f"cannot be written ({error.strerror})") from error
    finally:
        if temporary is not None:
            with suppress(FileNotFoundError):
                temporary.unlink()

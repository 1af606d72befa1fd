"""The photos of an export: copied, linked to, or left where they are.

Boxes and masks are in pixels of the upright photo. A photo that its EXIF says to turn is therefore never copied or
linked to as it is: many readers ignore EXIF, and would see its pixels lie otherwise. It is written upright instead.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from lens.errors import ExportError, PhotoError
from lens.export.tally import Tally
from lens.photos.decode import read_photo
from lens_indexes.remote import is_remote

__all__ = ["Original", "Pictures", "place_picture"]

AS_THEY_ARE = frozenset(("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"))
"""Formats that any program for training reads; others are written as JPEG."""
LOSSLESS = frozenset(("PNG", "BMP", "TIFF", "GIF"))
QUALITY = 95


class Pictures(StrEnum):
    """What becomes of the photos of an export."""

    COPY = "copy"
    LINK = "link"
    LEAVE = "leave"


@dataclass(frozen=True)
class Original:
    """A photo as the index knows it."""

    path: Path
    content_hash: str
    size: int
    mtime_ns: int
    width: int
    """Pixels of the upright photo."""
    height: int
    format: str
    orientation: int

    COLUMNS: ClassVar = ("content_hash", "size", "mtime_ns", "width", "height", "format", "orientation")


def place_picture(photo: Original, folder: Path, stem: str, how: Pictures, tally: Tally) -> str | None:
    """Put a photo into a folder: the name it has there; None where it is left.

    Args:
        photo: what to put there.
        folder: made if it is not there.
        stem: of its name.
        how: copied, linked to, or left.
        tally: told of photos that are turned, or written anew.

    Raises:
        PhotoError: it cannot be read, or is not what the index knows.
        ExportError: the folder cannot be written to.
    """
    turned = photo.orientation != 1
    if how is Pictures.LEAVE:
        if turned:
            tally.lose("photos are stored turned, boxes are of the upright photo: a reader has to obey EXIF")
        return None
    plain = photo.format in AS_THEY_ARE and not turned
    suffix = photo.path.suffix.lower() if plain else ".png" if photo.format in LOSSLESS else ".jpg"
    target = folder / f"{stem}{suffix}"
    if plain:
        _check(photo)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not plain:
            _write_upright(photo, target, tally)
        elif how is Pictures.LINK and is_remote(photo.path):
            raise PhotoError("is on a store, and no file can be linked to it: copy it")
        elif how is Pictures.LINK:
            target.symlink_to(photo.path)
        else:
            _copy(photo.path, target)
    except OSError as error:
        raise ExportError(f"{target} cannot be written: {error.strerror or error}.") from error
    return target.name


def _check(photo: Original) -> None:
    try:
        status = photo.path.stat()
    except OSError as error:
        raise PhotoError((error.strerror or str(error)).lower()) from error
    if (status.st_size, status.st_mtime_ns) != (photo.size, photo.mtime_ns):
        raise PhotoError("has changed since it was indexed")


def _copy(source: Path, target: Path) -> None:
    try:
        data = source.read_bytes()
    except OSError as error:
        raise PhotoError((error.strerror or str(error)).lower()) from error
    target.write_bytes(data)


def _write_upright(photo: Original, target: Path, tally: Tally) -> None:
    read = read_photo(photo.path)
    if read.content_hash != photo.content_hash:
        raise PhotoError("has changed since it was indexed")
    image, size = read.image, (photo.width, photo.height)
    if image.size != size:  # the preview of a RAW
        image = image.resize(size)
    tally.lose("photos are written upright" if photo.orientation != 1 else f"{photo.format} photos are written as JPEG")
    if target.suffix == ".png":
        image.save(target)
    else:
        image.save(target, quality=QUALITY, subsampling=0)

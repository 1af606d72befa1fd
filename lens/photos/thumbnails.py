"""Small pictures of photos, kept in a folder of the cache by the content of the file they show.

The folder may be deleted at any time: what was in it can be made again from the photos.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from lens.errors import ThumbnailError
from lens.photos.shrinking import shrunk, size_within

QUALITY = 80  # of JPEG
_SUFFIX = ".jpg"
_ABANDONED = 3600  # seconds after which nobody is still writing a file


@dataclass(frozen=True, slots=True)
class _Stored:
    path: Path
    size: int  # bytes
    used_at: float  # seconds since the epoch


class Thumbnails:
    """A store of thumbnails, one JPEG for each content hash; threads and processes may share its folder."""

    def __init__(self, folder: Path, side: int = 256) -> None:
        """`folder` need not exist; `side`: pixels the longer side of a thumbnail has at the most."""
        self.folder = folder
        self.side = side

    def put(self, content_hash: str, image: Image.Image) -> bool:
        """Keep a thumbnail of an upright RGB image, and say whether there was none of this content yet.

        Raises:
            ThumbnailError: the disk is full, the folder may not be written to, or the like; nothing half-written stays.
        """
        if self.path(content_hash) is not None:
            return False
        data = BytesIO()  # Pillow, writing to a file itself, takes a full disk for success
        self._small(image).save(data, "JPEG", quality=QUALITY)
        place = self._place(content_hash)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=place.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data.getbuffer())
                os.replace(name, place)  # noqa: PTH105 - `name` is a string
            except BaseException:
                with suppress(OSError):
                    os.unlink(name)  # noqa: PTH108 - likewise
                raise
        except OSError as error:
            raise self._error(error) from None
        return True

    def path(self, content_hash: str) -> Path | None:
        """The file of a thumbnail, which is thereby used; `None` if there is none."""
        place = self._place(content_hash)
        try:
            if place.stat().st_size == 0:  # what a power failure may leave
                return None
            with suppress(PermissionError):  # it may be read all the same
                os.utime(place)
        except OSError:
            return None
        return place

    def size(self) -> int:
        """Bytes of all thumbnails."""
        return sum(stored.size for stored in self._all())

    def prune(self, keep: set[str] | None = None, max_bytes: int | None = None) -> int:
        """Remove what is not to be kept, and of the rest what was not used for longest: how many.

        Args:
            keep: The content hashes of photos that are still there; `None`: all.
            max_bytes: What the rest may come to; `None`: anything.

        Raises:
            ThumbnailError: the folder may not be written to.
        """
        abandoned = time.time() - _ABANDONED
        kept = removed = 0  # bytes, files
        for stored in sorted(self._all(), key=lambda stored: stored.used_at, reverse=True):
            if stored.path.suffix != _SUFFIX:
                wanted = stored.used_at > abandoned
            else:
                wanted = keep is None or stored.path.stem in keep
            kept += stored.size if wanted else 0
            if wanted and (max_bytes is None or kept <= max_bytes):
                continue
            try:
                stored.path.unlink(missing_ok=True)
            except OSError as error:
                raise self._error(error) from None
            removed += 1
        return removed

    def _place(self, content_hash: str) -> Path:
        return self.folder / content_hash[:2] / (content_hash + _SUFFIX)

    def _small(self, image: Image.Image) -> Image.Image:
        scale = self.side / max(image.size)
        return Image.fromarray(shrunk(np.asarray(image), size_within(image.size, scale))) if scale < 1 else image

    def _all(self) -> Iterator[_Stored]:
        """Every file, also those being written."""
        for path in self.folder.glob("??/*"):
            with suppress(OSError):  # gone since the folder was listed
                status = path.stat()
                yield _Stored(path, status.st_size, status.st_mtime)

    def _error(self, error: OSError) -> ThumbnailError:
        reason = (error.strerror or str(error)).lower()
        return ThumbnailError(
            f"Thumbnails cannot be kept in {self.folder}: {reason}; make room, or set LENS_CACHE to another folder"
        )

"""Whole photos, read one chunk ahead of the models."""

import os
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from lens.errors import PhotoError
from lens.indexing.stages import Stages
from lens.photos.decode import read_photo

__all__ = ["Taken", "Work", "read_chunks"]

PHOTOS_AT_ONCE = 8
PIXELS_AT_ONCE = 50_000_000
"""In one chunk, of which two are in memory, 3 bytes each."""


@dataclass(frozen=True)
class Work:
    """A photo to be labelled."""

    id: str
    path: Path
    content_hash: str
    pixels: int


@dataclass(frozen=True)
class Taken:
    """A photo that was read."""

    work: Work
    image: Image.Image | None
    """Upright RGB, in full size; None if it could not be read."""
    reason: str = ""
    """Why not."""


def read_chunks(work: Sequence[Work], stages: Stages) -> Generator[list[Taken], None, None]:
    """All photos in their order, a few at a time; to be closed."""

    def read(item: Work) -> Taken:
        with stages.stage("read"):
            try:
                photo = read_photo(item.path)
            except PhotoError as error:
                return Taken(item, None, str(error))
        if photo.content_hash != item.content_hash:
            return Taken(item, None, "has changed since it was indexed: lens index FOLDER comes first")
        return Taken(item, photo.image)

    pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="lens-label")
    try:
        ahead: list[Future[Taken]] = []
        for chunk in _chunks(work):
            now, ahead = ahead, [pool.submit(read, item) for item in chunk]
            if now:
                yield [each.result() for each in now]
                now.clear()
        if ahead:
            yield [each.result() for each in ahead]
    finally:
        pool.shutdown(cancel_futures=True)


def _chunks(work: Sequence[Work]) -> Iterator[list[Work]]:
    chunk: list[Work] = []
    pixels = 0
    for item in work:
        if chunk and (len(chunk) == PHOTOS_AT_ONCE or pixels + item.pixels > PIXELS_AT_ONCE):
            yield chunk
            chunk, pixels = [], 0
        chunk.append(item)
        pixels += item.pixels
    if chunk:
        yield chunk

"""Reading photos in threads, ahead of the encoder but never far ahead."""

import logging
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from typing import Any

import PIL
from numpy.typing import NDArray

from lens.errors import PhotoError
from lens.indexing.plan import Work
from lens.models.encoders.base import ImageEncoder
from lens.photos.decode import read_photo
from lens.photos.metadata import Facts

log = logging.getLogger(__name__)

READER = f"pillow {PIL.__version__}" + (" heif" if find_spec("pillow_heif") else "")
"""Names what reads photos here: when it changes, files that could not be read are tried again."""

AHEAD = 64  # photos read and not yet encoded: bounds memory, and is two batches of the encoder


@dataclass(frozen=True)
class Reading:
    """A photo as the encoder takes it, and what the index keeps of it."""

    work: Work
    facts: Facts
    content_hash: str
    prepared: NDArray[Any]


@dataclass(frozen=True)
class Failure:
    """A file that could not be read."""

    work: Work
    reason: str


def read_all(work: Iterable[Work], encoder: ImageEncoder) -> Iterator[Reading | Failure]:
    """Read every file, in the order of `work`."""

    def read(item: Work) -> Reading | Failure:
        log.debug("stage decode")
        try:
            photo = read_photo(item.found.path, min_side=encoder.info.min_side)
        except PhotoError as error:
            return Failure(item, str(error))
        return Reading(item, photo.facts, photo.content_hash, encoder.prepare(photo.image))

    remaining = iter(work)
    pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="lens-read")
    try:
        ahead: deque[Future[Reading | Failure]] = deque(pool.submit(read, item) for item in islice(remaining, AHEAD))
        while ahead:
            yield ahead.popleft().result()
            ahead.extend(pool.submit(read, item) for item in islice(remaining, 1))
    finally:
        pool.shutdown(cancel_futures=True)

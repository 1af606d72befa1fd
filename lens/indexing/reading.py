"""Reading photos in threads, which also encode them, ahead of the encoder but never far ahead."""

from collections import deque
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from lens.errors import PhotoError, PhotoOutOfReach
from lens.indexing.ledger import Work
from lens.indexing.stages import Stages
from lens.indexing.thumbnailing import RunThumbnails
from lens.models.encoders.base import ImageEncoder, Prepared
from lens.photos.decode import read_photo
from lens.photos.measures import MIN_SIDE, measure
from lens.photos.metadata import Facts
from lens.photos.shrinking import halved
from lens_indexes import Measures
from lens_indexes.remote import REQUESTS_AT_ONCE, is_remote

BATCHES_AHEAD = 2  # photos read and not yet encoded; bounds memory


@dataclass(frozen=True)
class Reading:
    """A photo as the encoders take it, and what the index keeps of it."""

    work: Work
    facts: Facts
    content_hash: str
    measures: Measures
    prepared: list[Prepared]
    """For each encoder its own."""


@dataclass(frozen=True)
class Failure:
    """A file that could not be read."""

    work: Work
    reason: str
    may_pass: bool
    """Whether the next run should try again though the file is the same."""


def read_all(
    work: Iterable[Work],
    encoders: Sequence[ImageEncoder],
    thumbnails: RunThumbnails | None,
    stages: Stages,
    pool: Executor,
) -> Generator[Reading | Failure, None, None]:
    """Read every file, in the order of `work`, once for all encoders, its measures and its thumbnail; to be closed.

    Args:
        pool: whose threads read; photos on a store have more of their own, which mostly wait for it.
    """
    side = max(MIN_SIDE, thumbnails.min_side if thumbnails else 0)
    min_side = max(side, *(encoder.info.min_side for encoder in encoders))

    def read(item: Work) -> Reading | Failure:
        with stages.stage("decode"):
            try:
                photo = read_photo(item.found.path, min_side=min_side, sidecars=item.found.sidecar_mtime_ns > 0 or None)
            except PhotoError as error:
                return Failure(item, str(error), may_pass=isinstance(error, PhotoOutOfReach))
        with stages.stage("prepare"):
            prepared = [encoder.prepare(photo.image) for encoder in encoders]
            small = halved(photo.image, 2 * side)  # what follows wants no more, and would each go through all of it
        if thumbnails:
            with stages.stage("thumbnail"):
                thumbnails.put(photo.content_hash, small)
        with stages.stage("measure"):
            measures = measure(small)
        return Reading(item, photo.facts, photo.content_hash, measures, prepared)

    remaining = iter(work)
    allowed = BATCHES_AHEAD * max(encoder.batch for encoder in encoders)
    ahead: deque[Future[Reading | Failure]] = deque()
    waiting = ThreadPoolExecutor(REQUESTS_AT_ONCE, "lens-fetch")  # which has no thread before its first work

    def begun(item: Work) -> Future[Reading | Failure]:
        return (waiting if is_remote(item.found.path) else pool).submit(read, item)

    with waiting:
        try:
            ahead.extend(begun(item) for item in islice(remaining, allowed))
            while ahead:
                yield ahead.popleft().result()
                ahead.extend(begun(item) for item in islice(remaining, 1))
        finally:
            for reading in ahead:
                reading.cancel()

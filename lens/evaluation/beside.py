"""Vectors of some photos, made to judge an encoder that the index does not have."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lens.curation.collection import CuratedPhoto
from lens.errors import PhotoError
from lens.evaluation.held_out import held_out, places
from lens.indexing.report import Progress, Report
from lens.models.encoders.base import ImageEncoder, Prepared, encode_in_batches
from lens.photos.decode import read_photo
from lens.photos.measures import MIN_SIDE

__all__ = ["ById", "encoded", "sample"]

ById: TypeAlias = Mapping[str, NDArray[np.float32]]
"""Vectors by the ids of their photos, each (dim,), unit norm."""

MOST_JUDGED, MOST_LEARNED = 1_000, 4_000
"""Of more photos so many are encoded: minutes, where all would take hours."""
AT_ONCE = 64


def sample(photos: Sequence[CuratedPhoto], named: Collection[str]) -> list[CuratedPhoto]:
    """The photos to judge by, first those that are held out, always the same.

    Args:
        photos: all of them.
        named: ids of photos that something is known of, which come before the others.
    """
    hashes = [photo.content_hash for photo in photos]
    order = np.lexsort((places(hashes), np.array([photo.id not in named for photo in photos])))
    judging = held_out(hashes)[order]
    chosen = [*order[judging][:MOST_JUDGED].tolist(), *order[~judging][:MOST_LEARNED].tolist()]
    return [photos[number] for number in chosen]


def encoded(encoder: ImageEncoder, photos: Sequence[CuratedPhoto], on_progress: Report) -> ById:
    """The vectors of the photos that can be read."""
    min_side = max(MIN_SIDE, encoder.info.min_side)  # as an index run has it: a photo decoded otherwise is another one

    def prepare(photo: CuratedPhoto) -> Prepared | None:
        try:
            return encoder.prepare(read_photo(photo.path, min_side=min_side).image)
        except PhotoError:
            return None

    vectors: dict[str, NDArray[np.float32]] = {}
    with ThreadPoolExecutor(cpu_count()) as pool:
        for done, some in _portions(photos):
            prepared = zip(some, pool.map(prepare, some), strict=True)
            read = {photo.id: inputs for photo, inputs in prepared if inputs is not None}
            if read:
                vectors |= zip(read, encode_in_batches(encoder, list(read.values())), strict=True)
            on_progress(Progress(done, len(photos), done - len(vectors)))
    return vectors


def _portions(photos: Sequence[CuratedPhoto]) -> Iterator[tuple[int, Sequence[CuratedPhoto]]]:
    for start in range(0, len(photos), AT_ONCE):
        some = photos[start : start + AT_ONCE]
        yield start + len(some), some

"""Doing beforehand what the next search would have to do."""

from collections.abc import Sequence
from contextlib import suppress

from lens.errors import LensError
from lens.indexing.lane import column_of
from lens.models.encoders.base import ImageEncoder
from lens.models.encoders.words_export import prepare_words
from lens.search.background import wording
from lens_indexes import Index, RowsChanged

__all__ = ["prepare_search"]


def prepare_search(index: Index, encoders: Sequence[ImageEncoder]) -> None:
    """Put into the cache, and beside the index, what searches need; what cannot be done now is left to them."""
    for encoder in encoders:
        with suppress(LensError, RowsChanged):
            index.keep_mirror(column_of(encoder.info))
        prepare_words(encoder)
        wording(encoder)

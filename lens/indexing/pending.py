"""Work that is read and not yet in the index: encoded in batches, committed in larger ones."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lens.models.encoders.base import ImageEncoder
from lens_indexes import EncoderColumn, Index, KnownPhoto, PhotoRow, SkippedRow

log = logging.getLogger(__name__)

BATCH = 32  # photos the encoder takes at once


@dataclass
class Done:
    """How many photos have been committed, by what happened to them."""

    added: int = 0
    changed: int = 0
    moved: int = 0
    filled: int = 0
    hidden: int = 0
    skipped: int = 0


class Pending:
    """What the next commit will write."""

    def __init__(self, index: Index, encoder: ImageEncoder, column: EncoderColumn) -> None:
        self._index = index
        self._encoder = encoder
        self._column = column
        self.done = Done()
        self.moved: list[KnownPhoto] = []
        self.unreadable: list[str] = []  # ids of photos whose file can no longer be read
        self.skipped: list[SkippedRow] = []
        self._inputs: list[NDArray[Any]] = []  # prepared, waiting for the encoder
        self._vectors: list[NDArray[np.float32]] = []  # one block for each batch, in the order of arrival
        self._arrived = 0
        self._added: list[tuple[int, PhotoRow]] = []  # with the number of its vector
        self._changed: list[tuple[int, PhotoRow]] = []
        self._filled: list[tuple[int, str]] = []  # ids

    def __len__(self) -> int:
        return self._arrived + len(self.moved) + len(self.unreadable) + len(self.skipped)

    @property
    def skips(self) -> int:
        """Files skipped in this run so far."""
        return self.done.skipped + len(self.skipped)

    def put(self, row: PhotoRow, prepared: NDArray[Any], *, is_new: bool) -> None:
        """A photo whose content the index has not seen at this place."""
        (self._added if is_new else self._changed).append((self._arrived, row))
        self._queue(prepared)

    def keep(self, here: KnownPhoto, before: KnownPhoto, prepared: NDArray[Any]) -> None:
        """A photo whose content is known: encoded only if this encoder has not seen it."""
        if here != before:
            self.moved.append(here)
        if not before.encoded:
            self._filled.append((self._arrived, before.id))
            self._queue(prepared)

    def commit(self) -> None:
        """Write everything, each kind in one commit of whole rows.

        A kind is forgotten before it is written: if that fails, the next run does it again, and this one never twice.
        """
        if not len(self):
            return
        self._encode()
        log.debug("stage write")
        vectors = np.concatenate(self._vectors) if self._vectors else np.empty((0, self._column.dim), np.float32)
        self._vectors, self._arrived = [], 0
        photos = self._index.photos

        added, self._added = self._added, []
        photos.add([row for _, row in added], self._column, _of(vectors, added))
        self.done.added += len(added)

        changed, self._changed = self._changed, []
        photos.replace([row for _, row in changed], self._column, _of(vectors, changed))
        self.done.changed += len(changed)

        filled, self._filled = self._filled, []
        photos.add_vectors([id_ for _, id_ in filled], self._column, _of(vectors, filled))
        self.done.filled += len(filled)

        moved, self.moved = self.moved, []
        photos.relocate(moved)
        self.done.moved += len(moved)

        # Hidden first: were a photo listed as skipped and then the run killed, the next would not look at it again.
        unreadable, self.unreadable = self.unreadable, []
        photos.mark_missing(unreadable)
        self.done.hidden += len(unreadable)

        skipped, self.skipped = self.skipped, []
        self._index.skipped.add(skipped)
        self.done.skipped += len(skipped)

    def _queue(self, prepared: NDArray[Any]) -> None:
        self._arrived += 1
        self._inputs.append(prepared)
        if len(self._inputs) == BATCH:
            self._encode()

    def _encode(self) -> None:
        if self._inputs:
            log.debug("stage encode")
            self._vectors.append(self._encoder.encode_prepared(self._inputs))
            self._inputs = []


def _of(vectors: NDArray[np.float32], numbered: Sequence[tuple[int, object]]) -> NDArray[np.float32]:
    """The vectors with these numbers, in their order."""
    return vectors[np.array([number for number, _ in numbered], dtype=np.intp)]

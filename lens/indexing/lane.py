"""One encoder in an index run: photos go in prepared, vectors come out in the same order."""

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lens.indexing.stages import Stages
from lens.models.encoders.base import EncoderInfo, ImageEncoder, Prepared
from lens_indexes import EncoderColumn

ENOUGH = 64  # photos after which a speed is worth remembering


def column_of(info: EncoderInfo) -> EncoderColumn:
    """The vector column an encoder fills."""
    return EncoderColumn(info.name, info.model, info.revision, info.dim)


class Lane:
    """Encodes in batches what is put in, and hands it out for a commit."""

    def __init__(self, encoder: ImageEncoder, stages: Stages) -> None:
        self.encoder = encoder
        self._stages = stages
        self.column = column_of(encoder.info)
        self._inputs: list[Prepared] = []
        self._vectors: list[NDArray[np.float32]] = []  # one block for each batch
        self._arrived = 0
        self._timed = 0
        self._seconds: float | None = None  # None until the first batch, which also loads the network, is over

    @property
    def speed(self) -> float | None:
        """Photos a second in the network; None while there were too few to say."""
        return self._timed / self._seconds if self._seconds and self._timed >= ENOUGH else None

    def put(self, prepared: Prepared) -> int:
        """Take a prepared photo; its number among the vectors of the next commit."""
        self._arrived += 1
        self._inputs.append(prepared)
        if len(self._inputs) >= self.encoder.batch:
            self._encode()
        return self._arrived - 1

    def take(self) -> NDArray[np.float32]:
        """(n, dim) vectors of all that was put in since the last time."""
        self._encode()
        vectors = np.concatenate([np.empty((0, self.column.dim), np.float32), *self._vectors])
        self._vectors, self._arrived = [], 0
        return vectors

    def _encode(self) -> None:
        if self._inputs:
            started = time.perf_counter()
            with self._stages.stage("encode"):
                self._vectors.append(self.encoder.encode_prepared(self._inputs))
            if self._seconds is None:
                self._seconds = 0.0
            else:
                self._seconds += time.perf_counter() - started
                self._timed += len(self._inputs)
            self._inputs = []


def chosen(vectors: NDArray[np.float32], numbers: Sequence[int]) -> NDArray[np.float32]:
    """The vectors with these numbers, in their order."""
    return vectors[np.array(numbers, dtype=np.intp)]

"""One encoder in an index run: photos go in prepared, vectors come out in the same order."""

import time
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lens.indexing.stages import Stages
from lens.indexing.threads import THREADS
from lens.models.encoders.base import EncoderInfo, Prepared, Vectors
from lens_indexes import EncoderColumn

ENOUGH = 64  # photos after which a speed is worth remembering


def column_of(info: EncoderInfo) -> EncoderColumn:
    """The vector column an encoder fills."""
    return EncoderColumn(info.name, info.model, info.revision, info.dim)


class Network(Protocol):
    """What a lane needs of an encoder."""

    info: EncoderInfo

    @property
    def batch(self) -> int: ...

    @property
    def thread_safe(self) -> bool: ...

    def encode_prepared(self, inputs: Sequence[Prepared]) -> Vectors: ...


class Lane:
    """Encodes in batches what is put in, and hands it out for a commit.

    Args:
        encoder: thread-safe if there is a pool.
        stages: where the time is noted.
        pool: of `THREADS`, which encode batches side by side, and read meanwhile; without one, batches are encoded by
            whoever puts photos in.
    """

    def __init__(self, encoder: Network, stages: Stages, pool: Executor | None = None) -> None:
        self.encoder = encoder
        self._stages = stages
        self._pool = pool
        self.column = column_of(encoder.info)
        self._inputs: list[Prepared] = []
        self._batches: list[Future[Vectors]] = []
        self._arrived = 0
        self._first = True
        self._timed: list[tuple[int, float]] = []  # photos, and the seconds they took one thread

    @property
    def speed(self) -> float | None:
        """Photos a second in the network; None while there were too few to say."""
        photos = sum(count for count, _ in self._timed)
        if photos < ENOUGH:
            return None
        return photos / sum(seconds for _, seconds in self._timed) * (THREADS if self._pool else 1)

    def put(self, prepared: Prepared) -> int:
        """Take a prepared photo; its number among the vectors of the next commit."""
        self._arrived += 1
        self._inputs.append(prepared)
        if self._first or len(self._inputs) >= self.encoder.batch:  # the first alone, since it loads the network
            self._encode(len(self._inputs))
        return self._arrived - 1

    def take(self) -> NDArray[np.float32]:
        """(n, dim) vectors of all that was put in since the last time."""
        self._encode(-(-len(self._inputs) // THREADS) if self._pool else len(self._inputs))
        vectors = [batch.result() for batch in self._batches]
        self._batches, self._arrived = [], 0
        return np.concatenate([np.empty((0, self.column.dim), np.float32), *vectors])

    def _encode(self, at_once: int) -> None:
        """Begin with what has come in, in batches of `at_once`; wait while more than one batch more is under way.

        An interrupt leaves what has come in to the next time, at the worst a second time and behind the others.
        """
        inputs = self._inputs
        batches = [inputs[start : start + at_once] for start in range(0, len(inputs), at_once or 1)]
        self._batches += [self._begun(batch) for batch in batches]
        self._inputs = []
        if len(self._batches) > THREADS:
            self._batches[-THREADS - 1].result()

    def _begun(self, inputs: Sequence[Prepared]) -> Future[Vectors]:
        if self._pool and not self._first:
            return self._pool.submit(self._vectors, inputs)
        done: Future[Vectors] = Future()
        done.set_result(self._vectors(inputs))
        return done

    def _vectors(self, inputs: Sequence[Prepared]) -> Vectors:
        started = time.perf_counter()
        with self._stages.stage("encode"):
            vectors = self.encoder.encode_prepared(inputs)
        if not self._first:
            self._timed.append((len(inputs), time.perf_counter() - started))
        self._first = False
        return vectors


def chosen(vectors: NDArray[np.float32], numbers: Sequence[int]) -> NDArray[np.float32]:
    """The vectors with these numbers, in their order."""
    return vectors[np.array(numbers, dtype=np.intp)]

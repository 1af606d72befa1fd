"""A shard: so many photos that one worker reads and encodes, and that go into the index together or not at all."""

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lens.errors import ClusterError, ModelDamaged
from lens.indexing.lane import Lane, column_of
from lens.indexing.ledger import Work
from lens.indexing.plan import is_gone
from lens.indexing.reading import Failure, Reading, read_all
from lens.indexing.rows import row_of
from lens.indexing.stages import Stages
from lens.indexing.threads import libraries_keep_to_one_thread
from lens.models.encoders.base import EncoderInfo, Vectors
from lens.models.loaded import Asked, LoadedEncoders
from lens.photos.decode import READER
from lens_indexes import EncoderColumn, Index, ShardState
from lens_indexes.fragments import write_fragments
from lens_indexes.roots import Root, place_below

__all__ = [
    "EncodedElsewhere",
    "Shard",
    "ShardDone",
    "ShardFailed",
    "ShardJob",
    "ShardRead",
    "ShardWorker",
    "Stored",
    "digests",
    "shards_of",
]

TRIES = 3
"""How often a shard is begun that takes its worker with it."""

Digests = NDArray[np.uint64]
"""Sorted beginnings of content hashes."""


@dataclass(frozen=True)
class Shard:
    """Files that one worker reads."""

    id: str
    """The same whenever the same files, unchanged, are to be read by the same encoders."""
    work: tuple[Work, ...]


@dataclass(frozen=True)
class ShardRead:
    """A shard that was read where it is not encoded."""

    id: str
    results: tuple[Reading | Failure, ...]


@dataclass(frozen=True)
class ShardDone:
    """What a worker made of a shard. Nothing of it is in the index before its fragments are committed."""

    id: str
    node: str
    photos: int
    """In the fragments: new ones, all of whose rows are written."""
    fragments: tuple[str, ...]
    unseen: tuple[Path, ...]
    """Files that are not there, as far as the worker sees."""
    rest: tuple[Reading | Failure, ...]
    """What the one who commits must decide on; prepared for each encoder is here the vector that it gave."""


@dataclass(frozen=True)
class ShardFailed:
    """A shard of which nothing was kept."""

    id: str
    node: str
    reason: str


@dataclass(frozen=True)
class Stored:
    """So many new photos are in the index."""

    photos: int


def shards_of(work: Iterable[Work], columns: Sequence[EncoderColumn], photos: int) -> Iterator[Shard]:
    """Cut the files that must be read into shards of so many photos."""
    rest = iter(work)
    while some := tuple(islice(rest, photos)):
        told = [(item.found.place, item.found.size, item.found.mtime_ns) for item in some]
        yield Shard(hashlib.sha256(repr((told, columns)).encode()).hexdigest()[:32], some)


def digests(content_hashes: Iterable[str]) -> Digests:
    """The beginnings of content hashes, by which photos that may have been moved are told."""
    return np.sort(np.fromiter((int(each[:16], 16) for each in content_hashes), np.uint64))


class EncodedElsewhere:
    """Stands for an encoder where the vectors of photos have come already."""

    batch = 512
    thread_safe = True

    def __init__(self, info: EncoderInfo) -> None:
        self.info = info

    def encode_prepared(self, inputs: Sequence[NDArray[np.float32]]) -> Vectors:
        """(n, dim) of n vectors."""
        return np.stack(inputs)


@dataclass(frozen=True)
class ShardJob:
    """What all workers of a run are told."""

    index: str
    """Its URI."""
    encoders: LoadedEncoders
    """With none in memory."""
    asked: Asked
    """Which of them, as `LoadedEncoders.to_index_with` takes them."""
    columns: tuple[EncoderColumn, ...]
    """That the index has of them."""
    roots: tuple[Root, ...]
    reader: str
    """What reads photos where the run began; one that reads fewer formats would skip them for good."""
    elsewhere: Digests
    """Of photos of the index that were not found where they were, and may now be where a shard finds them."""


class ShardWorker:
    """Reads and encodes shards as `lens index` does on one machine, and writes fragments of their new photos.

    All of that at once, or one of two workers reads, and the other does the rest.

    Args:
        job: the run.
        threads: that read and encode.
        node: what this machine is called.

    Raises:
        ClusterError: photos are read by another Lens, or with other packages, than where the run began.
        ModelError: an encoder cannot be loaded here, or is another than the one who asked has.
        IndexFailure: the index cannot be opened from here.
    """

    def __init__(self, job: ShardJob, threads: int, node: str) -> None:
        if job.reader != READER:
            raise ClusterError(f"{node} reads photos with {READER}, and the run began with {job.reader}.")
        self._encoders = job.encoders.to_index_with(job.asked, [column.name for column in job.columns])
        if [column_of(encoder.info) for encoder in self._encoders] != [*job.columns]:
            names = ", ".join(column.name for column in job.columns)
            raise ModelDamaged(f"The weights of {names} on {node} are not those that the run began with.")
        self._index = Index.open(job.index)
        self._job, self._threads, self._node = job, threads, node

    def carry_out(self, shard: Shard) -> ShardDone:
        """Read and encode all photos of a shard, and write what is new.

        Raises:
            ClusterError: it was begun too often before.
            IndexFailure: the index cannot be written.
        """
        self._begin(shard.id, ShardState.RUNNING, len(shard.work))
        with self._pool() as pool, closing(read_all(shard.work, self._encoders, None, Stages(), pool)) as results:
            read, failed = self._encoded(results, pool)
        return self._written(shard.id, read, failed)

    def read(self, shard: Shard) -> ShardRead:
        """Read all photos of a shard, and prepare them for the encoders.

        Raises:
            ClusterError: it was begun too often before.
        """
        self._begin(shard.id, ShardState.READING, len(shard.work))
        with self._pool() as pool, closing(read_all(shard.work, self._encoders, None, Stages(), pool)) as results:
            return ShardRead(shard.id, tuple(results))

    def encode(self, shard: ShardRead) -> ShardDone:
        """Encode the photos of a shard that was read, and write what is new.

        Raises:
            ClusterError: it was begun too often before.
            IndexFailure: the index cannot be written.
        """
        self._begin(shard.id, ShardState.RUNNING, len(shard.results))
        with self._pool() as pool:
            read, failed = self._encoded(shard.results, pool)
        return self._written(shard.id, read, failed)

    def _begin(self, id_: str, state: ShardState, photos: int) -> None:
        if self._index.shards.begun(id_, state) >= TRIES:
            raise ClusterError(f"its worker ended {TRIES} times, as with too little memory")
        self._index.shards.tell(id_, state, photos, self._node)

    @contextmanager
    def _pool(self) -> Iterator[Executor]:
        with ThreadPoolExecutor(self._threads) as pool, libraries_keep_to_one_thread():
            yield pool

    def _written(self, id_: str, read: Sequence[Reading], failed: Sequence[Failure]) -> ShardDone:
        plain = [self._is_new(reading) for reading in read]
        rows, vectors = [], []
        for reading, new in zip(read, plain, strict=True):
            if new:
                root, path = place_below(self._job.roots, reading.work.found.path)
                rows.append(row_of(reading, root, path, uuid.uuid4().hex))
                vectors.append(reading.prepared)
        fragments = write_fragments(self._index.uri, rows, self._by_column(vectors)) if rows else ()
        rest = [reading for reading, new in zip(read, plain, strict=True) if not new]
        unseen = tuple(each.work.found.path for each in failed if is_gone(each.work.found.place))
        return ShardDone(id_, self._node, len(rows), fragments, unseen, (*rest, *failed))

    def _encoded(self, results: Iterable[Reading | Failure], pool: Executor) -> tuple[list[Reading], list[Failure]]:
        """Every photo with its vectors in the place of what was prepared of it, and what could not be read."""
        read: list[Reading] = []
        failed: list[Failure] = []
        lanes = [Lane(encoder, Stages(), pool if encoder.thread_safe else None) for encoder in self._encoders]
        for result in results:
            if isinstance(result, Failure):
                failed.append(result)
                continue
            for lane, prepared in zip(lanes, result.prepared, strict=True):
                lane.put(prepared)
            read.append(replace(result, prepared=[]))
        blocks: list[Any] = [lane.take() for lane in lanes]
        return [replace(each, prepared=list(row)) for each, *row in zip(read, *blocks, strict=True)], failed

    def _is_new(self, reading: Reading) -> bool:
        if reading.work.known:
            return False
        [digest] = digests([reading.content_hash])
        at = np.searchsorted(self._job.elsewhere, digest)
        return bool(at == len(self._job.elsewhere) or self._job.elsewhere[at] != digest)

    def _by_column(self, vectors: Sequence[Sequence[Any]]) -> dict[EncoderColumn, Vectors]:
        return {column: np.stack([row[at] for row in vectors]) for at, column in enumerate(self._job.columns)}

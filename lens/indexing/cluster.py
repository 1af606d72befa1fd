"""A run on many machines: Ray Data hands shards to workers, and the one who asked commits what they wrote.

A shard is committed at once, so it is in the index or not. One that was lost with its worker is given to another; files
that were written for it before are in no version of the index.
"""

import logging
import os
import socket
import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from lens.errors import ClusterError, LensError
from lens.indexing.ledger import Ledger, State
from lens.indexing.plan import is_gone
from lens.indexing.reading import Failure, Reading
from lens.indexing.shards import Shard, ShardDone, ShardFailed, ShardJob, ShardWorker, Stored, digests, shards_of
from lens.models.loaded import Asked, LoadedEncoders
from lens.photos.decode import READER
from lens_indexes import EncoderColumn, Index, ShardState
from lens_indexes.approximate import worth_it
from lens_indexes.fragments import commit_fragments
from lens_indexes.jobs import build_by_workers, join_by_workers

__all__ = ["Cluster", "shared_out"]

SHARDS_AT_ONCE = 32
"""For each worker, before all begin anew; what is known of their files lies in the memory of the one who asked."""
SHARDS_EACH = 4
"""That every worker gets where photos are few, but each of no fewer than `FEWEST`."""
FEWEST = 16
PREPARED = 128
"""Photos of a shard that goes from one worker to another: of 224 pixels and 32 bits they take 77 MB."""


@dataclass(frozen=True)
class Cluster:
    """Where a run is carried out by Ray.

    Args:
        address: of a cluster that runs, or `auto` for the one that this machine belongs to; None begins one here.
        workers: that each hold the encoders and read and encode one shard at a time.
        readers: that read in their place, on processors alone; with none, who encodes reads.
        gpus_per_worker: may be a part of one.
        photos_per_shard: the most that go into the index in one commit.
    """

    address: str | None = None
    workers: int = 2
    gpus_per_worker: float = 0.0
    readers: int = 0
    photos_per_shard: int = 512

    def read(
        self, index: Index, ledger: Ledger, encoders: LoadedEncoders, asked: Asked, columns: Sequence[EncoderColumn]
    ) -> Generator[Stored | Reading | Failure, None, None]:
        """Have all files read that must be.

        New photos are in the index once it is told that they are stored; what comes before is for the caller, who puts
        it there when it is told so.

        Args:
            index: whose one writer the caller is.
            ledger: which files must be read.
            encoders: how they run; workers load them themselves.
            asked: which ones, as `LoadedEncoders.to_index_with` takes them.
            columns: of the encoders.

        Raises:
            ClusterError: there is no such cluster, Ray is not installed, or shards failed; the others are kept.
        """
        if not ledger.count(State.WORK):
            return
        _ray()
        index.shards.begin([(shard.id, len(shard.work)) for shard in self._shards(ledger, columns)])
        elsewhere = digests(ledger.unseen_content())
        roots = tuple(index.roots.all())
        job = ShardJob(index.uri, encoders.unloaded(), asked, tuple(columns), roots, READER, elsewhere)
        reasons: list[str] = []
        with _connected(self.address):
            shards = self._shards(ledger, columns)
            while some := [*islice(shards, SHARDS_AT_ONCE * self.workers)]:
                left = {shard.id: len(shard.work) for shard in some}
                for done in self._carried_out(some, job):
                    photos = left.pop(done.id)
                    if isinstance(done, ShardDone) and (here := _seen_here(done.unseen)):
                        done = ShardFailed(done.id, done.node, f"{done.node} does not see {here}")  # noqa: PLW2901
                    if isinstance(done, ShardFailed):
                        reasons.append(done.reason)
                        index.shards.tell(done.id, ShardState.FAILED, photos, done.node, done.reason)
                        continue
                    index.check_writer()
                    if done.fragments:
                        commit_fragments(index.uri, done.fragments)
                    yield from done.rest
                    yield Stored(done.photos)
                    index.shards.tell(done.id, ShardState.DONE, photos, done.node)
                for id_, photos in left.items():
                    reasons.append("an error that Ray's log has")
                    index.shards.tell(id_, ShardState.FAILED, photos, "", reasons[-1])
        if reasons:
            raise ClusterError(
                f"{len(reasons)} shards failed ({reasons[0]}). All others are in the index: run again for these."
            )

    def optimize(self, index: Index, *, approximate: bool | None) -> int | None:
        """What `Index.optimize` does, whose long parts are shared among workers: joining files, and building.

        Raises:
            ClusterError: there is no such cluster, or Ray is not installed.
            IndexFailure: there are too few photos for an approximate index, or it cannot be written.
        """
        worth = worth_it(index.photos) if approximate else {}
        with _connected(self.address), index.writing():
            join_by_workers(index.uri, self.workers)
            for encoder, vectors in worth.items():
                build_by_workers(index.uri, encoder, vectors, self.workers)
        return index.optimize(approximate=None if approximate else approximate, wait=True)

    def _shards(self, ledger: Ledger, columns: Sequence[EncoderColumn]) -> Iterator[Shard]:
        share = -(-ledger.count(State.WORK) // (SHARDS_EACH * self.workers))
        most = min(self.photos_per_shard, PREPARED) if self.readers else self.photos_per_shard
        return shards_of(ledger.work(), columns, min(most, max(FEWEST, share)))

    def _carried_out(self, shards: Sequence[Shard], job: ShardJob) -> Iterator[ShardDone | ShardFailed]:
        """What workers make of shards, in the order in which they are done; what an error ended does not come."""
        ray = _ray()
        alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        size, threads = shared_out(alive, min(self.workers, len(shards)), self.gpus_per_worker)
        dataset = ray.data.from_items([{"shard": each} for each in shards], override_num_blocks=len(shards))
        if self.readers:
            room, threads = shared_out(alive, self.readers + size, 0)
            if room < self.readers + size:
                raise ClusterError(
                    f"The cluster has processors for {room} workers: ask for fewer --workers or --readers."
                )
            dataset = self._by_workers(dataset, (job, threads, "read"), self.readers, 0)
        step = "encode" if self.readers else "carry_out"
        done = self._by_workers(dataset, (job, threads, step), size, self.gpus_per_worker)
        batches = done.iter_batches(batch_size=None, prefetch_batches=0)  # none waits for the one that comes next
        return (each for batch in batches for each in batch["shard"])

    def _by_workers(self, dataset: Any, told: tuple[ShardJob, int, str], workers: int, gpus: float) -> Any:
        """What workers, each of which holds the encoders, make of every shard of a dataset.

        Args:
            dataset: of Ray.
            told: to each worker: the run, its processors, and its step.
            workers: how many.
            gpus: for each.
        """
        # One at a time: a shard that waits behind a slow one would be nobody's.
        pool = _ray().data.ActorPoolStrategy(size=workers, max_tasks_in_flight_per_actor=1)
        return dataset.map_batches(
            _RayWorker,
            fn_constructor_args=told,
            batch_size=1,
            compute=pool,
            num_cpus=told[1],
            num_gpus=gpus or None,
        )


def shared_out(nodes: Sequence[Mapping[str, float]], workers: int, gpus: float) -> tuple[int, int]:
    """How many workers there is room for, as many as are asked for at the most, and the processors that each gets.

    Args:
        nodes: for each machine its resources, as Ray calls them.
        workers: that are asked for.
        gpus: that each needs.

    Raises:
        ClusterError: there is room for none.
    """

    def room(processors: int) -> int:
        return sum(
            min(int(node.get("CPU", 0) // processors), int(node.get("GPU", 0) // gpus) if gpus else workers)
            for node in nodes
        )

    for processors in range(int(sum(node.get("CPU", 0) for node in nodes)) // workers, 0, -1):
        if room(processors) >= workers:
            return workers, processors
    if not room(1):
        gpu = f" and {gpus:g} of a GPU" if gpus else ""
        raise ClusterError(f"No machine of the cluster has a processor{gpu} for a worker.")
    return room(1), 1


def _seen_here(files: Sequence[Path]) -> Path | None:
    """The first of some files that is there."""
    return next((file for file in files if not is_gone(str(file))), None)


class _RayWorker:
    """One step of a `ShardWorker` where Ray wants it, which loads its encoders for the first shard."""

    def __init__(self, job: ShardJob, threads: int, step: str) -> None:
        self._job, self._threads, self._step = job, threads, step
        node = _ray().get_runtime_context().get_node_id()
        self._node = f"{socket.gethostname()} {node[:8]}"

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """One shard to one result."""
        [shard] = batch["shard"]
        done = np.empty(1, object)
        try:
            done[0] = shard if isinstance(shard, ShardFailed) else getattr(self._worker, self._step)(shard)
        except (LensError, OSError) as error:
            done[0] = ShardFailed(shard.id, self._node, str(error))
        return {"shard": done}

    @cached_property
    def _worker(self) -> ShardWorker:
        return ShardWorker(self._job, self._threads, self._node)


@contextmanager
def _connected(address: str | None) -> Iterator[None]:
    """A cluster, left again if it was not this process's before."""
    ray = _ray()
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = context.print_on_execution_start = False  # the caller tells how far it is
    context.max_errored_blocks = -1  # shards that an error ends do not take the others with them
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    if ray.is_initialized():
        yield
        return
    try:
        with warnings.catch_warnings(action="ignore"):  # LanceDB's about the fork that begins each of Ray's processes
            ray.init(address or "local", include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise ClusterError(f"There is no Ray cluster at {address}: {str(error).partition(chr(10))[0]}") from error
    try:
        yield
    finally:
        ray.shutdown()


def _ray() -> Any:
    """Ray, which is not to tell anybody that it is used.

    Raises:
        ClusterError: it is not installed.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    try:
        import lance_ray  # noqa: F401
        import ray.data
    except ImportError:
        raise ClusterError("Working on many machines needs Ray: pip install 'lens-photos[ray]'") from None
    return ray

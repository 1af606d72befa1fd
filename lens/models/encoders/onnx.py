"""Networks as ONNX files in the user's cache: made once, verified, run by onnxruntime.

A network's weights lie in a file of their own, which onnxruntime maps into memory: a search that starts anew need not
read them all. Files are written whole or not at all, under a lock, so that several first runs at once are safe; one
that was truncated or changed since is made again.
"""

import hashlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from lens.errors import ModelError
from lens.models.weights import cache_folder, is_intact, remember_intact, replace_file

__all__ = [
    "OnnxNetwork",
    "cached_file",
    "cached_network",
    "is_cached",
    "let_go_of_networks",
    "networks_keep_to_one_thread",
]

log = logging.getLogger("lens")

LEAST_WEIGHTS = 1024
"""Bytes of a tensor from which on it is kept among the weights."""
PAGE = 4096
"""Bytes; tensors begin at multiples of it, as systems map files."""
SHRINK_EVERY = 16
"""Runs after which memory is given back that inputs of other sizes have needed: photos come in hundreds of sizes, and
onnxruntime keeps for good what any of them took. After every run, a fifth of the time would go into taking it again."""


class OnnxNetwork:
    """A network that onnxruntime runs on the processor, loaded when it is first run or asked what it takes.

    It may be run from many threads at once.
    """

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self._path, self._threads, self._runs = path, threads, 0
        self._session: Any = None
        self._loaded_for = 0  # threads
        _networks.add(self)

    @cached_property
    def inputs(self) -> list[str]:
        """The names of what the network takes."""
        return [each.name for each in self._loaded().get_inputs()]

    @cached_property
    def outputs(self) -> list[str]:
        """The names of what it gives."""
        return [each.name for each in self._loaded().get_outputs()]

    def run(self, outputs: Sequence[str], inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[np.float32]]:
        """The named outputs for the named inputs."""
        session = self._loaded()
        self._runs += 1
        options = _shrinking() if self._runs % SHRINK_EVERY == 0 else None
        results: list[NDArray[np.float32]] = session.run(list(outputs), dict(inputs), options)
        return results

    def let_go(self) -> None:
        """Free the memory it takes; it is loaded again when it is next run."""
        self._session = None

    def _loaded(self) -> Any:
        """The session, with as many threads as are wanted now."""
        threads = 1 if _alone else self._threads or len(_processors())
        session = self._session
        if session is None or self._loaded_for != threads:
            session = self._session = self._load(threads)
            self._loaded_for = threads
        return session

    def _load(self, threads: int) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # readers need the processors too
        return onnxruntime.InferenceSession(self._path, options, providers=["CPUExecutionProvider"])


def _shrinking() -> Any:
    """The options of a run after which onnxruntime frees all memory that holds no weights."""
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


_networks: WeakSet[OnnxNetwork] = WeakSet()
_alone: list[None] = []
"""As many as there are now who want every network to run in the thread that asks."""


def let_go_of_networks() -> None:
    """Free the memory that all networks take, hundreds of megabytes; each is loaded again when it is next run."""
    for network in list(_networks):
        network.let_go()


@contextmanager
def networks_keep_to_one_thread() -> Iterator[None]:
    """Let every network run in the thread that asks for it; it is loaded again for that, once."""
    _alone.append(None)
    try:
        yield
    finally:
        _alone.pop()


def cached_network(name: str, fingerprint: str, build: Callable[[], bytes]) -> Path:
    """The ONNX file `<cache>/onnx/<name>-<fingerprint>.onnx`, made if it is not there, or is not intact.

    Args:
        build: the network, serialised, weights and all.

    Raises:
        ModelError: the cache folder cannot be written.
    """
    path = cached_file(name, fingerprint)
    if _is_complete(path):
        return path
    weights, checksums = _beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):
            if _is_complete(path):
                return path
            log.info("preparing %s, once", name)
            contents = dict(zip((path, weights), _apart(build(), weights.name), strict=True))
            sums = {file: hashlib.sha256(content).hexdigest() for file, content in contents.items()}
            checksums.unlink(missing_ok=True)
            for file, content in contents.items():
                replace_file(file, content)
                remember_intact(file, sums[file])
            replace_file(checksums, "\n".join(sums.values()).encode())
    except OSError as error:
        raise ModelError(
            f"cannot write {error.filename or path} ({error.strerror}): free some space, or set LENS_CACHE to a folder "
            "that can be written"
        ) from error
    return path


def is_cached(name: str, fingerprint: str) -> bool:
    """Whether `cached_network` would find it made and intact."""
    return _is_complete(cached_file(name, fingerprint))


def cached_file(name: str, fingerprint: str) -> Path:
    """Where `cached_network` keeps a network."""
    return cache_folder() / "onnx" / f"{name}-{fingerprint}.onnx"


def _beside(path: Path) -> tuple[Path, Path]:
    """Where the weights of a network lie, and the checksums of both."""
    return path.with_suffix(".weights"), path.with_suffix(".sha256")


def _is_complete(path: Path) -> bool:
    weights, checksums = _beside(path)
    try:
        sums = checksums.read_text().split()
        return all(is_intact(file, known) for file, known in zip((path, weights), sums, strict=True))
    except (OSError, ValueError):
        return False


def _apart(network: bytes, place: str) -> tuple[bytes, bytes]:
    """A network without its weights, which it then looks for in the file `place` beside it; and the weights."""
    import onnx
    from onnx.external_data_helper import set_external_data

    model = onnx.load_from_string(network)
    weights = bytearray()
    for tensor in model.graph.initializer:
        if len(tensor.raw_data) >= LEAST_WEIGHTS:
            weights += bytes(-len(weights) % PAGE)
            set_external_data(tensor, place, len(weights), len(tensor.raw_data))
            weights += tensor.raw_data
            tensor.ClearField("raw_data")
    return model.SerializeToString(), bytes(weights)


def _processors() -> set[int] | range:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return range(os.cpu_count() or 1)

"""The stages of an index run: each is marked in the log where it begins, and how long it took is kept."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

__all__ = ["Stages"]

log = logging.getLogger(__name__)


class Stages:
    """A stopwatch for each stage; may be used from many threads, whose seconds are added up."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seconds: dict[str, float] = {}

    @property
    def seconds(self) -> dict[str, float]:
        """By stage, in the order in which they first ended."""
        return dict(self._seconds)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what is done within."""
        log.debug("stage %s", name)
        started = time.perf_counter()
        try:
            yield
        finally:
            with self._lock:
                self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - started

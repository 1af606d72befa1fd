"""Queries of somebody who may see the index alone, and not this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["comes_from_afar", "from_afar"]

_AFAR = ContextVar("afar", default=False)


@contextmanager
def from_afar() -> Iterator[None]:
    """Within, queries name no files and change nothing: a path means nothing, whether there is a file or not."""
    before = _AFAR.set(True)
    try:
        yield
    finally:
        _AFAR.reset(before)


def comes_from_afar() -> bool:
    """Whether the query at hand does."""
    return _AFAR.get()

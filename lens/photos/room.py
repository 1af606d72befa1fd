"""Room that threads share, so that what many of them hold at once stays bounded."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Room"]


class Room:
    """So much that threads may hold at once; one that needs more than there is gets in alone."""

    def __init__(self, size: int) -> None:
        self._size = self._free = size
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, amount: int) -> Iterator[None]:
        """Wait until there is room for `amount`, and hold it. Not to be taken twice by one thread: both would wait."""
        amount = min(amount, self._size)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= amount)
            self._free -= amount
        try:
            yield
        finally:
            with self._changed:
                self._free += amount
                self._changed.notify_all()

"""What long work says of itself while it goes on, for `lens_gui.work` to read."""

import time
from collections.abc import Callable
from dataclasses import asdict

from lens.indexing.report import Progress

__all__ = ["Say", "teller"]

EVERY = 0.2  # seconds between two words on how far it is

Say = Callable[..., None]
"""Writes a line of JSON."""


def teller(say: Say) -> Callable[[Progress], None]:
    """Passes progress on, though not more often than anybody can read."""
    told = 0.0

    def tell(progress: Progress) -> None:
        nonlocal told
        if time.monotonic() - told > EVERY or progress.done == progress.total:
            told = time.monotonic()
            say(step=asdict(progress))

    return tell

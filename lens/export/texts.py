"""Many small files, written beside the work that fills them: to make a file takes longer than to write it."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

__all__ = ["written_aside"]

AT_ONCE, WAITING = 2, 64


@contextmanager
def written_aside() -> Iterator[Callable[[Path, str], None]]:
    """What takes a place and a text in UTF-8, and returns before the file is there; at the end all are.

    Raises:
        OSError: a file cannot be written; perhaps only after some later ones were taken.
    """
    waiting: deque[Future[int]] = deque()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="lens-write") as pool:

        def write(place: Path, text: str) -> None:
            if len(waiting) >= WAITING:
                waiting.popleft().result()
            waiting.append(pool.submit(place.write_text, text, encoding="utf-8"))

        yield write
        for each in waiting:
            each.result()

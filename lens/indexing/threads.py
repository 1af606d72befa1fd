"""One thread for each thing a run does, where libraries would start more of their own."""

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["libraries_keep_to_one_thread"]


@contextmanager
def libraries_keep_to_one_thread() -> Iterator[None]:
    """Let numpy's products and OpenCV run in the thread that asks for them.

    While photos are read on all processors, the threads of a small product wait for one another longer than they work,
    and they wait by spinning.
    """
    import cv2
    from threadpoolctl import threadpool_limits

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1, user_api="blas"):
            yield
    finally:
        cv2.setNumThreads(before)

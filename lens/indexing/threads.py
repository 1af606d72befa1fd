"""One thread for each thing a run does, where libraries would start more of their own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from lens.models.encoders.onnx import networks_keep_to_one_thread

__all__ = ["THREADS", "libraries_keep_to_one_thread"]

THREADS = os.cpu_count() or 1
"""That read photos, and encode them where the network allows it."""


@contextmanager
def libraries_keep_to_one_thread() -> Iterator[None]:
    """Let numpy's products, OpenCV and onnxruntime run in the thread that asks for them.

    While photos are read on all processors, the threads of one product or network wait for one another, and for those
    that read. Whole photos and batches side by side take less.
    """
    import cv2
    from threadpoolctl import threadpool_limits

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1, user_api="blas"), networks_keep_to_one_thread():
            yield
    finally:
        cv2.setNumThreads(before)

"""Masks as they are stored: COCO's compressed run lengths."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

__all__ = ["box_of", "decoded", "encoded"]


def encoded(mask: NDArray[np.bool_]) -> bytes:
    """The compressed run lengths of a mask, (height, width)."""
    from pycocotools import mask as runs

    with _quiet():
        counts: bytes = runs.encode(np.asfortranarray(mask, np.uint8))["counts"]
    return counts


def decoded(counts: bytes, width: int, height: int) -> NDArray[np.bool_]:
    """The mask, (height, width), that compressed run lengths stand for."""
    from pycocotools import mask as runs

    with _quiet():
        mask: NDArray[np.bool_] = runs.decode({"counts": counts, "size": [height, width]}).astype(bool)
    return mask


def box_of(mask: NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    """The smallest box, x0, y0, x1, y1, that contains a mask, (height, width); None of an empty one."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@contextmanager
def _quiet() -> Iterator[None]:
    """pycocotools sets the shape of an array in a way that numpy 2.5 tells it not to."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        yield

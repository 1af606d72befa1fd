"""Which photos judge and never teach: a fifth, chosen by what is in them, the same ones each time."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["held_out", "places"]

SHARE = 5
"""One in so many is held out."""


def held_out(content_hashes: Sequence[str]) -> NDArray[np.bool_]:
    """(n,) whether each photo judges; copies of one photo always lie on the same side."""
    judging: NDArray[np.bool_] = places(content_hashes) % SHARE == 0
    return judging


def places(content_hashes: Sequence[str]) -> NDArray[np.uint64]:
    """(n,) a number for each photo, as if drawn by chance, that its content decides."""
    digests = b"".join(hashlib.blake2b(each.encode(), digest_size=8).digest() for each in content_hashes)
    return np.frombuffer(digests, "<u8")

"""Memory that is given back: a long run takes no more of it than a short one."""

import ctypes
import sys

__all__ = ["give_back_soon"]

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # of glibc's malloc.h
LARGE = 256 * 1024
"""Bytes of an allocation that goes back to the system as soon as it is freed."""


def give_back_soon() -> None:
    """Keep glibc from collecting freed memory, which pictures and batches of many sizes would break into pieces.

    Left to itself, it takes ever larger allocations to be small ones and never lets go of them. Elsewhere nothing is
    done: other systems' allocators were not measured.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return
    mallopt(M_MMAP_THRESHOLD, LARGE)
    mallopt(M_ARENA_MAX, 2)

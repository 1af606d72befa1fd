"""Memory that is given back: a long run takes no more of it than a short one."""

import ctypes
import sys

from PIL import _imaging

__all__ = ["give_back_soon"]

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # of glibc's malloc.h
LARGE = 256 * 1024
"""Bytes of an allocation that goes back to the system as soon as it is freed."""
PILLOW_BLOCK, PILLOW_BLOCKS = 1024 * 1024, 32
"""What Pillow keeps of freed pictures: bytes at once, and how often. The system's pages cost a millisecond a photo."""


def give_back_soon() -> None:
    """Keep freed memory from piling up in pieces too small for the next picture or batch.

    Left to itself, glibc takes ever larger allocations to be small ones and never lets go of them. Elsewhere it is left
    alone: other systems' allocators were not measured. Pillow keeps the blocks that nearly every photo needs.
    """
    _imaging.set_block_size(PILLOW_BLOCK)
    _imaging.set_blocks_max(PILLOW_BLOCKS)
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return
    mallopt(M_MMAP_THRESHOLD, LARGE)
    mallopt(M_ARENA_MAX, 2)

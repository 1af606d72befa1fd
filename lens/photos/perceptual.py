"""A perceptual hash: 256 bits that hardly change when a photo is resized, recompressed or recoloured.

The signs of the lowest frequencies of the photo, squeezed to a square, as in PDQ (Facebook, "The TMK+PDQF Video-Hashing
Algorithm and the PDQ Image-Hashing Algorithm", 2019). A sign, unlike a comparison with the median, says at once what
it becomes when the photo is mirrored or turned, so that one hash stands for all eight ways to lay a photo down.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["BITS", "COARSE", "HASH_BYTES", "LAYINGS", "distances", "laid", "perceptual_hash", "unpacked", "words"]

SIDE = 64  # pixels of the square
FREQUENCIES = 16  # of each direction
BITS = FREQUENCIES * FREQUENCIES
HASH_BYTES = BITS // 8
COARSE = 64
"""The first so many bits are the lowest 8 × 8 frequencies: enough to look among many photos for candidates."""

Bits = NDArray[np.bool_]
"""(n, 256), the hashes of n photos."""

LAYINGS = ("same", "mirrored", "mirrored", "rotated", "mirrored, rotated", "rotated", "rotated", "mirrored, rotated")
"""What the eight ways to lay a photo down are called, in the order of `laid`."""


def perceptual_hash(grey: NDArray[np.uint8]) -> bytes:
    """The 32 bytes of an upright grey photo, (height, width), of any size."""
    import cv2

    square = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    waves = cv2.dct(square.astype(np.float32))[:FREQUENCIES, :FREQUENCIES]
    return np.packbits(waves.ravel()[_order()] > 0).tobytes()


def unpacked(hashes: Sequence[bytes]) -> Bits:
    """(n, 256) bits of n hashes."""
    stored = np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, HASH_BYTES)
    return np.unpackbits(stored, axis=1).astype(np.bool_)


def laid(bits: Bits, laying: int) -> Bits:
    """The hashes that photos would have if they were laid down in another way, one of `LAYINGS`."""
    across, down, transposed = bool(laying & 1), bool(laying & 2), bool(laying & 4)
    order = _order()
    vertical, horizontal = np.divmod(order, FREQUENCIES)
    # A mirror turns the sign of every odd frequency across it; the first bit is the mean and stays.
    flipped = (across & (horizontal % 2 == 1)) ^ (down & (vertical % 2 == 1))
    turned: Bits = bits
    if transposed:
        place = np.empty(BITS, np.intp)
        place[order] = np.arange(BITS)
        turned = turned[:, place[horizontal * FREQUENCIES + vertical]]
    found: Bits = turned ^ flipped
    return found


def words(bits: Bits) -> NDArray[np.uint64]:
    """(n, 4) the same bits, 64 to a number; the first are the lowest frequencies."""
    return np.packbits(np.ascontiguousarray(bits), axis=1).view(np.uint64)


def distances(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.int64]:
    """(n,) how many bits differ between n hashes and n others, both as `words`."""
    counted: NDArray[np.int64] = np.bitwise_count(one ^ other).sum(axis=-1, dtype=np.int64)
    return counted


@cache
def _order() -> NDArray[Any]:
    """The frequencies, those of the lowest 8 × 8 first."""
    vertical, horizontal = np.divmod(np.arange(BITS), FREQUENCIES)
    return np.argsort(np.maximum(vertical, horizontal) >= 8, kind="stable")

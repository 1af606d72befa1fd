"""What an index run measures on the pixels of every photo it has in hand, in less than a millisecond of a processor.

A photo may have been decoded smaller than it is, and by how much depends on the encoders of the run. So everything is
measured on the grey photo with a shorter side of 256 pixels, which every run has: `MIN_SIDE` sees to it.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.photos.perceptual import perceptual_hash
from lens.photos.shrinking import shrunk, size_within
from lens_indexes import Measures

__all__ = ["MIN_SIDE", "measure", "sharpness"]

SIDE = 256
"""Pixels of the shorter side that is measured."""
MIN_SIDE = SIDE // 2
"""What `read_photo` must be asked for at least; it keeps twice as much."""
BLACK, WHITE = 4, 251  # of 255; JPEG leaves few pixels at the very ends
WINDOW = 9  # pixels


def measure(image: Image.Image) -> Measures:
    """The measures of an upright RGB photo whose shorter side has `SIDE` pixels or more, or all it has; thread-safe."""
    grey = np.asarray(image.convert("L"))
    scale = SIDE / min(image.size)
    if scale < 1:
        grey = shrunk(grey, size_within(image.size, scale))
    shares = np.bincount(grey.ravel(), minlength=256) / grey.size
    some = shares[shares > 0]
    return Measures(
        perceptual_hash=perceptual_hash(grey),
        sharpness=sharpness(grey),
        luminance=float(shares @ np.arange(256)) / 255,
        shadows=float(shares[: BLACK + 1].sum()),
        highlights=float(shares[WHITE:].sum()),
        entropy=max(0.0, float(-(some * np.log2(some)).sum())),
    )


def sharpness(grey: NDArray[np.uint8]) -> float:
    """How much of a photo's detail a blur takes away, 0 to 1: what is blurred already has little to lose.

    One minus the blur metric of Crété-Roffet et al. ("The blur effect", SPIE 2007), of the direction that lost more.
    A photo without any detail has 0.

    Args:
        grey: (height, width).
    """
    return min(_lost(grey, across=True), _lost(grey, across=False))


def _lost(grey: NDArray[np.uint8], *, across: bool) -> float:
    """Of the differences between neighbours in one direction, the share that a blur along it takes away."""
    import cv2

    if grey.shape[1 if across else 0] < 2:
        return 0.0
    blurred = cv2.blur(grey, (WINDOW, 1) if across else (1, WINDOW), borderType=cv2.BORDER_REPLICATE)
    before, after = (
        cv2.absdiff(each[:, 1:], each[:, :-1]) if across else cv2.absdiff(each[1:], each[:-1])
        for each in (grey, blurred)
    )
    total = cv2.sumElems(before)[0]
    return float(1 - cv2.sumElems(cv2.min(before, after))[0] / total) if total else 0.0

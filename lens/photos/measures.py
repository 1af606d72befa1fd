"""What an index run measures on the pixels of every photo it has in hand: under two milliseconds of a processor.

A photo may have been decoded smaller than it is, and by how much depends on the encoders of the run. So everything is
measured on the grey photo with a shorter side of 256 pixels, which every run has: `MIN_SIDE` sees to it.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from lens.photos.perceptual import perceptual_hash
from lens_indexes import Measures

__all__ = ["MIN_SIDE", "measure", "sharpness"]

SIDE = 256
MIN_SIDE = SIDE // 2
"""What `read_photo` must be asked for at least; it keeps twice as much."""
BLACK, WHITE = 4, 251  # of 255; JPEG leaves few pixels at the very ends
WINDOW = 9  # pixels


def measure(image: Image.Image) -> Measures:
    """The measures of an upright RGB photo, decoded with its shorter side at 256 pixels or whole; thread-safe."""
    grey = image.convert("L")
    scale = min(1.0, SIDE / min(grey.size))
    if scale < 1:
        width, height = (max(1, round(side * scale)) for side in grey.size)
        grey = grey.resize((width, height), Image.Resampling.HAMMING)
    counts = np.array(grey.histogram(), np.float64)
    shares = counts / counts.sum()
    some = shares[shares > 0]
    return Measures(
        perceptual_hash=perceptual_hash(grey),
        sharpness=sharpness(grey),
        luminance=float(shares @ np.arange(256)) / 255,
        shadows=float(shares[: BLACK + 1].sum()),
        highlights=float(shares[WHITE:].sum()),
        entropy=max(0.0, float(-(some * np.log2(some)).sum())),
    )


def sharpness(grey: Image.Image) -> float:
    """How much of a photo's detail a blur takes away, 0 to 1: what is blurred already has little to lose.

    One minus the blur metric of Crété-Roffet et al. ("The blur effect", SPIE 2007), of the direction that lost more;
    on every second line, which changes it by less than 0.01. A photo without any detail has 0.

    Args:
        grey: mode `L`.
    """
    return min(
        _lost(np.asarray(grey)[::2], np.asarray(grey.filter(ImageFilter.BoxBlur((WINDOW // 2, 0))))[::2]),
        _lost(np.asarray(grey).T[::2], np.asarray(grey.filter(ImageFilter.BoxBlur((0, WINDOW // 2)))).T[::2]),
    )


def _lost(lines: NDArray[np.uint8], blurred: NDArray[np.uint8]) -> float:
    """Of the differences between neighbours on each line, the share that the blur took away."""
    before = np.abs(np.diff(np.ascontiguousarray(lines, np.int16)))
    after = np.abs(np.diff(np.ascontiguousarray(blurred, np.int16)))
    total = int(before.sum(dtype=np.int64))
    return 1 - int(np.minimum(before, after).sum(dtype=np.int64)) / total if total else 0.0

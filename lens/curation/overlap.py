"""Whether one photo is a part of another: the one, made smaller, is laid on every place of the other.

Confirms what vectors only suspect. Two photos of one scene have similar vectors; a cut-out correlates pixel by pixel.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image, ImageFilter

__all__ = ["SIDE", "overlap", "small"]

SIDE = 32  # pixels of the square that a photo is squeezed to
BLUR = 2  # pixels to each side
PARTS = (22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32)
"""How large the one may be in the other, in pixels: from 69 % of each side."""


def small(image: Image.Image) -> Image.Image:
    """A photo squeezed to a grey square less its own blur, mode `F`, as `overlap` takes it.

    Without the blur, two things of one shape, each on a plain ground, would correlate like a photo with its cut.
    """
    grey = image.convert("L").resize((SIDE, SIDE), Image.Resampling.HAMMING)
    blurred = grey.filter(ImageFilter.BoxBlur(BLUR))
    return Image.fromarray(np.asarray(grey, np.float32) - np.asarray(blurred, np.float32))


def overlap(one: Image.Image, other: Image.Image) -> float:
    """The best normalised cross-correlation of either photo with a part of the other, -1 to 1.

    The part has the photo's proportions. Both photos as `small` makes them.
    """
    return max(_best(one, other, part) for part in PARTS) if one.tobytes() != other.tobytes() else 1.0


def _best(one: Image.Image, other: Image.Image, part: int) -> float:
    return max(_correlation(one, other, part), _correlation(other, one, part) if part < SIDE else -1.0)


def _correlation(whole: Image.Image, cut: Image.Image, part: int) -> float:
    """The largest correlation of `cut`, squeezed to (part, part) pixels, with any window of `whole`."""
    pattern = _normalised(np.asarray(cut.resize((part, part), Image.Resampling.BILINEAR), np.float32).reshape(1, -1))
    windows = sliding_window_view(np.asarray(whole, np.float32), (part, part)).reshape(-1, part * part)
    return float((_normalised(windows) @ pattern[0]).max())


def _normalised(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each row with mean 0 and length 1; a row without contrast becomes 0."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = centred / np.where(lengths > 1e-3, lengths, np.inf)
    return scaled

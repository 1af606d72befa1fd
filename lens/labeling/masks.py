"""Masks as they are stored: COCO's compressed run lengths."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Extent",
    "area_of",
    "box_of",
    "cropped",
    "decoded",
    "encoded",
    "extent_of",
    "filled",
    "from_runs",
    "joined",
    "placed",
    "runs_of",
    "sampled",
    "shifted",
    "turned",
]

Extent = tuple[int, int, int, int]
"""The first column and row of a mask, and those behind its last."""

PIECE = 512  # runs


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


def extent_of(counts: bytes, width: int, height: int) -> Extent | None:
    """What `box_of` says of the mask that compressed run lengths stand for; it is not decoded."""
    from pycocotools import mask as runs

    with _quiet():
        x, y, wide, high = (int(value) for value in runs.toBbox({"counts": counts, "size": [height, width]}))
    return (x, y, x + wide, y + high) if wide and high else None


def runs_of(counts: bytes) -> NDArray[np.int64]:
    """Compressed run lengths as numbers: pixels outside and inside by turns, column by column from the left.

    pycocotools knows them and does not tell. A number is written five bits a character, lowest first, bit 5 meaning
    that more follow and bit 4 of the last one the sign; from the fourth on it is the difference to the last but one.
    """
    codes = np.frombuffer(counts, np.uint8).astype(np.int64) - 48
    last = np.flatnonzero(codes & 32 == 0)
    first = np.concatenate([[0], last[:-1] + 1])
    characters = last - first + 1
    shifts = 5 * (np.arange(len(codes)) - np.repeat(first, characters))
    runs = np.add.reduceat((codes & 31) << shifts, first)
    runs -= ((codes[last] & 16) != 0) * (np.int64(1) << (5 * characters))
    runs[1::2], runs[2::2] = np.cumsum(runs[1::2]), np.cumsum(runs[2::2])
    return runs


def from_runs(runs: NDArray[np.int64], width: int, height: int) -> bytes:
    """Compressed run lengths of what `runs_of` gives; together they are width × height pixels."""
    from pycocotools import mask as codes

    with _quiet():
        counts: bytes = codes.frPyObjects({"counts": runs.tolist(), "size": [height, width]}, height, width)["counts"]
    return counts


def cropped(
    counts: bytes, width: int, height: int, box: tuple[int, int, int, int], times: int = 1
) -> NDArray[np.bool_]:
    """What `decoded` gives within a box, x0, y0, x1, y1; without the pixels around it, which may be millions.

    Args:
        counts: the compressed run lengths.
        width: of the whole mask.
        height: likewise.
        box: that lies in it.
        times: as large it is drawn: each pixel as so many in both directions.
    """
    x0, y0, x1, y1 = box
    runs = runs_of(counts)
    ends = runs.cumsum().clip(x0 * height, x1 * height) - x0 * height
    lengths = ends * times
    lengths[1:] -= ends[:-1] * times
    inside = np.zeros(len(runs), bool)
    inside[1::2] = True
    # In pieces: numpy lets no other thread run while it repeats, and a window may be waiting.
    starts = range(0, len(runs), PIECE)
    pixels = np.concatenate([inside[at : at + PIECE].repeat(lengths[at : at + PIECE]) for at in starts])
    columns = pixels.reshape(x1 - x0, height * times)[:, y0 * times : y1 * times]
    return (columns if times == 1 else columns.repeat(times, axis=0)).T


def sampled(counts: bytes, width: int, height: int, box: Extent, step: int) -> NDArray[np.bool_]:
    """One pixel of each square of `step` by `step` that a box is cut into: near its middle, of what `cropped` gives.

    How long it takes goes by the pixels that are looked at, not by those of the mask.
    """
    x0, y0, x1, y1 = box
    ends = runs_of(counts).cumsum()
    columns = np.arange(x0, x1, step) + step // 2
    rows = np.arange(y0, y1, step) + step // 2
    places = columns.clip(max=x1 - 1)[:, None] * height + rows.clip(max=y1 - 1)
    runs = np.searchsorted(ends, places.ravel(), side="right")
    inside: NDArray[np.bool_] = (runs % 2 == 1).reshape(places.shape).T
    return inside


def placed(part: NDArray[np.bool_], left: int, top: int, width: int, height: int) -> bytes:
    """The compressed run lengths of a mask of this size that is `part` at a place, and nothing elsewhere.

    Only the columns of the part are looked at, however large the mask is.
    """
    columns = np.zeros((part.shape[1], height), np.bool_)
    columns[:, top : top + part.shape[0]] = part.T
    runs = runs_of(encoded(columns.T))
    runs[0] += left * height
    behind = (width - left - part.shape[1]) * height
    if len(runs) % 2:
        runs[-1] += behind
    elif behind:
        runs = np.append(runs, behind)
    return from_runs(runs, width, height)


def shifted(counts: bytes, width: int, height: int, across: int, down: int) -> bytes | None:
    """The compressed run lengths of a mask moved to the right and down; None if all of it has left the photo."""
    extent = extent_of(counts, width, height)
    if extent is None:
        return None
    left, top = extent[0] + across, extent[1] + down
    part = cropped(counts, width, height, extent)
    part = part[max(-top, 0) : max(height - top, 0), max(-left, 0) : max(width - left, 0)]
    left, top = max(left, 0), max(top, 0)
    return placed(part, left, top, width, height) if part.any() else None


def turned(counts: bytes, width: int, height: int, orientation: int) -> bytes:
    """The compressed run lengths of a mask that is turned upright as its photo is, 1 to 8 as in EXIF."""
    from PIL import Image

    from lens.photos.orientation import upright

    stored = Image.fromarray(decoded(counts, width, height).view(np.uint8))
    return encoded(np.asarray(upright(stored, orientation)).view(bool))


def area_of(counts: bytes, width: int, height: int) -> int:
    """How many pixels are in the mask that compressed run lengths stand for."""
    from pycocotools import mask as runs

    with _quiet():
        return int(runs.area({"counts": counts, "size": [height, width]}))


def filled(polygons: Sequence[NDArray[Any]], width: int, height: int) -> bytes:
    """The compressed run lengths of what polygons, each (n, 2) with n ≥ 3, cover together, as COCO fills them."""
    from pycocotools import mask as runs

    flat = [np.asarray(polygon, np.float64).ravel().tolist() for polygon in polygons]
    with _quiet():
        counts: bytes = runs.merge(runs.frPyObjects(flat, height, width))["counts"]
    return counts


def joined(masks: Sequence[bytes], width: int, height: int) -> bytes:
    """The compressed run lengths of all pixels that are in any of several masks."""
    from pycocotools import mask as runs

    with _quiet():
        counts: bytes = runs.merge([{"counts": each, "size": [height, width]} for each in masks])["counts"]
    return counts


@contextmanager
def _quiet() -> Iterator[None]:
    """pycocotools sets the shape of an array in a way that numpy 2.5 tells it not to."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        yield

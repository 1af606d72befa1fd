"""Which regions of two sources mean the same thing in one photo."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lens_indexes import RegionRow

__all__ = ["SAME", "Pairs", "overlaps", "paired"]

SAME = 0.5
"""Intersection over union from which on two regions are taken for one thing: PASCAL VOC's and COCO's AP50."""


@dataclass(frozen=True)
class Pairs:
    """Regions of two lists, by their places in these."""

    both: tuple[tuple[int, int], ...]
    """Those that cover one thing, whatever they call it."""
    first: tuple[int, ...]
    """Those of the first list that cover nothing of the second."""
    second: tuple[int, ...]


def overlaps(first: Sequence[RegionRow], second: Sequence[RegionRow], *, masks: bool = False) -> NDArray[np.float64]:
    """Intersection over union, (n, m), of the boxes, or of the masks, of regions of one photo.

    Args:
        first: n regions.
        second: m regions; of those that are crowds it is the part of the first that lies in them, as COCO has it.
        masks: compare masks; all regions have one.
    """
    from pycocotools import mask as runs

    if not first or not second:
        return np.zeros((len(first), len(second)))
    found: NDArray[np.float64] = np.asarray(
        runs.iou(_shapes(first, masks), _shapes(second, masks), [int(each.crowd) for each in second])
    )
    return found


def paired(
    first: Sequence[RegionRow], second: Sequence[RegionRow], *, least: float = SAME, masks: bool = False
) -> Pairs:
    """Pair the regions of one photo, each at most once: those of one category before others, the closest first.

    Crowds stand for many things: they pair with nothing, and what lies in a crowd of the second list is left out.

    Args:
        first: such as what a detector found.
        second: such as what people drew.
        least: intersection over union from which on two are taken for one thing.
        masks: compare masks; all regions have one.
    """
    shared = overlaps(first, second, masks=masks)
    crowds = [np.array([each.crowd for each in regions], bool) for regions in (first, second)]
    same = np.array([[a.category == b.category for b in second] for a in first], bool).reshape(shared.shape)
    rows, columns = np.nonzero((shared >= least) & ~np.logical_or.outer(*crowds))
    order = np.lexsort((-shared[rows, columns], ~same[rows, columns]))
    both: dict[int, int] = {}
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if row not in both and column not in both.values():
            both[row] = column
    left = ~crowds[0] & ~np.asarray((shared[:, crowds[1]] >= least).any(axis=1))
    left[list(both)] = False
    missed = ~crowds[1]
    missed[list(both.values())] = False
    return Pairs(
        both=tuple(sorted(both.items())),
        first=tuple(np.flatnonzero(left).tolist()),
        second=tuple(np.flatnonzero(missed).tolist()),
    )


def _shapes(regions: Sequence[RegionRow], masks: bool) -> list[dict[str, object]] | NDArray[np.float64]:
    if masks:
        return [{"counts": each.mask, "size": [each.height, each.width]} for each in regions]
    boxes = np.array([each.box for each in regions], np.float64)
    boxes[:, 2:] -= boxes[:, :2]
    return boxes

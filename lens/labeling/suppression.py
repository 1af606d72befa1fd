"""Of boxes of one category that lie on each other, only the surest is kept."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["OVERLAP", "suppressed"]

OVERLAP = 0.5
"""The intersection over union above which two boxes of a category are taken for the same thing."""


def suppressed(
    boxes: NDArray[np.float32],
    scores: NDArray[np.float32],
    categories: NDArray[np.int64],
    held: NDArray[np.float32],
    held_categories: NDArray[np.int64],
    *,
    overlap: float = OVERLAP,
) -> NDArray[np.int64]:
    """Which of n boxes are new: non-maximum suppression within each category, where what is held always wins.

    Args:
        boxes: (n, 4), x0, y0, x1, y1.
        scores: (n,).
        categories: (n,), their numbers.
        held: (m, 4), boxes that are there already.
        held_categories: (m,).
        overlap: the intersection over union above which the less sure of two boxes is dropped, 0 to 1.

    Returns:
        (k,) their numbers, the surest first.
    """
    import torch
    from torchvision.ops import batched_nms, box_iou

    found, there = torch.from_numpy(boxes), torch.from_numpy(held)
    doubled = (box_iou(found, there) > overlap).numpy() & (categories[:, None] == held_categories)  # (n, m)
    new = np.flatnonzero(~doubled.any(axis=1))
    kept = batched_nms(found[new], torch.from_numpy(scores[new]), torch.from_numpy(categories[new]), overlap)
    numbers: NDArray[np.int64] = new[kept.numpy()]
    return numbers

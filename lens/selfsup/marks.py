"""What is common to all photos, such as a watermark, is found by how little it differs, and filled."""

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["common", "without_marks"]

LEAST = 0.5
"""Deviation of a pixel from photo to photo, as a share of what is usual in them, below which it is of a mark."""
FEWEST = 16
"""Photos by which that can be told; of fewer, some pixels are alike by chance."""


def without_marks(photos: Tensor) -> Tensor:
    """The photos, with each one's mean colour in the place of what is common to all.

    It fills that place in all four turns, so that what is filled looks the same whichever way up the photo is.

    Args:
        photos: (b, 3, side, side) uint8.
    """
    found = common(photos)
    turned = torch.stack([found.rot90(turns) for turns in range(4)]).any(dim=0)
    if not turned.any():
        return photos
    mean = photos.float().mean(dim=(2, 3), keepdim=True).round().to(photos.dtype)
    return torch.where(turned, mean, photos)


def common(photos: Tensor) -> Tensor:
    """(side, side) bool: the pixels that hardly differ from photo to photo, and those beside them.

    A mark of which more than half shines through is not found, nor one that lies elsewhere in each photo.

    Args:
        photos: (b, 3, side, side) uint8.
    """
    if len(photos) < FEWEST:
        return torch.zeros(photos.shape[-2:], dtype=torch.bool, device=photos.device)
    deviation = photos.float().std(dim=0).mean(dim=0)
    alike = deviation < LEAST * deviation.median()
    beside = functional.max_pool2d(alike[None].float(), 3, stride=1, padding=1)
    return beside[0] > 0

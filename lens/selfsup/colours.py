"""Colours as classes: the a, b plane of CIE Lab in squares, as colorization tells them (arXiv:1603.08511)."""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Palette", "bins", "lab_of", "rgb_of"]

STEP = 10.0
"""The side of a square; this and the next four numbers are the paper's."""
NEAR = 5
"""Squares that a colour is shared among."""
SIGMA = 5.0
"""Of the Gaussians by which a colour is shared, and by which counts are smoothed."""
UNIFORM = 0.5
"""How much of the uniform distribution is mixed with that of the photos before rare colours are made to count."""
TEMPERATURE = 0.38
"""From 1, the mean of all that is likely, dull, to 0, the likeliest alone, with hard edges."""
LEVELS = 64
"""Of red, green and blue, by which it is told what a screen can show."""


class Palette(nn.Module):
    """The squares, and how often each has been seen; a run that is resumed knows that too."""

    bins: Tensor
    seen: Tensor
    smooth: Tensor

    def __init__(self) -> None:
        super().__init__()
        centres = torch.from_numpy(bins())
        near = torch.exp(-torch.cdist(centres, centres).square() / (2 * SIGMA**2))
        self.register_buffer("bins", centres, persistent=False)  # (q, 2)
        self.register_buffer("smooth", near / near.sum(dim=0), persistent=False)  # (q, q), each column sums to 1
        self.register_buffer("seen", torch.zeros(len(centres), dtype=torch.int64))

    def encoded(self, colours: Tensor) -> tuple[Tensor, Tensor]:
        """(b, 5, h, w) numbers of the nearest squares, the nearest first, and the shares of each, which sum to 1.

        Args:
            colours: (b, 2, h, w) a and b.
        """
        apart, nearest = torch.cdist(colours.permute(0, 2, 3, 1), self.bins).topk(NEAR, largest=False)
        shares = functional.softmax(-apart.square() / (2 * SIGMA**2), dim=-1)
        return nearest.permute(0, 3, 1, 2), shares.permute(0, 3, 1, 2)

    def count(self, nearest: Tensor) -> None:
        """Count what was seen, of any shape."""
        self.seen += torch.bincount(nearest.flatten(), minlength=len(self.seen))

    def weights(self) -> Tensor:
        """(q,) what each square counts: the more, the rarer; 1 on average over what was seen, and before it."""
        if not self.seen.any():
            return torch.ones_like(self.bins[:, 0])
        often = self.smooth @ (self.seen / self.seen.sum())
        weights = 1 / ((1 - UNIFORM) * often + UNIFORM / len(often))
        return weights / (often * weights).sum()

    def annealed_mean(self, logits: Tensor) -> Tensor:
        """(b, 2, h, w) a and b of (b, q, h, w) logits: between the mean of what is likely and the likeliest."""
        chances = functional.softmax(logits / TEMPERATURE, dim=1)
        return torch.einsum("bqhw,qc->bchw", chances, self.bins)


def bins() -> NDArray[np.float32]:
    """(q, 2) centres of the squares of the a, b plane in which sRGB has colours, row by row.

    That makes 261; the paper, whose hull is wider, has 313.
    """
    levels = np.linspace(0, 1, LEVELS, dtype=np.float32)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
    colours = cv2.cvtColor(cube, cv2.COLOR_RGB2Lab)[0, :, 1:]
    return (STEP * np.unique(np.round(colours / STEP), axis=0)).astype(np.float32)


def lab_of(views: Tensor) -> Tensor:
    """(b, 3, h, w) lightness, 0 to 100, a and b of (b, 3, h, w) sRGB, 0 to 1."""
    return _converted(views, cv2.COLOR_RGB2Lab)


def rgb_of(lab: Tensor) -> Tensor:
    """(b, 3, h, w) sRGB, 0 to 1, of (b, 3, h, w) lightness, a and b; what no screen shows is cut off."""
    return _converted(lab, cv2.COLOR_Lab2RGB).clamp(0, 1)


def _converted(images: Tensor, code: int) -> Tensor:
    rows = images.permute(0, 2, 3, 1).flatten(0, 1).contiguous().cpu().numpy()  # photos below each other
    made = torch.from_numpy(cv2.cvtColor(rows, code)).to(images.device)
    return made.view(len(images), *images.shape[2:], 3).permute(0, 3, 1, 2)

"""What brings photos and captions together: the losses of CLIP and SigLIP, with any captions for any photos."""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Objective", "contrastive_loss", "sigmoid_loss"]

Objective = Literal["clip", "siglip"]
"""Whose loss."""


def contrastive_loss(photos: "Tensor", texts: "Tensor", belongs: "Tensor", scale: "Tensor") -> "Tensor":
    """Mean of photo-to-text and text-to-photo cross-entropy, a scalar (CLIP, arXiv:2103.00020).

    Args:
        photos: (n, d), unit norm.
        texts: (m, d), unit norm.
        belongs: (n, m) bool, which texts describe which photos: at least one in each row and column.
        scale: scalar, one over the temperature; learned.

    A photo's target is spread evenly over its own texts, and a text's over its photos.
    """
    import torch
    from torch.nn import functional

    logits = scale * photos @ texts.T  # (n, m)
    right = belongs.to(logits.dtype)
    losses = [
        functional.cross_entropy(each, own / own.sum(dim=1, keepdim=True))
        for each, own in ((logits, right), (logits.T, right.T))
    ]
    return torch.stack(losses).mean()


def sigmoid_loss(photos: "Tensor", texts: "Tensor", belongs: "Tensor", scale: "Tensor", bias: "Tensor") -> "Tensor":
    """Whether each pair belongs together, asked by itself: a scalar, summed by text (SigLIP, arXiv:2303.15343).

    Args:
        photos: (n, d), unit norm.
        texts: (m, d), unit norm.
        belongs: (n, m) bool, which texts describe which photos.
        scale: scalar, one over the temperature; learned.
        bias: scalar, added to each pair; learned. Below nought at first, since most pairs do not belong together.
    """
    from torch.nn import functional

    logits = scale * photos @ texts.T + bias  # (n, m)
    signs = 2 * belongs.to(logits.dtype) - 1
    return -functional.logsigmoid(signs * logits).sum() / len(texts)

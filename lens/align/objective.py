"""What brings photos and captions together: the losses of CLIP and SigLIP, with several captions for each photo."""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Objective", "contrastive_loss", "sigmoid_loss"]

Objective = Literal["softmax", "sigmoid"]
"""CLIP's or SigLIP's."""


def contrastive_loss(photos: "Tensor", texts: "Tensor", owners: "Tensor", scale: "Tensor") -> "Tensor":
    """Mean of photo-to-text and text-to-photo cross-entropy, a scalar (CLIP, arXiv:2103.00020).

    Args:
        photos: (n, d), unit norm.
        texts: (m, d), unit norm.
        owners: (m,), which photo each text describes, in [0, n); every photo has one text or more.
        scale: scalar, one over the temperature; learned.

    A photo's target is spread evenly over its own texts; a text's is its photo.
    """
    import torch
    from torch.nn import functional

    logits = scale * photos @ texts.T  # (n, m)
    positive = functional.one_hot(owners, len(photos)).T.to(logits.dtype)  # (n, m)
    target = positive / positive.sum(dim=1, keepdim=True)
    photo_loss = -(target * functional.log_softmax(logits, dim=1)).sum(dim=1).mean()
    text_loss = functional.cross_entropy(logits.T, owners)
    return torch.stack([photo_loss, text_loss]).mean()


def sigmoid_loss(photos: "Tensor", texts: "Tensor", owners: "Tensor", scale: "Tensor", bias: "Tensor") -> "Tensor":
    """Whether each pair belongs together, asked by itself: a scalar, summed by text (SigLIP, arXiv:2303.15343).

    Args:
        photos: (n, d), unit norm.
        texts: (m, d), unit norm.
        owners: (m,), which photo each text describes, in [0, n).
        scale: scalar, one over the temperature; learned.
        bias: scalar, added to each pair; learned. Below nought at first, since most pairs do not belong together.
    """
    from torch.nn import functional

    logits = scale * texts @ photos.T + bias  # (m, n)
    signs = 2 * functional.one_hot(owners, len(photos)).to(logits.dtype) - 1
    return -functional.logsigmoid(signs * logits).sum() / len(texts)

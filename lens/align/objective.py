"""The symmetric contrastive loss of CLIP (arXiv:2103.00020), with several captions for each photo."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["contrastive_loss"]


def contrastive_loss(photos: "Tensor", texts: "Tensor", owners: "Tensor", scale: "Tensor") -> "Tensor":
    """Mean of photo-to-text and text-to-photo cross-entropy, a scalar.

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

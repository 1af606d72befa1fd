"""Photos and what is said of them brought together: CLIP (arXiv:2103.00020) and SigLIP (arXiv:2303.15343)."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lens.align.objective import Objective, contrastive_loss, sigmoid_loss
from lens.selfsup.backbones import Backbone
from lens.selfsup.method import Method
from lens.selfsup.views import View

__all__ = ["COLDEST", "Language", "Lock", "Words"]

Lock = Literal["none", "image", "text"]
"""Which tower is not trained: with `image` it is LiT (arXiv:2111.07991)."""
COLDEST = 100.0
"""One over the least temperature, as in CLIP: below it, training becomes unstable."""


class Words(nn.Module):
    """A tower of words, and the texts that it is asked for.

    Args:
        scale: one over the temperature at the start, as its logarithm, a scalar that is learned.
        bias: SigLIP's at the start, a scalar that is learned.
    """

    def __init__(self, scale: nn.Parameter, bias: nn.Parameter) -> None:
        super().__init__()
        self.scale, self.bias = scale.requires_grad_(True), bias.requires_grad_(True)

    def forward(self, numbers: Tensor) -> Tensor:
        """(b, dim) vectors of the texts with these numbers, (b,), in the space of the photos."""
        raise NotImplementedError


class Language(Method):
    """Each photo is told from the others of its batch by what is said of it, and the other way round.

    A step draws one text for each photo. Photos that share a text, as those of a folder share its name, all belong to
    it; no photo is held against its own words.

    Args:
        backbone: the tower of photos, unless it is locked trained with `words`.
        words: the tower of words.
        owned: for each photo of the run, the numbers of its texts, one or more.
        side: pixels of a view.
        objective: whose loss.
    """

    def __init__(
        self, backbone: Backbone, words: Words, owned: Sequence[Sequence[int]], side: int, objective: Objective
    ) -> None:
        view = View(side, area=(0.5, 1.0), jittered=0.0, grey=0.0, blurred=0.0)  # words tell colours
        super().__init__(backbone, view, count=1)
        self.words = words
        self._owned, self._objective = owned, objective
        self._met: NDArray[np.int64] = np.empty(0, np.int64)

    def meet(self, numbers: NDArray[np.int64]) -> None:
        """Remember which photos are seen, to know what is said of them."""
        self._met = numbers

    def loss(self, views: Sequence[Tensor], done: float) -> Tensor:
        """The objective's, of the photos and the texts that are drawn for them."""
        [view] = views
        owned = [self._owned[number] for number in self._met.tolist()]
        drawn = [texts[int(torch.randint(len(texts), ()))] for texts in owned]
        asked = sorted({*drawn})
        belongs = torch.tensor([[text in texts for text in asked] for texts in owned], device=view.device)
        photos = functional.normalize(self.backbone(view), dim=1)
        texts = functional.normalize(self.words(torch.tensor(asked, device=view.device)), dim=1)
        scale = self.words.scale.exp().clamp(max=COLDEST)
        if self._objective == "siglip":
            return sigmoid_loss(photos, texts, belongs, scale, self.words.bias)
        return contrastive_loss(photos, texts, belongs, scale)

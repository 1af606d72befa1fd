"""SimCLR (arXiv:2002.05709): two views of a photo are each other's only friend in the batch."""

from collections.abc import Sequence

from lightly.loss import NTXentLoss
from lightly.models.modules.heads import SimCLRProjectionHead
from torch import Tensor

from lens.selfsup.backbones import Backbone
from lens.selfsup.method import Method
from lens.selfsup.views import View

__all__ = ["SimCLR"]

WIDTH = 128
"""Of what the loss compares; the paper's."""


class SimCLR(Method):
    """Normalised temperature-scaled cross-entropy between all views of a batch.

    Args:
        backbone: what is trained.
        side: pixels of a view.
        temperature: 0.5 is the paper's for small photos and few epochs.
    """

    def __init__(self, backbone: Backbone, side: int, temperature: float = 0.5) -> None:
        super().__init__(backbone, View(side, hue=0.2, brightness=0.8, contrast=0.8, saturation=0.8))
        self.head = SimCLRProjectionHead(backbone.dim, backbone.dim, WIDTH)
        self._loss = NTXentLoss(temperature)

    def loss(self, views: Sequence[Tensor], done: float) -> Tensor:
        """NT-Xent of the two views."""
        one, other = (self.head(self.backbone(view)) for view in views)
        loss: Tensor = self._loss(one, other)
        return loss

"""SimCLR (arXiv:2002.05709): two views of a photo are each other's only friend in the batch."""

from collections.abc import Sequence

from lightly.loss import NTXentLoss
from lightly.models.modules.heads import SimCLRProjectionHead
from torch import Generator, Tensor, nn

from lens.selfsup.backbones import Backbone
from lens.selfsup.views import View, look

__all__ = ["SimCLR"]

WIDTH = 128
"""Of what the loss compares; the paper's."""


class SimCLR(nn.Module):
    """Normalised temperature-scaled cross-entropy between all views of a batch; satisfies the `Method` protocol.

    Args:
        backbone: what is trained.
        side: pixels of a view.
        temperature: 0.5 is the paper's for small photos and few epochs.
    """

    def __init__(self, backbone: Backbone, side: int, temperature: float = 0.5) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = SimCLRProjectionHead(backbone.dim, backbone.dim, WIDTH)
        self.view = View(side, hue=0.2, brightness=0.8, contrast=0.8, saturation=0.8)
        self._loss = NTXentLoss(temperature)

    def views(self, photos: Tensor, generator: Generator) -> list[Tensor]:
        """Two views of each photo."""
        return [look(photos, self.view, generator) for _ in range(2)]

    def loss(self, views: Sequence[Tensor], done: float) -> Tensor:
        """NT-Xent of the two views."""
        one, other = (self.head(self.backbone(view)) for view in views)
        loss: Tensor = self._loss(one, other)
        return loss

    def before_step(self, done: float) -> None:
        """Nothing: all weights are free from the start."""

    def after_step(self, done: float) -> None:
        """Nothing: no network follows."""

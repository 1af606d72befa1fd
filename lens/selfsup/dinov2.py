"""DINOv2's objective (arXiv:2304.07193): iBOT, and KoLeo (arXiv:1806.03198), which keeps features apart."""

from collections.abc import Sequence

from lightly.loss import KoLeoLoss
from torch import Tensor

from lens.selfsup.backbones import PatchBackbone
from lens.selfsup.ibot import IBOT

__all__ = ["DINOv2"]

KOLEO = 0.1
"""What spreading the features counts; the paper's."""


class DINOv2(IBOT):
    """iBOT whose features of different photos are kept apart.

    Args:
        backbone: a vision transformer; what stays of it is the teacher's copy.
        side: pixels of a global view; a local one has half as many.
        prototypes: for photos, and as many others for patches.
        crops: small views of each photo.
        momentum: of the teacher at the start; it rises to 1.
    """

    def __init__(
        self, backbone: PatchBackbone, side: int, prototypes: int = 1024, crops: int = 4, momentum: float = 0.99
    ) -> None:
        super().__init__(backbone, side, prototypes, crops, momentum)
        self._spread = KoLeoLoss()

    def loss(self, views: Sequence[Tensor], done: float) -> Tensor:
        """The three losses of a batch."""
        loss, features = self.distilled(views, done)
        for part in features.chunk(2):
            loss = loss + KOLEO / 2 * self._spread(part)
        return loss

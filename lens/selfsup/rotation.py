"""Rotation prediction (arXiv:1803.07728): who tells which way up a photo is must know what is in it."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from lens.selfsup.backbones import Backbone
from lens.selfsup.marks import without_marks
from lens.selfsup.method import Method
from lens.selfsup.views import View

__all__ = ["QUARTERS", "Rotation"]

QUARTERS = 4
MARGIN = 0.1
"""Share of the photo at each side that is not shown."""


class Rotation(Method):
    """Each photo is seen in all four rotations by quarter turns, which is told of each.

    Parts are taken that leave out what lies near a photo's border, so that neither a frame nor a date or a watermark
    tells. The fringes of a lens are alike in all directions and tell nothing. A mark that all photos of a batch have
    elsewhere is filled before they are turned.

    Args:
        backbone: what is trained.
        side: pixels of a view.
    """

    def __init__(self, backbone: Backbone, side: int) -> None:
        super().__init__(backbone, View(side, area=(0.4, 1.0), inset=MARGIN), count=1)
        self.head = nn.Linear(backbone.dim, QUARTERS)

    def views(self, photos: Tensor, generator: Generator) -> list[Tensor]:
        """A view of each photo, without what is common to all."""
        return super().views(without_marks(photos), generator)

    def loss(self, views: Sequence[Tensor], done: float) -> Tensor:
        """Cross-entropy of the turns of all four copies of each view."""
        [view] = views
        turned = torch.cat([view.rot90(turns, dims=(2, 3)) for turns in range(QUARTERS)])
        right = torch.arange(QUARTERS, device=view.device).repeat_interleave(len(view))
        return functional.cross_entropy(self.head(self.backbone(turned)), right)

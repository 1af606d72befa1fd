"""What every self-supervised method offers to the training loop."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

from lens.selfsup.backbones import Backbone
from lens.selfsup.views import View, look

__all__ = ["Method"]


class Method(nn.Module):
    """An objective over a backbone. Its state is all that a resumed run needs of it.

    Args:
        backbone: what is trained, and stays: heads and followers go.
        view: how far its views may be from a photo.
        count: of views that a step is made of.
    """

    backbone: Backbone

    def __init__(self, backbone: Backbone, view: View, count: int = 2) -> None:
        super().__init__()
        self.backbone, self.view, self._count = backbone, view, count

    @property
    def trained(self) -> Backbone:
        """The backbone that gradients reach; by default the one that stays."""
        return self.backbone

    def meet(self, numbers: NDArray[np.int64]) -> None:
        """Be told which photos of the run the next views are of; by default that is of no use.

        Args:
            numbers: (b,).
        """

    def views(self, photos: Tensor, generator: Generator) -> list[Tensor]:
        """The views of each photo that a step is made of.

        Args:
            photos: (b, 3, h, w) uint8.
            generator: draws them.

        Returns:
            Each (b, 3, side, side) float32, 0 to 1.
        """
        return [look(photos, self.view, generator) for _ in range(self._count)]

    def pair(self, photos: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Two views of each photo, by which it is told whether features collapse."""
        seen = self.views(photos, generator)
        return seen[0], seen[1] if len(seen) > 1 else self.views(photos, generator)[0]

    def loss(self, views: Sequence[Tensor], done: float) -> Tensor:
        """What is to become smaller, after `done`, 0 to 1, of the run."""
        raise NotImplementedError

    def before_step(self, done: float) -> None:
        """Change gradients once they are there; by default all weights are free from the start."""

    def after_step(self, done: float) -> None:
        """Let others follow the trained weights; by default none do."""

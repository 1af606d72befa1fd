"""What every self-supervised method offers to the training loop."""

from collections.abc import Sequence
from typing import Protocol

from torch import Generator, Tensor

from lens.selfsup.backbones import Backbone

__all__ = ["Method"]


class Method(Protocol):
    """An objective over a backbone; also a `torch.nn.Module`, whose state is all that a resumed run needs of it."""

    backbone: Backbone
    """What is trained, and stays: heads and followers go."""

    def views(self, photos: Tensor, generator: Generator) -> list[Tensor]:
        """The views that a step is made of, each (b, 3, side, side) float32, 0 to 1, from (b, 3, h, w) uint8."""

    def loss(self, views: Sequence[Tensor], done: float) -> Tensor:
        """What is to become smaller, after `done`, 0 to 1, of the run."""

    def before_step(self, done: float) -> None:
        """Change gradients once they are there."""

    def after_step(self, done: float) -> None:
        """Follow the trained weights."""

"""A method whose features may not go far from where they were: words and photos stay in one space."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor
from torch.nn import functional

from lens.selfsup.method import Method
from lens.selfsup.momentum import follower

__all__ = ["Anchored"]


class Anchored(Method):
    """Another method, with a term that distils what the backbone said before it was trained (arXiv:1503.02531).

    The term is one minus the cosine of what the trained and the untrained backbone say of the photo as it is, which is
    what will be encoded later, and not of its views.

    Args:
        method: what else is to become smaller.
        weight: what the term is multiplied by; 0 lets go.
    """

    def __init__(self, method: Method, weight: float) -> None:
        super().__init__(method.backbone, method.view)
        self.method = method
        self.before = follower(method.trained)
        self._weight = weight

    def meet(self, numbers: NDArray[np.int64]) -> None:
        """As the method does."""
        self.method.meet(numbers)

    def views(self, photos: Tensor, generator: Generator) -> list[Tensor]:
        """The method's, then the photos themselves if they hold anything."""
        seen = self.method.views(photos, generator)
        return [*seen, photos.float() / 255] if self._weight else seen

    def pair(self, photos: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """As the method does."""
        return self.method.pair(photos, generator)

    def loss(self, views: Sequence[Tensor], done: float) -> Tensor:
        """The method's loss and the weighted distance from before."""
        if not self._weight:
            return self.method.loss(views, done)
        *seen, photos = views
        with torch.no_grad():
            before = self.before(photos)
        apart = 1 - functional.cosine_similarity(self.method.trained(photos), before, dim=1).mean()
        return self.method.loss(seen, done) + self._weight * apart

    def before_step(self, done: float) -> None:
        """As the method does."""
        self.method.before_step(done)

    def after_step(self, done: float) -> None:
        """As the method does."""
        self.method.after_step(done)

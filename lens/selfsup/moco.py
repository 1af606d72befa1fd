"""MoCo: photos are told from those of many batches before (v2, arXiv:2003.04297), or from a large batch (v3,
arXiv:2104.02057), by keys of an encoder that follows slowly (arXiv:1911.05722)."""

from collections.abc import Sequence

import torch
from lightly.loss import NTXentLoss
from lightly.models.modules.heads import MoCoProjectionHead, SimCLRProjectionHead
from torch import Tensor, nn
from torch.nn import functional

from lens.selfsup.backbones import Backbone, PatchBackbone
from lens.selfsup.method import Method
from lens.selfsup.momentum import follow, follower, momentum_at
from lens.selfsup.views import View

__all__ = ["MoCoV2", "MoCoV3", "SplitBatchNorm"]

WIDTH = 128
SPLITS = 8
"""Groups whose statistics are apart, as on the eight devices of the paper."""


class SplitBatchNorm(nn.BatchNorm2d):
    """Batch normalisation over groups of the batch, each by itself, as if on devices of its own.

    With keys shuffled between the groups, no photo can be told by the company it keeps.
    """

    def forward(self, features: Tensor) -> Tensor:
        """A batch of maps, normalised; by its running statistics when not in training."""
        if not self.training or len(features) % SPLITS:
            return super().forward(features)
        parts = features.view(SPLITS, -1, *features.shape[1:])
        return torch.cat([super(SplitBatchNorm, self).forward(part) for part in parts])


class MoCoV2(Method):
    """Queries against keys of the photo itself and of a queue of other photos.

    Args:
        backbone: what is trained.
        side: pixels of a view.
        queue: keys of earlier photos; a multiple of the batch.
        temperature: the paper's.
        momentum: of the encoder of keys.
    """

    def __init__(
        self, backbone: Backbone, side: int, queue: int = 4096, temperature: float = 0.2, momentum: float = 0.99
    ) -> None:
        super().__init__(backbone, View(side))
        _split(backbone)
        self.queries = nn.Sequential(backbone, MoCoProjectionHead(backbone.dim, backbone.dim, WIDTH))
        self.keys = follower(self.queries)
        self._momentum = momentum
        self._loss = NTXentLoss(temperature, memory_bank_size=(queue, WIDTH))
        self.queue = self._loss.memory_bank
        for name in ("bank", "bank_ptr"):  # a resumed run goes on with the keys it had
            self.queue.register_buffer(name, getattr(self.queue, name), persistent=True)

    def loss(self, views: Sequence[Tensor], done: float) -> Tensor:
        """InfoNCE of queries against their keys and the queue, which then takes the keys in."""
        query, key = views
        loss: Tensor = self._loss(self.queries(query), self._keys_of(key))
        return loss

    @torch.no_grad()
    def _keys_of(self, views: Tensor) -> Tensor:
        order = torch.randperm(len(views), device=views.device)
        keys: Tensor = self.keys(views[order])
        return keys[order.argsort()]

    def after_step(self, done: float) -> None:
        """The encoder of keys follows."""
        follow(self.queries, self.keys, self._momentum)


class MoCoV3(Method):
    """Both views are queries and keys, within the batch, and queries are predicted.

    Args:
        backbone: what is trained; the projection of patches of a transformer stays as it is, as in the paper.
        side: pixels of a view.
        temperature: the paper's for transformers.
        momentum: of the encoder of keys at the start; it rises to 1.
    """

    def __init__(self, backbone: Backbone, side: int, temperature: float = 0.2, momentum: float = 0.99) -> None:
        super().__init__(backbone, View(side))
        if isinstance(backbone, PatchBackbone):
            backbone.projection.requires_grad_(False)
        head = SimCLRProjectionHead(backbone.dim, backbone.dim, WIDTH)
        self.queries = nn.Sequential(backbone, head)
        self.keys = follower(self.queries)
        self.predictor = SimCLRProjectionHead(WIDTH, backbone.dim, WIDTH)
        self._temperature, self._momentum = temperature, momentum

    def loss(self, views: Sequence[Tensor], done: float) -> Tensor:
        """The sum of both views' InfoNCE, times twice the temperature."""
        queries = [self.predictor(self.queries(view)) for view in views]
        with torch.no_grad():
            keys = [self.keys(view) for view in views]
        return self._contrast(queries[0], keys[1]) + self._contrast(queries[1], keys[0])

    def _contrast(self, queries: Tensor, keys: Tensor) -> Tensor:
        cosines = functional.normalize(queries, dim=1) @ functional.normalize(keys, dim=1).T
        own = torch.arange(len(queries), device=queries.device)
        return 2 * self._temperature * functional.cross_entropy(cosines / self._temperature, own)

    def after_step(self, done: float) -> None:
        """The encoder of keys follows, more and more slowly."""
        follow(self.queries, self.keys, momentum_at(self._momentum, done))


def _split(network: nn.Module) -> None:
    """Put `SplitBatchNorm` in the place of batch normalisation."""
    for module in network.modules():
        if type(module) is nn.BatchNorm2d:
            module.__class__ = SplitBatchNorm

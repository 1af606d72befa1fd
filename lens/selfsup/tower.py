"""The built-in encoder's tower of photos and its heads in torch, so that gradients reach the network."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from lens.models.encoders.heads import TEMPERATURE, Heads
from lens.models.encoders.image_tower import CHANNELS, FIRST_STAGE, reference_network
from lens.models.entry import TUNED
from lens.models.formats import WEIGHTS
from lens.selfsup.backbones import Backbone

__all__ = ["STAGES", "BuiltinTower", "linear"]

STAGES = 7
"""Of the network."""

LEAST = 1e-8
"""Below which a square root's slope would carry everything away."""


class BuiltinTower(Backbone):
    """Views to the vectors that the built-in encoder has for them; all its heads are frozen.

    Its batch normalisation keeps the statistics it came with: the ONNX graph folds them in, and batches are small.

    Args:
        heads: the encoder's.
        free: how many of the network's seven stages, from the last, are trained, and the layer behind them.
        network: as `reference_network` has it, if not the packaged one.
    """

    network: Any

    def __init__(self, heads: Heads, free: int = 2, network: Any = None) -> None:
        super().__init__(network or reference_network(), heads.dim, [127 / 255] * 3, [128 / 255] * 3)
        self.width = CHANNELS
        self.network.requires_grad_(False)
        for part in (*self.network.blocks[len(self.network.blocks) - free :], self.network.conv_head, self.network.bn2):
            part.requires_grad_(True)
        self.projections = nn.ModuleList(linear(each.image_weight, each.image_bias) for each in heads.projections)
        self.regression = linear(heads.regression.weight, heads.regression.bias)
        self.classes: Tensor
        self.register_buffer("classes", torch.from_numpy(heads.conse.classes), persistent=False)
        self._cooled = heads.conse.temperature
        aligned = [heads.shares.alignment / len(heads.projections)] * len(heads.projections)
        self.shares = [*aligned, heads.shares.regression, heads.shares.conse]

    def train(self, mode: bool = True) -> "BuiltinTower":
        """Nothing in it behaves otherwise in training."""
        return super().train(False)

    def forward(self, views: Tensor) -> Tensor:
        """(b, dim) unit-norm vectors of (b, 3, h, w) views, 0 to 1."""
        pooled, logits, stages = self.features(views)
        likely = functional.softmax(logits / TEMPERATURE, dim=1)
        inputs = torch.cat([pooled.clamp(min=LEAST).sqrt(), likely.clamp(min=LEAST).sqrt(), stages], dim=1)
        conse = functional.softmax(logits / self._cooled, dim=1) @ self.classes
        parts = [*(head(inputs) for head in self.projections), self.regression(inputs), conse]
        scaled = [
            functional.normalize(part, dim=1) * share**0.5 for part, share in zip(parts, self.shares, strict=True)
        ]
        return functional.normalize(torch.cat(scaled, dim=1), dim=1)

    def features(self, views: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What `ImageFeatures` has of (b, 3, h, w) views, 0 to 1."""
        last, maps = self._maps(self.normalised(views))
        pooled = last.mean(dim=(2, 3))
        stages = [part for each in maps for part in (each.mean(dim=(2, 3)), each.amax(dim=(2, 3)))]
        return pooled, self.network.classifier(pooled), torch.cat(stages, dim=1)

    def map(self, views: Tensor) -> Tensor:
        """(b, 1280, rows, columns) the network's last map, of which `pooled` is the mean."""
        return self._maps(self.normalised(views))[0]

    def save(self, folder: Path) -> None:
        """Write the network's tensors, as `reference_network` has them."""
        tensors = {name: tensor.contiguous() for name, tensor in self.network.state_dict().items()}
        save_file(tensors, folder / WEIGHTS[TUNED][0])

    def _maps(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The last map, and those of the stages that count."""
        x = self.network.bn1(self.network.conv_stem(x))
        stages = []
        for number, block in enumerate(self.network.blocks):
            x = block(x)
            if number >= FIRST_STAGE:
                stages.append(x)
        return self.network.bn2(self.network.conv_head(x)), stages


def linear(weight: NDArray[np.float32], bias: NDArray[np.float32]) -> nn.Linear:
    """A frozen layer of what maps rows by `x @ weight + bias`."""
    layer = nn.Linear(*weight.shape)
    layer.weight = nn.Parameter(torch.from_numpy(weight.T.copy()), requires_grad=False)
    layer.bias = nn.Parameter(torch.from_numpy(bias.copy()), requires_grad=False)
    return layer

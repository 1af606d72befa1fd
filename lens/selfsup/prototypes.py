"""The head of DINO and iBOT: features to how near they are to each of many learned directions."""

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["PrototypeHead"]

HIDDEN, BOTTLENECK = 512, 128


class PrototypeHead(nn.Module):
    """Three layers, a bottleneck on the unit sphere, and cosines with prototypes (arXiv:2104.14294, appendix C).

    The paper's last layer has normalised weights of fixed length, which makes its products cosines.

    Args:
        dim: length of a feature.
        prototypes: how many.
    """

    def __init__(self, dim: int, prototypes: int) -> None:
        super().__init__()
        first, second, last = nn.Linear(dim, HIDDEN), nn.Linear(HIDDEN, HIDDEN), nn.Linear(HIDDEN, BOTTLENECK)
        for layer in (first, second, last):
            nn.init.trunc_normal_(layer.weight, std=0.02)
            nn.init.zeros_(layer.bias)
        self.layers = nn.Sequential(first, nn.GELU(), second, nn.GELU(), last)
        self.prototypes = nn.Parameter(torch.randn(prototypes, BOTTLENECK))

    def forward(self, features: Tensor) -> Tensor:
        """(b, prototypes) cosines of (b, dim) features."""
        at = functional.normalize(self.layers(features), dim=-1)
        return functional.linear(at, functional.normalize(self.prototypes, dim=-1))

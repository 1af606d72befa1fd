"""A second network that follows the trained one slowly: MoCo's key encoder, DINO's teacher."""

import copy
import math
from typing import TypeVar

from torch import nn

__all__ = ["follower", "momentum_at"]

N = TypeVar("N", bound=nn.Module)


def follower(network: N) -> N:
    """A copy that no gradient reaches."""
    copied = copy.deepcopy(network)
    copied.requires_grad_(False)
    return copied


def momentum_at(start: float, done: float) -> float:
    """The momentum after this share of a run, 0 to 1: from `start` to 1 along a cosine, as in BYOL and DINO."""
    return 1 - (1 - start) * (math.cos(math.pi * done) + 1) / 2

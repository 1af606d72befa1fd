"""A second network that follows the trained one slowly: MoCo's key encoder, DINO's teacher."""

import copy
import math
from typing import TypeVar

import torch
from torch import nn

__all__ = ["follow", "follower", "momentum_at"]

N = TypeVar("N", bound=nn.Module)


def follower(network: N) -> N:
    """A copy that no gradient reaches."""
    copied = copy.deepcopy(network)
    copied.requires_grad_(False)
    return copied


@torch.no_grad()
def follow(network: nn.Module, behind: nn.Module, momentum: float) -> None:
    """Move what follows towards a network, by one minus the momentum of the way; what is not trained stays to the bit.

    Args:
        network: that is trained.
        behind: its `follower`.
        momentum: 0, all the way, to 1, not at all.
    """
    for own, followed in zip(behind.parameters(), network.parameters(), strict=True):
        if followed.requires_grad:
            own.lerp_(followed, 1 - momentum)


def momentum_at(start: float, done: float) -> float:
    """The momentum after this share of a run, 0 to 1: from `start` to 1 along a cosine, as in BYOL and DINO."""
    return 1 - (1 - start) * (math.cos(math.pi * done) + 1) / 2

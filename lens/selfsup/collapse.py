"""Whether features still tell photos apart: a network that says the same of all photos solves many a pretext."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["Health", "alignment", "effective_rank", "health", "uniformity"]


@dataclass(frozen=True)
class Health:
    """What two views of some photos say of the features."""

    rank: float
    """Dimensions that the features fill, from 1, when all are the same, to the smaller of photos and dimensions."""
    alignment: float
    """Mean squared distance of two views of a photo, 0 to 4; smaller is nearer."""
    uniformity: float
    """How evenly photos lie on the sphere, from 0, all in one place, downwards; smaller is more even."""


@torch.no_grad()
def health(one: Tensor, other: Tensor) -> Health:
    """The health of features of two views, each (n, dim), of the same photos."""
    return Health(effective_rank(one), alignment(one, other), uniformity(one))


def effective_rank(features: Tensor) -> float:
    """The exponential of the entropy of the singular values of unit features, as RankMe has it (arXiv:2210.02885).

    What all features have in common is not taken away: where little else is left, that is the collapse.
    """
    values = torch.linalg.svdvals(functional.normalize(features.float(), dim=1))
    shares = values / values.sum()
    return float(torch.exp(-(shares * (shares + 1e-12).log()).sum()))


def alignment(one: Tensor, other: Tensor) -> float:
    """Mean squared distance of unit features of two views (Wang and Isola, arXiv:2005.10242)."""
    apart = functional.normalize(one.float(), dim=1) - functional.normalize(other.float(), dim=1)
    return float(apart.square().sum(dim=1).mean())


def uniformity(features: Tensor) -> float:
    """Logarithm of the mean Gaussian potential of all pairs, with t = 2 (Wang and Isola, arXiv:2005.10242)."""
    unit = functional.normalize(features.float(), dim=1)
    return float(torch.pdist(unit).square().mul(-2).exp().mean().log())

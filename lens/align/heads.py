"""The heads while they are trained: one linear map per tower, a temperature and a bias."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lens.models.encoders.heads import Projection

__all__ = ["Standardiser", "make_pair", "to_projection"]

START_TEMPERATURE = 0.07
"""CLIP's (arXiv:2103.00020)."""
START_BIAS = -10.0
"""SigLIP's (arXiv:2303.15343)."""


class Standardiser:
    """Brings each feature to mean 0 and deviation 1 over the training photos, so that dropout treats all alike."""

    def __init__(self, features: NDArray[np.float32]) -> None:
        self.mean = features.mean(axis=0)
        deviation = features.std(axis=0)
        self.deviation = deviation + 1e-3 * deviation.mean() + 1e-6

    def __call__(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) standardised features."""
        standard: NDArray[np.float32] = (features - self.mean) / self.deviation
        return standard


def make_pair(image_features: int, text_features: int, dim: int, dropouts: Sequence[float]) -> Any:
    """A torch module with `photos`, `texts`, `scale` and `bias`: two linear heads, dropout before, unit norm after."""
    import torch
    from torch import nn
    from torch.nn import functional

    class Pair(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.image, self.text = nn.Linear(image_features, dim), nn.Linear(text_features, dim)
            self.image_dropout, self.text_dropout = nn.Dropout(dropouts[0]), nn.Dropout(dropouts[1])
            self.log_scale = nn.Parameter(-torch.tensor(START_TEMPERATURE).log())
            self.bias = nn.Parameter(torch.tensor(START_BIAS))  # the softmax is blind to it

        def photos(self, features: torch.Tensor) -> torch.Tensor:
            return functional.normalize(self.image(self.image_dropout(features)), dim=-1)

        def texts(self, embeddings: torch.Tensor) -> torch.Tensor:
            return functional.normalize(self.text(self.text_dropout(embeddings)), dim=-1)

        def scale(self) -> torch.Tensor:
            return self.log_scale.exp().clamp(max=100)  # as in CLIP: no colder, or training becomes unstable

    return Pair()


def to_projection(pair: Any, standard: Standardiser) -> Projection:
    """The trained pair as plain arrays, the standardisation folded into the image head."""
    weight, bias = pair.image.weight.detach().numpy(), pair.image.bias.detach().numpy()
    return Projection(
        image_weight=(weight / standard.deviation).T,
        image_bias=bias - weight @ (standard.mean / standard.deviation),
        text_weight=pair.text.weight.detach().numpy().T,
        text_bias=pair.text.bias.detach().numpy(),
    )

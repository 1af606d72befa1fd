"""The towers of words that learn beside those of photos: of transformers' networks, and the built-in heads."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lens.align.heads import START_BIAS, START_TEMPERATURE
from lens.models.encoders.heads import Heads, Projection, Regression
from lens.models.encoders.image_tower import STRIDE, ImageTower
from lens.models.encoders.network import Inputs
from lens.models.encoders.transformers import projected_texts
from lens.models.formats import HEADS
from lens.selfsup.language import Lock, Words
from lens.selfsup.published import PublishedBackbone
from lens.selfsup.tower import BuiltinTower, linear

__all__ = ["BuiltinHeads", "BuiltinWords", "PublishedWords"]


class PublishedWords(Words):
    """The tower of words of a network that has both, such as CLIP.

    Args:
        photos: the same network as a tower of photos; what joins the towers is trained with each that is not locked.
        tokens: of each of m texts, by the names that the network has for them, (length,) int64.
        lock: which tower is not trained.
    """

    def __init__(self, photos: PublishedBackbone, tokens: Sequence[Inputs], lock: Lock) -> None:
        module = photos.network
        bias = getattr(module, "logit_bias", None)
        super().__init__(module.logit_scale, nn.Parameter(torch.tensor(START_BIAS)) if bias is None else bias)
        self.network = module
        for locked, name in (("image", "visual_projection"), ("text", "text_projection")):
            if lock != locked and hasattr(module, name):
                getattr(module, name).requires_grad_(True)
        self._names = [*tokens[0]]
        for name in self._names:
            self.register_buffer(name, torch.from_numpy(np.stack([each[name] for each in tokens])), persistent=False)

    def forward(self, numbers: Tensor) -> Tensor:
        """(b, dim) vectors of the texts with these numbers."""
        return projected_texts(self.network, **{name: getattr(self, name)[numbers] for name in self._names})


class BuiltinHeads(BuiltinTower):
    """The built-in encoder's photos, whose towers stay as they are, and whose heads learn.

    Args:
        heads: as they were before.
        lock: which side's heads are not trained.
    """

    def __init__(self, heads: Heads, lock: Lock) -> None:
        super().__init__(heads)
        self.requires_grad_(False)
        for head in (*self.projections, self.regression):
            head.requires_grad_(lock != "image")
        self.texts = nn.ModuleList(linear(each.text_weight, each.text_bias) for each in heads.projections)
        self.texts.requires_grad_(lock != "text")
        self._before = heads

    @torch.no_grad()
    def features(self, views: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the tower says; on a processor its ONNX graph, which no gradient need pass, is five times as fast."""
        if views.device.type != "cpu" or any(size % STRIDE for size in views.shape[-2:]):
            return super().features(views)
        found = _quick().encode([*(255 * views).round().byte().permute(0, 2, 3, 1).numpy()])
        return torch.from_numpy(found.pooled), torch.from_numpy(found.logits), torch.from_numpy(found.stages)

    def save(self, folder: Path) -> None:
        """Write the heads as the encoder reads them."""
        before = self._before
        projections = [
            Projection(*_arrays(photos), *_arrays(texts))
            for photos, texts in zip(self.projections, self.texts, strict=True)
        ]
        regression = Regression(*_arrays(self.regression), before.regression.mean)
        Heads(projections, regression, before.conse, before.shares).save(folder / HEADS)


class BuiltinWords(Words):
    """The built-in encoder's words, whose heads lie with those of photos.

    Args:
        photos: which holds the heads.
        embeddings: (m, 384) of m texts by the tower of words, which stays as it is.
        heads: as they were before.
    """

    def __init__(self, photos: BuiltinHeads, embeddings: NDArray[np.float32], heads: Heads) -> None:
        super().__init__(nn.Parameter(-torch.tensor(START_TEMPERATURE).log()), nn.Parameter(torch.tensor(START_BIAS)))
        self.heads = photos.texts
        self.embeddings: Tensor
        self.regressed: Tensor
        self.combined: Tensor
        self._shares = photos.shares
        fixed = [heads.regression.texts(embeddings), heads.conse.texts(embeddings)]
        for name, array in (("embeddings", embeddings), ("regressed", fixed[0]), ("combined", fixed[1])):
            self.register_buffer(name, torch.from_numpy(array), persistent=False)

    def forward(self, numbers: Tensor) -> Tensor:
        """(b, dim) vectors of the texts with these numbers, as `Heads.encode_texts` has them."""
        parts = [functional.normalize(head(self.embeddings[numbers]), dim=1) for head in self.heads]
        parts += [self.regressed[numbers], self.combined[numbers]]
        return torch.cat([part * share**0.5 for part, share in zip(parts, self._shares, strict=True)], dim=1)


@cache
def _quick() -> ImageTower:
    """The packaged tower, once for all heads and their copies."""
    return ImageTower()


def _arrays(layer: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weight and bias of a layer, as they map rows by `x @ weight + bias`."""
    return layer.weight.detach().cpu().numpy().T, layer.bias.detach().cpu().numpy()

"""The networks that are trained: photos to features, and a vision transformer's patches too."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["Backbone", "DrawnTransformer", "PatchBackbone", "convolutional", "transformer"]


class Backbone(nn.Module):
    """A network without its classifier.

    Args:
        network: (b, 3, h, w) normalised photos to (b, dim) features.
        dim: length of a feature.
        mean: of red, green and blue, 0 to 1, which the network was made for.
        std: likewise.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, dim: int, mean: Iterable[float], std: Iterable[float]) -> None:
        super().__init__()
        self.network, self.dim = network, dim
        self.width = dim
        """Length of what `map` has of a place."""
        self.register_buffer("mean", torch.tensor([*mean])[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor([*std])[:, None, None], persistent=False)

    def forward(self, views: Tensor) -> Tensor:
        """(b, dim) features of (b, 3, h, w) views, 0 to 1."""
        features: Tensor = self.network(self.normalised(views))
        return features

    def map(self, views: Tensor) -> Tensor:
        """(b, width, rows, columns) what the network says of each place of the views, before it is pooled."""
        said: Tensor = self.network.forward_features(self.normalised(views))  # type: ignore[operator]
        return said

    def save(self, folder: Path) -> None:
        """Write what an encoder is loaded from, but for what training says of itself.

        Args:
            folder: an empty one.
        """
        raise NotImplementedError

    def normalised(self, views: Tensor) -> Tensor:
        """Views as the network was made for them."""
        return (views - self.mean) / self.std


class PatchBackbone(Backbone):
    """A vision transformer (arXiv:2010.11929), some of whose patches can be hidden from it."""

    patch: int
    """Pixels of a patch's side."""
    prefix: int
    """Tokens before those of the patches."""

    @property
    def projection(self) -> nn.Module:
        """What makes tokens of patches."""
        raise NotImplementedError

    def by_mean(self) -> None:
        """From here on a photo's feature is the mean of its patches', for methods that train no class token."""
        raise NotImplementedError

    def grid(self, side: int) -> int:
        """Patches along a side of views of so many pixels."""
        return side // self.patch

    def patches(self, views: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(b, dim) features and (b, n, width) those of the patches.

        Args:
            views: (b, 3, h, w), 0 to 1.
            hidden: (b, n) bool, the patches in whose place the network sees its mask token, row by row.
        """
        raise NotImplementedError

    def of_some(self, views: Tensor, shown: Tensor) -> Tensor:
        """(b, prefix + k, width) features of the photos, then of the patches that alone enter the network.

        Args:
            views: (b, 3, h, w), 0 to 1.
            shown: (b, k) numbers of those patches, row by row; their features come in this order.
        """
        raise NotImplementedError


class DrawnTransformer(PatchBackbone):
    """A vision transformer of timm's that is trained from random weights.

    Args:
        vit: timm's; its positions are stretched for views of another size.
    """

    def __init__(self, vit: Any, mean: Iterable[float], std: Iterable[float]) -> None:
        from lightly.models.modules.masked_vision_transformer_timm import MaskedVisionTransformerTIMM

        masked = MaskedVisionTransformerTIMM(vit, weight_initialization="skip", pos_embed_initialization="skip")
        nn.init.trunc_normal_(masked.mask_token, std=0.02)
        super().__init__(masked, vit.embed_dim, mean, std)
        self.patch = vit.patch_embed.patch_size[0]
        self.prefix = vit.num_prefix_tokens

    @property
    def projection(self) -> nn.Module:
        """The layer of patches."""
        found: nn.Module = self.network.vit.patch_embed  # type: ignore[union-attr, assignment]
        return found

    def by_mean(self) -> None:
        """As timm does it."""
        self.network.vit.global_pool = "avg"  # type: ignore[union-attr]

    def map(self, views: Tensor) -> Tensor:
        """(b, dim, rows, columns) features of the patches, where they lie."""
        features = self.patches(views)[1]
        return features.transpose(1, 2).reshape(len(views), self.dim, views.shape[-2] // self.patch, -1)

    def patches(self, views: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The first token's features, and those of the patches."""
        mask = None
        if hidden is not None:
            shown = torch.zeros(len(hidden), self.prefix, dtype=torch.bool, device=hidden.device)
            mask = torch.cat([shown, hidden], dim=1)
        tokens: Tensor = self.network.encode(self.normalised(views), mask=mask)  # type: ignore[operator]
        return tokens[:, 0], tokens[:, self.prefix :]

    def of_some(self, views: Tensor, shown: Tensor) -> Tensor:
        """The tokens that are kept."""
        first = torch.arange(self.prefix, device=shown.device).expand(len(shown), -1)
        kept = torch.cat([first, shown + self.prefix], dim=1)
        tokens: Tensor = self.network.encode(self.normalised(views), idx_keep=kept)  # type: ignore[operator]
        return tokens


def convolutional(name: str) -> Backbone:
    """One of timm's networks with random weights."""
    import timm

    network = timm.create_model(name, pretrained=False, num_classes=0)
    return Backbone(network, network.num_features, network.pretrained_cfg["mean"], network.pretrained_cfg["std"])


def transformer(name: str, side: int, **sizes: int) -> DrawnTransformer:
    """One of timm's vision transformers with random weights, for views of `side` pixels and of others."""
    import timm

    vit = timm.create_model(
        name, pretrained=False, num_classes=0, img_size=side, dynamic_img_size=True, global_pool="token", **sizes
    )
    return DrawnTransformer(vit, vit.pretrained_cfg["mean"], vit.pretrained_cfg["std"])

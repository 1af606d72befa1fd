"""Where a vision transformer looks in photos, as DINO's authors show it (arXiv:2104.14294, figure 1)."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from lens.selfsup.backbones import Backbone
from lens.selfsup.pictures import Column, laid_out

__all__ = ["attention", "looks"]

SIDE = 224
"""Pixels of the views that networks are asked about, though smaller ones trained them, if they were made for it."""
DARK = 0.12
"""What is left of the light where nothing looks."""
FULL = 0.95
"""Share of a photo's patches that are lit less than fully: one that draws most of the attention hides no others."""


def looks(before: Backbone, after: Backbone, photos: NDArray[np.uint8], side: int) -> Image.Image | None:
    """A row for each photo: itself, and where a network looked in it before and after it was trained.

    The light falls where attention goes, compared with other places of that photo. None if there is none to see.

    Args:
        before: the network as it was.
        after: the same, trained.
        photos: (n, h, w, 3).
        side: pixels of the views it was trained on.
    """
    device = next(after.parameters()).device
    pixels = torch.from_numpy(np.array(photos)).to(device).permute(0, 3, 1, 2).float() / 255
    wide = max(side, min(SIDE, _made_for(after.network)))
    views = functional.interpolate(pixels, size=(wide, wide), mode="bilinear", antialias=True, align_corners=False)
    drawn = [Column("the photo", views)]
    for said, network in (("before", before), ("after", after)):
        paid = attention(network, views)
        if paid is None:
            return None
        full = paid.flatten(1).quantile(FULL, dim=1)[:, None, None]
        light = (paid / full).clamp(max=1)
        smooth = functional.interpolate(light[:, None], size=(wide, wide), mode="bilinear", align_corners=False)
        drawn.append(Column(said, views * (DARK + (1 - DARK) * smooth)))
    return laid_out(drawn)


@torch.no_grad()
def attention(backbone: Backbone, views: Tensor) -> Tensor | None:
    """How much of the last block's attention goes to each patch, the mean over its heads; None if there is none.

    It is the class token's; of a network that has none, all patches' together.

    Args:
        backbone: one of transformers', or timm's inside one of these.
        views: (b, 3, side, side), 0 to 1.

    Returns:
        (b, rows, columns), 0 to 1; what is left of 1 goes to tokens that are no patches.
    """
    seen: list[Tensor] = []
    with _watched(backbone.network, seen):
        backbone(views)
    if not seen or seen[-1].shape[0] != len(views):  # such as windows, which see parts alone
        return None
    paid = seen[-1].mean(dim=1)  # (b, n, n)
    rows = math.isqrt(paid.shape[1])  # the few tokens before the patches would fill no further row and column
    before = paid.shape[1] - rows * rows
    asking = paid[:, 0] if before else paid.mean(dim=1)
    return asking[:, before:].reshape(len(views), rows, rows)


def _made_for(network: Any) -> int:
    """The side of photos that a network was made for, as far as it says."""
    config = getattr(getattr(network, "vision_model", network), "config", None)
    size = getattr(config, "image_size", 0)
    return size if isinstance(size, int) else 0


@contextmanager
def _watched(network: Any, seen: list[Tensor]) -> Iterator[None]:
    """Meanwhile what passes through a network leaves its last block's attention behind, (b, heads, n, n)."""
    if inside := getattr(network, "timm_model", None):
        with _watched_timm(inside, seen):
            yield
    elif hasattr(network, "config"):
        with _watched_transformers(network, seen):
            yield
    else:
        yield


@contextmanager
def _watched_timm(network: Any, seen: list[Tensor]) -> Iterator[None]:
    layer: Any = None
    for block in getattr(network, "blocks", ()):
        layer = getattr(block, "attn", None)
    if not hasattr(layer, "fused_attn"):
        yield
        return
    fused, layer.fused_attn = layer.fused_attn, False  # what is fused never makes the whole matrix
    hook = layer.attn_drop.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    try:
        yield
    finally:
        hook.remove()
        layer.fused_attn = fused


@contextmanager
def _watched_transformers(network: Any, seen: list[Tensor]) -> Iterator[None]:
    def note(_module: Any, _inputs: Any, output: Any) -> None:
        if layers := getattr(output, "attentions", None):
            order = getattr(output, "ids_restore", None)  # MAE mixes its patches
            seen.append(layers[-1] if order is None else _in_order(layers[-1], order))

    tower = getattr(network, "vision_model", network)
    before = network.config._attn_implementation
    network.set_attn_implementation("eager")  # others never make the whole matrix
    tower.config.output_attentions = True
    hook = tower.register_forward_hook(note)
    try:
        yield
    finally:
        hook.remove()
        tower.config.output_attentions = False
        network.set_attn_implementation(before)


def _in_order(paid: Tensor, order: Tensor) -> Tensor:
    """What goes to patches, (b, heads, n, n), with these where they lie."""
    before = paid.shape[-1] - order.shape[1]
    index = order[:, None, None].expand(*paid.shape[:3], -1)
    return torch.cat([paid[..., :before], paid[..., before:].gather(3, index)], dim=3)

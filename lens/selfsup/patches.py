"""Vision transformers of others as backbones some of whose patches can be hidden, whatever library they are of."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lens.errors import ModelDamaged
from lens.models.encoders.transformers import AVERAGED_FROM
from lens.models.fitting import fitting
from lens.selfsup.backbones import PatchBackbone
from lens.selfsup.published import PublishedBackbone, blocks_of, inputs_of, only_side, tower_of

__all__ = ["PublishedTransformer", "backbone_of"]


@dataclass(frozen=True)
class Layout:
    """How a vision transformer cuts photos up."""

    patch: int
    """Pixels of a patch's side."""
    prefix: int
    """Tokens before those of the patches, such as the class token and registers."""


class PublishedTransformer(PublishedBackbone, PatchBackbone):
    """A vision transformer of transformers' or timm's; hidden patches never enter its blocks, or do so as mask tokens.

    Both happen where all of them are alike: between the convolution that makes tokens of patches and the first block,
    where positions have been added and, for views of another size, stretched as the network itself does it.

    Args:
        module: as `PublishedBackbone` has it, like all that follow.
        processor: likewise.
        trained: likewise.
        side: likewise.
        source: likewise.
        layout: the network's, as `backbone_of` finds it.
    """

    def __init__(
        self, module: Any, processor: Any, trained: str, side: int, source: Path | None = None, *, layout: Layout
    ) -> None:
        super().__init__(module, processor, trained, side, source)
        self.patch, self.prefix = layout.patch, layout.prefix
        self.mask_token = nn.Parameter(_mask_token(tower_of(module), self.width))

    @property
    def projection(self) -> nn.Module:
        """The convolution that makes tokens of patches."""
        return _projection(tower_of(self.network))

    def by_mean(self) -> None:
        """Its encoder will do so too; one that knows words keeps to the vectors that these lie beside."""
        if not hasattr(self.network, "get_image_features"):
            setattr(self.network.config, AVERAGED_FROM, self.prefix)

    def grid(self, side: int) -> int:
        """Patches along a side, of views as the network sees them."""
        return (self._only or side) // self.patch

    def normalised(self, views: Tensor) -> Tensor:
        """As the network was made for them, without what fills no patch at the right and below."""
        found = super().normalised(views)
        rows, columns = (size // self.patch * self.patch for size in found.shape[-2:])
        return found[..., :rows, :columns]

    def patches(self, views: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The features that its encoder has, and those of the patches."""
        said: list[Tensor] = []
        tower = tower_of(self.network)
        with _masked(tower, hidden, self.mask_token):
            noted = tower.register_forward_hook(lambda *call: said.append(call[2].last_hidden_state))
            try:
                features = self(views)
            finally:
                noted.remove()
        return features, said[0][:, self.prefix :]

    def of_some(self, views: Tensor, shown: Tensor) -> Tensor:
        """The last layer's tokens."""
        return _of_some(self.network, self.normalised(views), shown, self.prefix)


def backbone_of(module: Any, processor: Any, trained: str, side: int, source: Path | None = None) -> PublishedBackbone:
    """A network of others as a backbone: whose patches can be hidden if it is a vision transformer.

    Args:
        module: as `PublishedBackbone` has it, like all that follow.
        processor: likewise.
        trained: likewise.
        side: likewise.
        source: likewise.

    Raises:
        TuneError: as `PublishedBackbone` does.
    """
    layout = _layout_of(module, side)
    if layout is None:
        return PublishedBackbone(module, processor, trained, side, source)
    return PublishedTransformer(module, processor, trained, side, source, layout=layout)


@torch.no_grad()
def _layout_of(module: Any, side: int) -> Layout | None:
    """How a network cuts photos up; None if it is no vision transformer.

    It is one if its blocks take a part of the patches, and if patches that enter in another order come out in that
    order and are otherwise the same: each token has its position with it, which is not so in Swin or BEiT.
    """
    module.eval()
    tower = tower_of(module)
    try:
        with fitting("the backbone"):
            [patch, *others] = {*(projection := _projection(tower)).kernel_size, *projection.stride}
            side = (only_side(module) or side) // patch * patch
            pixels = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0))
            whole: Tensor = tower(**inputs_of(module, pixels)).last_hidden_state
            count = (side // patch) ** 2
            prefix = whole.shape[1] - count
            if others or whole.ndim != 3 or prefix < 0:
                return None
            backwards = _of_some(module, pixels, torch.arange(count).flip(0)[None], prefix)
            _of_some(module, pixels, torch.arange(count - 1)[None], prefix)
            same = torch.cat([whole[:, :prefix], whole[:, prefix:].flip(1)], dim=1)
            return Layout(patch, prefix) if torch.allclose(backwards, same, rtol=1e-3, atol=1e-3) else None
    except (ModelDamaged, StopIteration):  # nothing is repeated in it, or it has no such convolution
        return None


def _of_some(module: Any, pixels: Tensor, shown: Tensor, prefix: int) -> Tensor:
    """(b, prefix + k, width) what a network says of itself and of some patches, which alone enter its blocks."""
    tower = tower_of(module)

    def kept(_: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...]:
        tokens, *others = given
        places = (shown + prefix)[..., None].expand(-1, -1, tokens.shape[2])
        return (torch.cat([tokens[:, :prefix], tokens.gather(1, places)], dim=1), *others)

    hooks = [next(blocks_of(tower)).register_forward_pre_hook(kept)]
    if rotary := getattr(tower, "rope_embeddings", None):  # DINOv3 turns tokens by their positions in every block
        hooks.append(rotary.register_forward_hook(lambda *call: tuple(each[shown][:, None] for each in call[2])))
    try:
        said: Tensor = tower(**inputs_of(module, pixels)).last_hidden_state
    finally:
        for hook in hooks:
            hook.remove()
    return said


@contextmanager
def _masked(tower: nn.Module, hidden: Tensor | None, token: Tensor) -> Iterator[None]:
    """Put a token, (width,), in the place of hidden patches, (b, n) bool, before they have positions."""
    if hidden is None:
        yield
        return

    def covered(_: nn.Module, __: tuple[Any, ...], made: Tensor) -> Tensor:
        where = hidden.view(len(hidden), 1, *made.shape[2:])
        return torch.where(where, token[:, None, None], made)

    hook = _projection(tower).register_forward_hook(covered)
    try:
        yield
    finally:
        hook.remove()


def _projection(tower: nn.Module) -> nn.Conv2d:
    return next(part for part in tower.modules() if isinstance(part, nn.Conv2d))


def _mask_token(tower: nn.Module, width: int) -> Tensor:
    """(width,) the token that a network was trained with, or a small random one."""
    for name, token in tower.named_parameters():
        if name.endswith("mask_token"):
            return token.detach().clone().view(width)
    return nn.init.trunc_normal_(torch.empty(width), std=0.02)

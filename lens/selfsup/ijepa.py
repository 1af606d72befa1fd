"""I-JEPA (arXiv:2301.08243): from one part of a photo, what a follower says of other parts is predicted."""

import math
from collections.abc import Sequence

import torch
from lightly.models.utils import get_at_index
from torch import Tensor, nn
from torch.nn import functional

from lens.errors import TuneError
from lens.selfsup.backbones import PatchBackbone
from lens.selfsup.decoder import decoder_of, width_of
from lens.selfsup.method import Method
from lens.selfsup.momentum import follow, follower, momentum_at
from lens.selfsup.views import View

__all__ = ["IJEPA", "Blocks", "blocks"]

LEAST_GRID = 3
TARGETS = 4
TARGET_AREA, TARGET_STRETCH = (0.15, 0.2), (0.75, 1.5)
CONTEXT_AREA = (0.85, 1.0)

Blocks = tuple[Tensor, list[Tensor]]
"""(b, k) numbers of the patches of the context, and (b, m) those of each target."""


class IJEPA(Method):
    """Joint-embedding prediction: no pixel is told and no view is made, only the meaning of hidden blocks.

    Args:
        backbone: a vision transformer; what stays of it is the copy that follows, and that sees the whole.
        side: pixels of a view.
        momentum: of that copy at the start; it rises to 1.
        depth: blocks of the predictor.

    Raises:
        TuneError: a view has fewer than three patches a side.
    """

    backbone: PatchBackbone

    def __init__(self, backbone: PatchBackbone, side: int, momentum: float = 0.996, depth: int = 4) -> None:
        backbone.by_mean()
        super().__init__(follower(backbone), View(side, area=(0.3, 1.0), jittered=0, grey=0, blurred=0), count=1)
        self.student = backbone
        self.grid, self._momentum = backbone.grid(side), momentum
        if self.grid < LEAST_GRID:
            raise TuneError(
                f"Views of {side} pixels are too small for patches of {backbone.patch}: three a side at least."
            )
        width = width_of(backbone)
        self.enter = nn.Linear(backbone.width, width)
        self.predictor = decoder_of(backbone, self.grid**2, depth, 0)
        self.leave = nn.Linear(width, backbone.width)

    @property
    def trained(self) -> PatchBackbone:
        """The one that sees the context."""
        return self.student

    def loss(self, views: Sequence[Tensor], done: float) -> Tensor:
        """Mean smooth L1 distance of what is predicted of the target blocks and what the follower says of them."""
        [view] = views
        context, targets = blocks(len(view), self.grid, view.device)
        whole = self.meant(view)
        seen = self.student.of_some(view, context)[:, self.student.prefix :]
        terms = [
            functional.smooth_l1_loss(self.predicted(seen, context, target), get_at_index(whole, target))
            for target in targets
        ]
        return torch.stack(terms).mean()

    @torch.no_grad()
    def meant(self, view: Tensor) -> Tensor:
        """(b, n, width) what the follower, who sees the whole, says of the patches; of mean 0 and variance 1 each."""
        whole = self.backbone.patches(view)[1]
        return functional.layer_norm(whole, whole.shape[-1:])

    def predicted(self, seen: Tensor, context: Tensor, target: Tensor) -> Tensor:
        """(b, m, width) what the patches of a block are thought to mean, from what is seen of the context alone."""
        entered = self.enter(seen)
        tokens = self.predictor.mask_token.repeat(len(seen), self.predictor.num_patches, 1)
        tokens = tokens.scatter(1, context[..., None].expand_as(entered), entered.type_as(tokens))
        placed = get_at_index(self.predictor.add_pos_embed(tokens), torch.cat([context, target], dim=1))
        said: Tensor = self.leave(self.predictor.decode(placed)[:, context.shape[1] :])
        return said

    def after_step(self, done: float) -> None:
        """The copy follows, more and more slowly."""
        follow(self.student, self.backbone, momentum_at(self._momentum, done))


def blocks(count: int, grid: int, device: torch.device) -> Blocks:
    """Four target blocks of each photo, and a large context from which they are cut out.

    Blocks of a batch have one size. Contexts keep as many patches as the smallest of them, taken at random, so that
    they are one tensor.

    Args:
        count: of photos.
        grid: patches along a side, at least 3.
        device: of the numbers.
    """
    height, width = _size(grid, TARGET_AREA, TARGET_STRETCH)
    side, _ = _size(grid, CONTEXT_AREA, (1.0, 1.0))
    while True:  # until something is left to see of every photo
        targets = [_placed(count, grid, height, width, device) for _ in range(TARGETS)]
        context = _placed(count, grid, side, side, device) & ~torch.stack(targets).any(dim=0)
        left = int(context.sum(dim=(1, 2)).min())
        if left:
            return _numbers(context, left), [_numbers(target, height * width) for target in targets]


def _size(grid: int, area: tuple[float, float], stretch: tuple[float, float]) -> tuple[int, int]:
    """Rows and columns of a block, at least one of each."""
    share = area[0] + (area[1] - area[0]) * float(torch.rand(()))
    ratio = math.exp(math.log(stretch[0]) + math.log(stretch[1] / stretch[0]) * float(torch.rand(())))
    height = round(math.sqrt(share * grid * grid * ratio))
    width = round(math.sqrt(share * grid * grid / ratio))
    return min(grid, max(1, height)), min(grid, max(1, width))


def _placed(count: int, grid: int, height: int, width: int, device: torch.device) -> Tensor:
    """(count, grid, grid) bool, a block somewhere in each."""
    top = torch.randint(grid - height + 1, (count, 1, 1), device=device)
    left = torch.randint(grid - width + 1, (count, 1, 1), device=device)
    row = torch.arange(grid, device=device)[:, None]
    column = torch.arange(grid, device=device)[None, :]
    return (row >= top) & (row < top + height) & (column >= left) & (column < left + width)


def _numbers(chosen: Tensor, keep: int) -> Tensor:
    """(count, keep) ascending numbers of patches that are chosen, `keep` of them at random."""
    flat = chosen.flatten(1)
    order = (flat.float() + torch.rand(flat.shape, device=flat.device)).argsort(dim=1, descending=True)
    return order[:, :keep].sort(dim=1).values

"""iBOT (arXiv:2111.07832): DINO whose student also says of hidden patches what its teacher, who sees them, says."""

from collections.abc import Sequence

import torch
from lightly.loss import IBOTPatchLoss
from lightly.models.utils import random_block_mask
from torch import Tensor

from lens.selfsup.backbones import PatchBackbone
from lens.selfsup.dino import DINO, sharpness_at
from lens.selfsup.momentum import follow, follower, momentum_at
from lens.selfsup.prototypes import PrototypeHead

__all__ = ["IBOT"]


class IBOT(DINO):
    """DINO with hidden patches, which have a head of their own, as DINOv2 has it; the paper shares one.

    Args:
        backbone: a vision transformer; what stays of it is the teacher's copy.
        side: pixels of a global view; a local one has half as many.
        prototypes: for photos, and as many others for patches.
        crops: small views of each photo.
        momentum: of the teacher at the start; it rises to 1.
    """

    student: PatchBackbone
    backbone: PatchBackbone

    def __init__(
        self, backbone: PatchBackbone, side: int, prototypes: int = 1024, crops: int = 4, momentum: float = 0.99
    ) -> None:
        super().__init__(backbone, side, prototypes, crops, momentum)
        self.patch_head = PrototypeHead(backbone.width, prototypes)
        self.teacher_patch_head = follower(self.patch_head)
        self._patch_loss = IBOTPatchLoss(prototypes)

    def loss(self, views: Sequence[Tensor], done: float) -> Tensor:
        """DINO's loss and that of the hidden patches."""
        return self.distilled(views, done)[0]

    def distilled(self, views: Sequence[Tensor], done: float) -> tuple[Tensor, Tensor]:
        """The loss, and the student's (2 b, dim) features of the global views."""
        wide = torch.cat([*views[:2]])
        grid = self.student.grid(wide.shape[-1])
        hidden = _hidden(len(wide), grid, wide.device)
        flat = hidden.flatten(1)
        with torch.no_grad():
            photos, patches = self.backbone.patches(wide)
            taught = self.teacher_head(photos).chunk(2)
            taught_patches = self.teacher_patch_head(patches[flat])
        features, seen = self.student.patches(wide, flat)
        said = [*self.student_head(features).chunk(2), *(self.student_head(self.student(view)) for view in views[2:])]
        sharp = sharpness_at(done)
        loss: Tensor = self._loss([*taught], said, teacher_temp=sharp)
        if hidden.any():  # few and large patches may leave no block small enough to hide
            loss = loss + self._patch_loss(taught_patches, self.patch_head(seen[flat]), hidden, teacher_temp=sharp)
        return loss, features

    def after_step(self, done: float) -> None:
        """The teacher follows, more and more slowly."""
        super().after_step(done)
        follow(self.patch_head, self.teacher_patch_head, momentum_at(self._momentum, done))


def _hidden(count: int, grid: int, device: torch.device) -> Tensor:
    """(count, grid, grid) bool, the patches that are hidden: of every other view, in blocks, a tenth to a half."""
    smallest = min(4, grid * grid // 10)
    hidden: Tensor = random_block_mask((count, grid, grid), min_num_masks_per_block=smallest, device=device)
    return hidden

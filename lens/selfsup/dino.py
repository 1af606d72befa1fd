"""DINO (arXiv:2104.14294): a student sees parts of a photo, and says of them what its teacher says of the whole."""

from collections.abc import Sequence

import torch
from lightly.loss import DINOLoss
from torch import Generator, Tensor

from lens.selfsup.backbones import Backbone
from lens.selfsup.method import Method
from lens.selfsup.momentum import follow, follower, momentum_at
from lens.selfsup.prototypes import PrototypeHead
from lens.selfsup.views import View, look

__all__ = ["DINO", "sharpness_at"]

WARM_UP = 0.1
"""Share of a run in which the teacher becomes surer of itself, and in whose half the prototypes wait."""


class DINO(Method):
    """Self-distillation without labels, with multi-crop, centering and sharpening.

    Args:
        backbone: what is trained; must take views of two sizes. What stays of it is the teacher's copy.
        side: pixels of a global view; a local one has half as many.
        prototypes: what students and teachers sort photos into; the paper's 65,536 are for a million photos.
        crops: small views of each photo.
        momentum: of the teacher at the start; it rises to 1.
    """

    def __init__(
        self, backbone: Backbone, side: int, prototypes: int = 1024, crops: int = 4, momentum: float = 0.99
    ) -> None:
        super().__init__(follower(backbone), View(side, area=(0.4, 1.0), hue=0.1, saturation=0.2, blurred=0.5))
        self.student = backbone
        self.student_head = PrototypeHead(backbone.dim, prototypes)
        self.teacher_head = follower(self.student_head)
        self.narrow = View(side // 2, area=(0.1, 0.4), hue=0.1, saturation=0.2, blurred=0.5)
        self._crops, self._momentum = crops, momentum
        self._loss = DINOLoss(prototypes)

    @property
    def trained(self) -> Backbone:
        """The student."""
        return self.student

    def views(self, photos: Tensor, generator: Generator) -> list[Tensor]:
        """Two global views, then the local ones."""
        wide = super().views(photos, generator)
        return wide + [look(photos, self.narrow, generator) for _ in range(self._crops)]

    def loss(self, views: Sequence[Tensor], done: float) -> Tensor:
        """Cross-entropy of what the student says of every view and the teacher of each other global one."""
        with torch.no_grad():
            taught = [self.teacher_head(self.backbone(view)) for view in views[:2]]
        said = [self.student_head(self.student(view)) for view in views]
        loss: Tensor = self._loss(taught, said, teacher_temp=sharpness_at(done))
        return loss

    def before_step(self, done: float) -> None:
        """The prototypes wait at first, so that they do not run ahead of the features."""
        if done < WARM_UP / 2:
            self.student_head.prototypes.grad = None

    def after_step(self, done: float) -> None:
        """The teacher follows, more and more slowly."""
        momentum = momentum_at(self._momentum, done)
        follow(self.student, self.backbone, momentum)
        follow(self.student_head, self.teacher_head, momentum)


def sharpness_at(done: float) -> float:
    """The teacher's temperature after this share of a run: from 0.04 up to 0.07, as the paper warms it up."""
    return 0.04 + 0.03 * min(1.0, done / WARM_UP)

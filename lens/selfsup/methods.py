"""The methods that can be asked for by name."""

from collections.abc import Callable

from lens.errors import TuneError
from lens.selfsup.backbones import Backbone, PatchBackbone
from lens.selfsup.colorization import Colorization
from lens.selfsup.dino import DINO
from lens.selfsup.dinov2 import DINOv2
from lens.selfsup.ibot import IBOT
from lens.selfsup.ijepa import IJEPA
from lens.selfsup.jigsaw import Jigsaw
from lens.selfsup.mae import MAE
from lens.selfsup.method import Method
from lens.selfsup.moco import MoCoV2, MoCoV3
from lens.selfsup.rotation import Rotation
from lens.selfsup.simclr import SimCLR

__all__ = ["METHODS", "OF_PATCHES"]

QUEUED = 8
"""Batches whose keys MoCo v2 remembers: few photos are soon all in it."""

FOLLOWING = 0.99
"""I-JEPA's momentum, as DINO's here: the paper's 0.996 is for hundreds of thousands of steps."""


def _cut_up(backbone: Backbone) -> PatchBackbone:
    """A backbone whose patches can be hidden.

    Raises:
        TuneError: it is none.
    """
    if isinstance(backbone, PatchBackbone):
        return backbone
    raise TuneError(
        "This method hides patches, which vision transformers alone have: choose --backbone dinov2-s, another encoder "
        "of transformers' or timm's of this kind (ViT, DINO, DINOv2, DINOv3, MAE, CLIP), or timm:vit_tiny_patch16_224."
    )


METHODS: dict[str, Callable[[Backbone, int, int], Method]] = {
    "simclr": lambda backbone, side, batch: SimCLR(backbone, side),
    "moco-v2": lambda backbone, side, batch: MoCoV2(backbone, side, queue=QUEUED * batch),
    "moco-v3": lambda backbone, side, batch: MoCoV3(backbone, side),
    "dino": lambda backbone, side, batch: DINO(backbone, side, crops=2),
    "ibot": lambda backbone, side, batch: IBOT(_cut_up(backbone), side, crops=2),
    "dinov2": lambda backbone, side, batch: DINOv2(_cut_up(backbone), side, crops=2),
    "mae": lambda backbone, side, batch: MAE(_cut_up(backbone), side),
    "ijepa": lambda backbone, side, batch: IJEPA(_cut_up(backbone), side, momentum=FOLLOWING),
    "rotation": lambda backbone, side, batch: Rotation(backbone, side),
    "jigsaw": lambda backbone, side, batch: Jigsaw(backbone, side),
    "colorization": lambda backbone, side, batch: Colorization(backbone, side),
}
"""A backbone, the pixels of a view and the photos of a batch to a method."""

OF_PATCHES = ("ibot", "dinov2", "mae", "ijepa")
"""Those that hide patches, and raise `TuneError` for a backbone that has none."""

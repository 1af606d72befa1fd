"""The methods that can be asked for by name, for any backbone."""

from collections.abc import Callable

from lens.selfsup.backbones import Backbone
from lens.selfsup.colorization import Colorization
from lens.selfsup.dino import DINO
from lens.selfsup.jigsaw import Jigsaw
from lens.selfsup.method import Method
from lens.selfsup.moco import MoCoV2, MoCoV3
from lens.selfsup.rotation import Rotation
from lens.selfsup.simclr import SimCLR

__all__ = ["METHODS"]

QUEUED = 8
"""Batches whose keys MoCo v2 remembers: few photos are soon all in it."""

METHODS: dict[str, Callable[[Backbone, int, int], Method]] = {
    "simclr": lambda backbone, side, batch: SimCLR(backbone, side),
    "moco-v2": lambda backbone, side, batch: MoCoV2(backbone, side, queue=QUEUED * batch),
    "moco-v3": lambda backbone, side, batch: MoCoV3(backbone, side),
    "dino": lambda backbone, side, batch: DINO(backbone, side, crops=2),
    "rotation": lambda backbone, side, batch: Rotation(backbone, side),
    "jigsaw": lambda backbone, side, batch: Jigsaw(backbone, side),
    "colorization": lambda backbone, side, batch: Colorization(backbone, side),
}
"""A backbone, the pixels of a view and the photos of a batch to a method."""

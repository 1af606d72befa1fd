"""The patches of the image tower that comes with Lens: its last map, 32 pixels a patch."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.models.encoders.image_maps import MapTower
from lens.models.objects.patches import PatchEncoderInfo
from lens.models.weights import EFFICIENTNET_LITE2

__all__ = ["BuiltinPatches"]

SIDE = 640
"""The longer side in pixels of what the tower sees."""


class BuiltinPatches:
    """Satisfies the `PatchEncoder` protocol."""

    def __init__(self, threads: int | None = None) -> None:
        self.info = PatchEncoderInfo("builtin", "EfficientNet-Lite2, last map", EFFICIENTNET_LITE2.sha256[:16])
        self._tower = MapTower(threads)

    def patches(self, image: Image.Image) -> NDArray[np.float32]:
        """(rows, columns, 1280) less what all places share, for no channel is ever negative; see `PatchEncoder`."""
        seen = self._tower.maps(image, SIDE).last.transpose(1, 2, 0)
        centred: NDArray[np.float32] = seen - seen.mean(axis=(0, 1))
        return centred

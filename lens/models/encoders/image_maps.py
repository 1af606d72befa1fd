"""The image tower's maps: what it sees at each place of a photo, before the places are pooled."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.models.encoders.graph import Graph
from lens.models.encoders.image_tower import VERSION, reference_network, trunk
from lens.models.encoders.onnx import OnnxNetwork, cached_network
from lens.models.weights import EFFICIENTNET_LITE2

__all__ = ["ImageMaps", "MapTower"]

STRIDE = 32


@dataclass(frozen=True)
class ImageMaps:
    """Three maps of one photo, each (channels, height, width) float32."""

    fine: NDArray[np.float32]  # stride 16, 120 channels: textures and parts
    coarse: NDArray[np.float32]  # stride 32, 352 channels: things
    last: NDArray[np.float32]  # stride 32, 1280 channels, not negative: what the classifier sees pooled


class MapTower:
    """Photos of any size to maps."""

    def __init__(self, threads: int | None = None) -> None:
        fingerprint = f"{EFFICIENTNET_LITE2.sha256[:12]}-{VERSION}"
        self._network = OnnxNetwork(cached_network("efficientnet-lite2-maps", fingerprint, _build), threads)

    def maps(self, image: Image.Image, side: int) -> ImageMaps:
        """The maps of an upright RGB photo whose longer side is first brought to about `side` pixels."""
        scale = side / max(image.size)
        width, height = (max(STRIDE, round(edge * scale / STRIDE) * STRIDE) for edge in image.size)
        pixels = np.asarray(image.convert("RGB").resize((width, height), Image.Resampling.BICUBIC), np.uint8)
        fine, coarse, last = self._network.run(["fine", "coarse", "last"], {"pixels": pixels[None]})
        return ImageMaps(fine[0], coarse[0], last[0])


def _build() -> bytes:
    graph = Graph()
    last, stages = trunk(graph, reference_network())
    for name, inner in (("fine", stages[2]), ("coarse", stages[4]), ("last", last)):
        graph.apply("Identity", inner, output=name)
    return graph.serialize(
        {"pixels": (np.uint8, ["n", "h", "w", 3])},
        {
            "fine": (np.float32, ["n", 120, "h16", "w16"]),
            "coarse": (np.float32, ["n", 352, "h32", "w32"]),
            "last": (np.float32, ["n", 1280, "h32", "w32"]),
        },
    )

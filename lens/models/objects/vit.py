"""The patches of DINO (arXiv:2104.14294) and DINOv2 (arXiv:2304.07193): keys of the last layer's self-attention."""

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.errors import ModelDamaged
from lens.models.device import Compute
from lens.models.encoders.network import Network
from lens.models.files import ModelFiles
from lens.models.fitting import fitting
from lens.models.objects.patches import PatchEncoderInfo
from lens.models.pretrained import model_type, pretrained, processor

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["KINDS", "VitPatches", "load"]

KINDS = ("vit", "dinov2", "dinov2_with_registers")
"""By the model type that a configuration names."""
SIDE = 480
"""The longer side in pixels of what the network sees, about as LOST and TokenCut were judged."""
KEY = "attention.k_proj"


def load(files: ModelFiles, compute: Compute) -> "VitPatches":
    """The vision transformer in a folder of transformers'.

    Raises:
        ModelDamaged: the weights do not fit the configuration, or one of the two cannot be read.
    """
    from transformers import AutoImageProcessor, AutoModel

    with fitting(files.name):
        # DINO's own pooling layer is not published, and no patch passes through it.
        unpooled = {"add_pooling_layer": False} if model_type(files.path) == "vit" else {}
        module = pretrained(files, AutoModel, **unpooled)
        info = PatchEncoderInfo(files.name, f"{files.model.about}, keys of the last layer", files.revision)
        return VitPatches(info, Network(module, compute), processor(files, AutoImageProcessor))


class VitPatches:
    """Satisfies the `PatchEncoder` protocol."""

    def __init__(self, info: PatchEncoderInfo, network: Network, processor: Any) -> None:
        self.info, self.network = info, network
        self._mean, self._std = (np.array(each, np.float32) for each in (processor.image_mean, processor.image_std))
        self._patch = int(network.module.config.patch_size)
        keys = [layer for name, layer in network.module.named_modules() if name.endswith(KEY)]
        if not keys:
            raise ModelDamaged(f"{info.name} has no attention whose keys are known.")
        self._keys = keys[-1]

    def patches(self, image: Image.Image) -> NDArray[np.float32]:
        """(rows, columns, dim) keys, the heads beside each other; see `PatchEncoder`."""
        scale = SIDE / max(image.size)
        columns, rows = (max(1, round(edge * scale / self._patch)) for edge in image.size)
        size = columns * self._patch, rows * self._patch
        resized = np.asarray(image.convert("RGB").resize(size, Image.Resampling.BICUBIC), np.float32) / np.float32(255)
        pixels = ((resized - self._mean) / self._std).transpose(2, 0, 1)
        forward = partial(_keys_of, self.network.module, self._keys)
        ((keys,),) = self.network.outputs(forward, [{"pixel_values": np.ascontiguousarray(pixels)}])  # (tokens, d)
        return keys[-rows * columns :].reshape(rows, columns, -1)  # the class token and registers come first


def _keys_of(module: Any, layer: Any, pixel_values: "Tensor") -> "tuple[Tensor]":
    """(b, tokens, d) what a layer gives while the module looks at photos."""
    import inspect

    seen: list[Tensor] = []
    handle = layer.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    # Where its positions are fixed to one size unless told otherwise.
    flexible = "interpolate_pos_encoding" in inspect.signature(module.forward).parameters
    try:
        module(pixel_values=pixel_values, **({"interpolate_pos_encoding": True} if flexible else {}))
    finally:
        handle.remove()
    return (seen[-1],)

"""Encoders that transformers loads: CLIP, SigLIP, SigLIP 2, DINOv2, DINOv3, and any other network with an image tower.

A network with both towers serves words and photos, each through its own pooling and projection. One that knows only
photos is pooled as its authors prescribe (`POOLING`).
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PIL import Image

from lens.errors import ModelDamaged
from lens.models.device import Compute
from lens.models.encoders.base import EncoderInfo
from lens.models.encoders.network import Network, TorchTower
from lens.models.encoders.processed import (
    ProcessedDualEncoder,
    ProcessedImageEncoder,
    Tokeniser,
    prepared_by,
    side_of,
)
from lens.models.files import ModelFiles
from lens.models.fitting import fitting

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["AVERAGED_FROM", "POOLING", "load", "photos_of", "projected_texts", "read_network", "read_tokeniser"]

LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
CLASS_TOKEN, PATCHES, ALL = slice(0, 1), slice(1, None), slice(None)
POOLING = {
    "deit": CLASS_TOKEN,  # arXiv:2012.12877
    "dinov2": CLASS_TOKEN,  # arXiv:2304.07193
    "dinov2_with_registers": CLASS_TOKEN,  # arXiv:2309.16588
    "dinov3_vit": CLASS_TOKEN,  # arXiv:2508.10104
    "ijepa": ALL,  # arXiv:2301.08243: it has no class token
    "vit": CLASS_TOKEN,  # arXiv:2010.11929; DINO (arXiv:2104.14294)
    "vit_mae": PATCHES,  # arXiv:2111.06377, global pooling
    "vit_msn": CLASS_TOKEN,  # arXiv:2204.07141
}
"""Which tokens of the last layer are averaged, by the model type that a configuration names.

For other types the network's own pooling is taken (ConvNeXt, ResNet, Swin, BEiT), or all tokens where it has none.
"""

AVERAGED_FROM = "lens_averaged_from"
"""In the configuration of a network that Lens trained: the first of the tokens whose mean is a photo's vector, where
training has taught it no other."""


def load(files: ModelFiles, compute: Compute) -> ProcessedImageEncoder:
    """The encoder in a folder of transformers'; nothing is downloaded, and no weight is left to chance.

    Raises:
        ModelDamaged: the weights do not fit the configuration, or one of the two cannot be read; or there is no image
            tower.
    """
    module, processor = read_network(files)
    with fitting(files.name):
        info, running = _encoder(files, module, processor, compute)
        photos = TorchTower(running, photos_of(module), info.dim)
        if not hasattr(module, "get_text_features"):
            return ProcessedImageEncoder(info, processor, photos)
        texts = TorchTower(running, projected_texts, info.dim)
        return ProcessedDualEncoder(info, processor, photos, texts, read_tokeniser(files, module.config))


def read_tokeniser(files: ModelFiles, config: Any) -> Tokeniser:
    """What makes tokens of texts, for the configuration of a network with both towers.

    Raises:
        ModelDamaged: it cannot be read.
    """
    from transformers import AutoTokenizer

    with fitting(files.name):
        return Tokeniser.of(AutoTokenizer.from_pretrained(files.path, **LOCAL), config)


def read_network(files: ModelFiles, *, weights: bool = True) -> tuple[Any, Any]:
    """The network in a folder of transformers', in float32, and what prepares photos for it.

    Args:
        files: of the model.
        weights: whether the folder's are taken; otherwise they are random.

    Raises:
        ModelDamaged: as `load` does.
    """
    from transformers import AutoConfig, AutoImageProcessor, AutoModel
    from transformers.utils import logging

    folder = files.path
    logging.disable_progress_bar()
    logging.set_verbosity_error()  # what it would tell of missing weights is an error here
    with fitting(files.name):
        config = AutoConfig.from_pretrained(folder, **LOCAL)
        if config.model_type == "vit_mae":
            config.mask_ratio = 0.0  # the whole photo is seen
        if weights:
            module, told = AutoModel.from_pretrained(
                folder, config=config, dtype="float32", output_loading_info=True, **LOCAL
            )
            if absent := _left_to_chance(told, own_pooling=config.model_type not in POOLING):
                raise ModelDamaged(
                    f"The weights of {files.name} lack {absent[0]} and {len(absent) - 1} others: they are damaged or "
                    "of another architecture."
                )
        else:
            module = AutoModel.from_config(config)
        if module.main_input_name != "pixel_values" and not hasattr(module, "get_image_features"):
            raise ModelDamaged(f"{files.name} has no image tower ({config.model_type}).")
        return module, AutoImageProcessor.from_pretrained(folder, **LOCAL)


def _left_to_chance(told: dict[str, Any], *, own_pooling: bool) -> list[str]:
    """The weights that the file does not give and the network would make up."""
    missing = [str(key) for key in (*told["missing_keys"], *told["mismatched_keys"])]
    return sorted(key for key in missing if own_pooling or not key.startswith("pooler."))


def _encoder(files: ModelFiles, module: Any, processor: Any, compute: Compute) -> tuple[EncoderInfo, Network]:
    """What is known of a network, and the network on its device."""
    scale, bias = getattr(module, "logit_scale", None), getattr(module, "logit_bias", None)
    scales = {
        "logit_scale": None if scale is None else float(scale.detach().exp()),
        "logit_bias": None if bias is None else float(bias.detach()),
    }
    running = Network(module, compute)  # after them, since it may round them
    grey = prepared_by(processor, Image.new("RGB", (64, 64)))
    dim = running.dim_of(partial(photos_of(module), module), grey)
    info = EncoderInfo(files.name, files.model.about, files.revision, dim, side_of(processor), **scales)
    return info, running


def photos_of(module: Any) -> "Callable[..., Tensor]":
    """What makes (b, dim) vectors of a network and `pixel_values`, not yet of unit norm."""
    return _projected_photos if hasattr(module, "get_image_features") else _pooled_tokens


def _pooled_tokens(module: Any, **inputs: "Tensor") -> "Tensor":
    """A photo as its authors pool it."""
    found = module(**inputs)
    tokens: Tensor = found.last_hidden_state  # (b, n, d), or (b, d, h, w) of a convolutional network
    pooled = getattr(found, "pooler_output", None)
    if (first := getattr(module.config, AVERAGED_FROM, None)) is not None:
        return tokens[:, first:].mean(dim=1)
    if part := POOLING.get(module.config.model_type):
        return tokens[:, part].mean(dim=1)
    if pooled is not None:
        return pooled.flatten(1)  # type: ignore[no-any-return]
    return tokens.mean(dim=1) if tokens.ndim == 3 else tokens.flatten(2).mean(dim=2)


def _projected_photos(module: Any, **inputs: "Tensor") -> "Tensor":
    return _pooled(module.get_image_features(**inputs))


def projected_texts(module: Any, **inputs: "Tensor") -> "Tensor":
    """(b, dim) vectors of texts, by a network with both towers and its tokens, not yet of unit norm."""
    return _pooled(module.get_text_features(**inputs))


def _pooled(found: Any) -> "Tensor":
    """The projected features, which transformers returned bare before its version 5."""
    pooled: Tensor = getattr(found, "pooler_output", found)
    return pooled

"""Networks that others trained, or that timm draws anew: vision transformers and convolutional ones, as backbones."""

import copy
import inspect
import math
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from lens.errors import ModelDamaged, TuneError
from lens.models.encoders.transformers import photos_of
from lens.models.fitting import fitting
from lens.models.formats import BESIDE_THE_WEIGHTS, TRANSFORMERS_CONFIG
from lens.selfsup.backbones import Backbone
from lens.selfsup.language import Lock

__all__ = ["TRAINED", "PublishedBackbone", "blocks_of", "inputs_of", "only_side", "timm_network", "tower_of"]

TRAINED = ("last", "all", "lora", "scratch")
"""Which weights are trained: the last blocks, all, low-rank changes of all blocks (arXiv:2106.09685), all from random
ones."""
FREE = 2  # blocks
RANK = 8  # of LoRA's matrices


class PublishedBackbone(Backbone):
    """A network of transformers', or of timm's inside one of these; of CLIP and its like, the tower of photos.

    Unless it learns from scratch, batch normalisation keeps the statistics it came with, and nothing is dropped.

    Args:
        module: the network.
        processor: what prepares photos for it.
        trained: one of `TRAINED`; for `scratch` the module has random weights already.
        side: pixels of a view, which it is tried with.
        source: the folder it came from, whose other files are kept beside the weights; None if it has none.
        lock: which tower is not trained, of a network that has one of words too.

    Raises:
        TuneError: it takes no views of that size, or has no linear layers for LoRA.
    """

    network: Any

    def __init__(
        self,
        module: Any,
        processor: Any,
        trained: str,
        side: int,
        source: Path | None = None,
        *,
        lock: Lock = "text",
    ) -> None:
        only = only_side(module)
        asked = inputs_of(module, torch.zeros(1, 3, only or side, only or side))
        module.eval()
        try:
            with fitting("the backbone"), torch.no_grad():
                dim = photos_of(module)(module, **asked).shape[1]
                said = tower_of(module)(**asked).last_hidden_state
        except ModelDamaged as error:
            raise TuneError(f"It takes no views of {side} pixels: choose another --side. {error}") from error
        super().__init__(module, dim, *_normalisation(processor))
        self.width = said.shape[1 if said.ndim == 4 else 2]
        self._only, self._scratch, self._source = only, trained == "scratch", source
        sides = [tower_of(module)] if lock != "image" else []
        _free(module, [*sides, module.text_model] if lock != "text" else sides, trained)

    def train(self, mode: bool = True) -> "PublishedBackbone":
        """Only one that learns from scratch behaves otherwise in training."""
        return super().train(mode and self._scratch)

    def forward(self, views: Tensor) -> Tensor:
        """(b, dim) features of (b, 3, h, w) views, 0 to 1, pooled as its authors prescribe."""
        return photos_of(self.network)(self.network, **inputs_of(self.network, self.normalised(views)))

    def normalised(self, views: Tensor) -> Tensor:
        """Views as the network was made for them, in its own size if it takes no other."""
        if self._only:
            views = functional.interpolate(views, (self._only, self._only), mode="bilinear", antialias=True)
        return super().normalised(views)

    def map(self, views: Tensor) -> Tensor:
        """(b, width, rows, columns) features of the places of square views."""
        said: Tensor = tower_of(self.network)(**inputs_of(self.network, self.normalised(views))).last_hidden_state
        if said.ndim == 4:
            return said
        rows = math.isqrt(said.shape[1])  # the few tokens before the patches would fill no further row and column
        return said[:, said.shape[1] - rows * rows :].transpose(1, 2).reshape(len(said), -1, rows, rows)

    def save(self, folder: Path) -> None:
        """Write a folder of transformers', LoRA's changes added to the weights they are of."""
        _merged(self.network).save_pretrained(folder)
        for name in BESIDE_THE_WEIGHTS - {TRANSFORMERS_CONFIG}:
            if self._source and (self._source / name).is_file():
                shutil.copyfile(self._source / name, folder / name)


def timm_network(name: str) -> tuple[Any, Any]:
    """One of timm's networks with random weights, and what prepares photos for it.

    Raises:
        TuneError: timm has no such network.
    """
    import timm
    from transformers import AutoModel, TimmWrapperConfig
    from transformers.models.timm_wrapper.image_processing_timm_wrapper import TimmWrapperImageProcessor

    if not timm.is_model(name):
        near = timm.list_models(f"*{name}*")[:3]
        hint = f"is {' or '.join(near)} meant?" if near else "timm.list_models() names them."
        raise TuneError(f"timm has no network {name!r}; {hint}")
    described = timm.get_pretrained_cfg(name).to_dict()
    any_size = timm.model_entrypoint(name).__module__ == "timm.models.vision_transformer"
    config = TimmWrapperConfig.from_dict(
        {
            "architecture": name,
            "num_classes": 0,
            "pretrained_cfg": described,
            "model_args": {"dynamic_img_size": True} if any_size else None,
        }
    )
    return AutoModel.from_config(config), TimmWrapperImageProcessor(config.pretrained_cfg, config.architecture)


def tower_of(module: Any) -> Any:
    """The part that sees photos."""
    return getattr(module, "vision_model", module)


def inputs_of(module: Any, pixels: Tensor) -> dict[str, Any]:
    """What a network is called with to see normalised pixels, (b, 3, side, side) of any size, whole and in order."""
    understood = inspect.signature(getattr(module, "get_image_features", module.forward)).parameters
    inputs: dict[str, Any] = {"pixel_values": pixels}
    if "interpolate_pos_encoding" in understood:
        inputs["interpolate_pos_encoding"] = True
    if "noise" in understood:  # by which MAE would mix patches
        count = (pixels.shape[-1] // module.config.patch_size) ** 2
        inputs["noise"] = torch.arange(float(count), device=pixels.device).expand(len(pixels), -1)
    return inputs


def only_side(module: Any) -> int | None:
    """The side that a network of timm's alone takes; None if it takes others."""
    config = module.config
    stretched = (getattr(config, "model_args", None) or {}).get("dynamic_img_size", False)
    described = getattr(config, "pretrained_cfg", None) or {}
    return int(described["input_size"][1]) if described.get("fixed_input_size") and not stretched else None


def _normalisation(processor: Any) -> tuple[list[float], list[float]]:
    """The mean and deviation of the colours that a network was made for."""
    if told := getattr(processor, "data_config", None):  # timm's
        return told["mean"], told["std"]
    return (processor.image_mean, processor.image_std) if processor.do_normalize else ([0.0] * 3, [1.0] * 3)


def _free(module: Any, towers: Sequence[Any], trained: str) -> None:
    """Let gradients reach what is to be trained in some towers, and nothing else."""
    module.requires_grad_(False)
    if trained == "lora":
        from peft import LoraConfig, inject_adapter_in_model

        inside = [block for tower in towers for block in blocks_of(tower)]
        chosen = {id(part) for block in inside for part in block.modules() if isinstance(part, nn.Linear)}
        names = [name for name, part in module.named_modules() if id(part) in chosen]
        if not names:
            raise TuneError("The backbone has no linear layers, which LoRA needs: choose --train last or all.")
        inject_adapter_in_model(LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules=names), module)
        return
    for tower in towers:
        first = next(iter([*blocks_of(tower)][-FREE].parameters())) if trained == "last" else None
        after = first is None
        for parameter in tower.parameters():
            after = after or parameter is first
            parameter.requires_grad_(after)


def blocks_of(module: nn.Module) -> Iterator[nn.Module]:
    """What a network repeats, from its first to its last: the members of its lists of layers."""
    for child in module.children():
        if isinstance(module, nn.ModuleList | nn.Sequential):
            if any(True for _ in child.parameters()):
                yield child
        else:
            yield from blocks_of(child)


def _merged(network: Any) -> Any:
    """A network without LoRA's layers, which says the same."""
    from peft.tuners.lora import LoraLayer

    plain = copy.deepcopy(network)
    for name, part in [*plain.named_modules()]:
        if isinstance(part, LoraLayer):
            part.merge()
            plain.set_submodule(name, part.get_base_layer())
    return plain

"""Names to encoders that run."""

import importlib
import logging
from typing import cast

from lens.models.device import choose_compute
from lens.models.encoders.base import Encoder, ImageEncoder
from lens.models.files import ModelFiles, find

__all__ = ["load", "load_files"]

log = logging.getLogger(__name__)


def load(
    name: str, *, device: str | None = None, precision: str | None = None, batch: int | None = None
) -> Encoder | ImageEncoder:
    """An encoder, ready to use; what is not said is chosen for this machine. Nothing is downloaded.

    Args:
        name: from the catalogue or of an imported model, the path of a folder, `hf:org/repo`, or
            `open-clip:ARCHITECTURE/TAG`.
        device: `cpu`, `cuda`, `cuda:N` or `mps`; by default a GPU that works, else the CPU.
        precision: `float32`, `bfloat16` or `float16`; by default `float32` on a CPU, else `float16`.
        batch: how many photos the network takes at once; halved when they do not fit into the memory.

    Raises:
        ModelMissing: there is no such model, or its weights are not on this machine; says what to type.
        ModelDamaged: they are not what they should be.
        DeviceError: the device is not there or cannot be used.
    """
    return load_files(find(name), device=device, precision=precision, batch=batch)


def load_files(
    files: ModelFiles, *, device: str | None = None, precision: str | None = None, batch: int | None = None
) -> Encoder | ImageEncoder:
    """The encoder whose files have been found; see `load`."""
    module, function = files.model.loader.split(":")
    loader = getattr(importlib.import_module(module), function)
    if files.folder is None:
        if (device or "cpu", precision or "float32") != ("cpu", "float32"):
            log.warning("%s runs on the CPU in float32, whatever --device and --precision say.", files.name)
        return cast(Encoder, loader())
    return cast(Encoder, loader(files, choose_compute(device, precision, batch)))

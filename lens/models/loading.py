"""Names to encoders that run."""

import importlib
from typing import cast

from lens.models.encoders.base import Encoder, ImageEncoder
from lens.models.files import find


def load(
    name: str, *, device: str | None = None, precision: str | None = None, batch: int | None = None
) -> Encoder | ImageEncoder:
    """An encoder, ready to use; what is not said is chosen for this machine. Nothing is downloaded.

    Args:
        name: from the catalogue or of an imported model, the path of a folder, or `hf:org/repo`.
        device: `cpu`, `cuda` or `mps`.
        precision: `float32`, `bfloat16` or `float16`.
        batch: how many photos the network takes at once.

    Raises:
        ModelMissing: there is no such model, or its weights are not on this machine; says what to type.
        ModelDamaged: they are not what they should be.
        DeviceError: the device is not there or cannot be used.
    """
    files = find(name)
    module, function = files.model.loader.split(":")
    loader = getattr(importlib.import_module(module), function)
    if files.folder is None:  # comes with Lens, and knows best how it runs
        return cast(Encoder, loader())
    device_module = importlib.import_module("lens.models.device")  # costs torch, which builtin does without
    return cast(Encoder, loader(files, device_module.choose_compute(device, precision, batch)))

"""Names to encoders that run."""

import importlib
import logging
from collections.abc import Callable
from typing import cast

from lens.errors import ModelMissing
from lens.models.backends import Backend, remembered, run_as_remembered, run_with
from lens.models.device import Compute, choose_compute, shows_gpu
from lens.models.encoders.base import Encoder, ImageEncoder, TextEncoder
from lens.models.encoders.photos import prepared_encoder
from lens.models.encoders.words import prepared_words
from lens.models.entry import TUNED
from lens.models.files import ModelFiles, find

__all__ = ["load", "load_files"]

log = logging.getLogger(__name__)


def load(
    name: str,
    *,
    device: str | None = None,
    precision: str | None = None,
    batch: int | None = None,
    backend: str | None = None,
) -> Encoder | ImageEncoder:
    """An encoder, ready to use; what is not said is chosen for this machine. Nothing is downloaded.

    Args:
        name: from the catalogue or of an imported model, the path of a folder, `hf:org/repo`, or
            `open-clip:ARCHITECTURE/TAG`.
        device: `cpu`, `cuda`, `cuda:N` or `mps`; by default a GPU that works, else the CPU.
        precision: `float32`, `bfloat16`, `float16` or `int8`; by default `float16` on a GPU, else what was found to be
            the fastest here of those that agree with `float32`.
        batch: how many photos the network takes at once; halved when they do not fit into the memory.
        backend: what runs the tower of photos: `torch` or `onnx`; by default what was found to be the fastest here.

    Raises:
        ModelMissing: there is no such model, or its weights are not on this machine; says what to type.
        ModelDamaged: they are not what they should be.
        DeviceError: the device is not there or cannot be used.
    """
    return load_files(find(name), device=device, precision=precision, batch=batch, backend=backend)


def load_words(name: str) -> TextEncoder | None:
    """The words of an encoder without its photos, where they were prepared: needs no torch. None where they were not.

    Raises:
        ModelMissing, ModelDamaged: as `load` does.
    """
    files = find(name)
    return prepared_words(files.name, files.revision) if files.folder else None


def load_files(
    files: ModelFiles,
    *,
    device: str | None = None,
    precision: str | None = None,
    batch: int | None = None,
    backend: str | None = None,
) -> Encoder | ImageEncoder:
    """The encoder whose files have been found; see `load`."""
    if files.model.task != "encoder":
        raise ModelMissing(f"{files.name} is a {files.model.task} and makes no vectors: choose an encoder.")
    if files.folder is None or files.model.loader == TUNED:
        return _own(files, device, precision, backend)
    if precise := _onnx_precision(files, device, precision, backend):
        prepared = prepared_encoder(files.name, files.revision, precise)
        if prepared:
            return prepared
    compute = choose_compute(device, precision, batch, backend)
    encoder = cast(Encoder, _loader(files)(files, compute))
    if compute.backend == "onnx":
        run_with(encoder, Backend(compute.backend, compute.precision))
    elif compute.free:
        run_as_remembered(encoder)
    return encoder


def _own(files: ModelFiles, device: str | None, precision: str | None, backend: str | None) -> Encoder:
    """The encoder that comes with Lens, or one that was tuned from it; each runs in one way only."""
    # Refuses what no encoder could do.
    Compute(device or "cpu", precision or "float32", 1, backend or ("onnx" if precision == "int8" else "torch"))
    if (device or "cpu", precision or "float32", backend or "onnx") != ("cpu", "float32", "onnx"):
        log.warning("%s runs on the CPU in float32, by onnxruntime, whatever the options say.", files.name)
    return cast(Encoder, _loader(files)() if files.folder is None else _loader(files)(files))


def _loader(files: ModelFiles) -> Callable[..., object]:
    module, function = files.model.loader.split(":")
    loader: Callable[..., object] = getattr(importlib.import_module(module), function)
    return loader


def _onnx_precision(files: ModelFiles, device: str | None, precision: str | None, backend: str | None) -> str | None:
    """In what onnxruntime is to compute the photos; None where torch has to be asked, or is to compute them."""
    if device not in {None, "cpu"} or backend == "torch":
        return None
    if backend == "onnx" or precision == "int8":
        return precision or "float32"
    choice = remembered(files.name, files.revision) if precision is None and not shows_gpu() else None
    return choice.backend.precision if choice and choice.backend.library == "onnx" else None

"""Names to segmenters that run."""

import importlib
from functools import cache, partial
from pathlib import Path

from lens.errors import ModelMissing
from lens.models.catalog_regions import SEGMENTERS
from lens.models.detectors.loading import load_detector
from lens.models.device import choose_compute
from lens.models.files import LOCAL, ModelFiles, find, is_path
from lens.models.kinds import SEGMENTERS as KINDS
from lens.models.pretrained import model_type
from lens.models.segmenters import builtin, sam
from lens.models.segmenters.base import Segmenter

__all__ = ["load_segmenter", "load_segmenter_files"]


def load_segmenter(
    name: str, *, device: str | None = None, precision: str | None = None, batch: int | None = None
) -> Segmenter:
    """A segmenter, ready to use; what is not said is chosen for this machine. Nothing is downloaded.

    Args:
        name: from the catalogue or of an imported model, the path of a folder, `hf:org/repo`, or the
            path of a checkpoint of segment-anything.
        device: `cpu`, `cuda`, `cuda:N` or `mps`; by default a GPU that works, else the CPU.
        precision: `float32`, `bfloat16` or `float16`; by default `float32`.
        batch: how many prompts the decoder takes at once; halved when they do not fit into the memory.

    Raises:
        ModelMissing: there is no such model, its files or the package that it needs are not on this machine, or it is
            no segmenter.
        ModelDamaged: its files are not what they should be.
        DeviceError: the device is not there or cannot be used.
    """
    if name == "builtin":
        return builtin.load_builtin(cache(partial(load_detector, name)))
    file = Path(name.removeprefix(LOCAL)).expanduser()
    if is_path(name) and file.is_file():
        return sam.load_file(file, choose_compute(device, precision or "float32", batch))
    return load_segmenter_files(find(name), device=device, precision=precision, batch=batch)


def load_segmenter_files(
    files: ModelFiles, *, device: str | None = None, precision: str | None = None, batch: int | None = None
) -> Segmenter:
    """The segmenter whose files have been found; see `load_segmenter`."""
    kind = model_type(files.path)
    if kind not in KINDS:
        known = ", ".join(["builtin", *SEGMENTERS])
        raise ModelMissing(f"{files.name} is no segmenter ({kind or 'of no known kind'}); there are: {known}.")
    module = importlib.import_module(KINDS[kind])
    compute = choose_compute(device, precision or "float32", batch)
    segmenter: Segmenter = module.load(files, compute)
    return segmenter

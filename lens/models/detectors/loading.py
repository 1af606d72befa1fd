"""Names to detectors that run."""

import importlib

from lens.errors import ModelMissing
from lens.models.catalog_regions import DETECTORS
from lens.models.detectors import builtin
from lens.models.detectors.base import Detector
from lens.models.device import choose_compute
from lens.models.files import ModelFiles, find
from lens.models.kinds import DETECTORS as KINDS
from lens.models.pretrained import model_type

__all__ = ["load_detector", "load_detector_files"]


def load_detector(
    name: str, *, device: str | None = None, precision: str | None = None, batch: int | None = None
) -> Detector:
    """A detector, ready to use; what is not said is chosen for this machine. Nothing is downloaded.

    Args:
        name: `builtin`, from the catalogue or of an imported model, the path of a folder, or `hf:org/repo`.
        device: `cpu`, `cuda`, `cuda:N` or `mps`; by default a GPU that works, else the CPU.
        precision: `float32`, `bfloat16` or `float16`; by default `float32`.
        batch: how many photos the network takes at once; halved when they do not fit into the memory.

    Raises:
        ModelMissing: there is no such model, its files are not on this machine, or it is no detector.
        ModelDamaged: its files are not what they should be.
        DeviceError: the device is not there or cannot be used.
    """
    if name == "builtin":
        return builtin.load()
    return load_detector_files(find(name), device=device, precision=precision, batch=batch)


def load_detector_files(
    files: ModelFiles, *, device: str | None = None, precision: str | None = None, batch: int | None = None
) -> Detector:
    """The detector whose files have been found; see `load_detector`."""
    kind = model_type(files.path)
    if kind not in KINDS:
        known = ", ".join(["builtin", *DETECTORS])
        raise ModelMissing(f"{files.name} is no detector ({kind or 'of no known kind'}); there are: {known}.")
    module = importlib.import_module(KINDS[kind])
    compute = choose_compute(device, precision or "float32", batch)
    detector: Detector = module.load(files, compute)
    return detector

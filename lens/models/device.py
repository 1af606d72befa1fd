"""Where a network runs, in which numbers, and how many photos at once."""

import logging
import platform
import re
import shutil
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lens.errors import DeviceError

if TYPE_CHECKING:
    import torch

__all__ = ["PRECISIONS", "Compute", "choose_compute", "described", "shows_gpu", "working_device"]

log = logging.getLogger(__name__)

PRECISIONS = ("float32", "bfloat16", "float16", "int8")
BACKENDS = ("torch", "onnx")
DEVICE = re.compile(r"cpu|mps|cuda(:\d+)?")
BATCH = {"cpu": 32, "mps": 64, "cuda": 128}
"""Photos at once where nothing is asked for; halved as often as the memory requires."""
NVIDIA = (Path("/proc/driver/nvidia/version"), Path("/dev/nvidia0"), Path("/dev/dxg"))
AMD = (Path("/dev/kfd"),)


@dataclass(frozen=True)
class Compute:
    """How a network is run."""

    device: str
    """`cpu`, `mps`, `cuda` or `cuda:N`."""
    precision: str
    """Of weights and activations: `float32`, `bfloat16`, `float16`, or `int8`, which `onnx` alone computes in.

    Vectors are float32 always.
    """
    batch: int
    """Photos at once."""
    backend: str = "torch"
    """What runs the tower of photos: `torch`, or `onnx` (onnxruntime, on a processor)."""
    free: bool = False
    """Whether a faster backend or precision may be taken if one is found to agree."""

    def __post_init__(self) -> None:
        if not DEVICE.fullmatch(self.device):
            raise DeviceError(f"There is no device {self.device!r}: choose cpu, cuda, cuda:N or mps.")
        if self.precision not in PRECISIONS:
            raise DeviceError(f"There is no precision {self.precision!r}: choose {', '.join(PRECISIONS)}.")
        if self.backend not in BACKENDS:
            raise DeviceError(f"There is no backend {self.backend!r}: choose {', '.join(BACKENDS)}.")
        if self.backend == "onnx" and (self.device != "cpu" or self.precision not in {"float32", "int8"}):
            raise DeviceError("The backend onnx runs on the CPU, in float32 or int8.")
        if self.backend == "torch" and self.precision == "int8":
            raise DeviceError("int8 is computed by the backend onnx alone: add --backend onnx.")
        if self.batch < 1:
            raise DeviceError(f"A batch of {self.batch} photos is not possible: choose 1 or more.")

    @property
    def dtype(self) -> "torch.dtype":
        """What torch computes in."""
        import torch

        found: torch.dtype = torch.float32 if self.precision == "int8" else getattr(torch, self.precision)
        return found


def choose_compute(
    device: str | None = None, precision: str | None = None, batch: int | None = None, backend: str | None = None
) -> Compute:
    """How to run a network here; what is not said is chosen: a GPU that works, else the CPU.

    Half precision is chosen on GPUs alone. A GPU that is there and does not work is told in the log.

    Raises:
        DeviceError: what was asked for does not exist, or does not work on this machine.
    """
    if device is None:
        device, broken = working_device() if backend != "onnx" else ("cpu", None)
        if broken:
            log.warning("%s Going on without it.", broken)
    kind = device.partition(":")[0]
    chosen = Compute(
        device=device,
        precision=precision or ("float32" if kind == "cpu" else "float16"),
        batch=BATCH.get(kind, 1) if batch is None else batch,
        backend=backend or ("onnx" if precision == "int8" else "torch"),
        free=kind == "cpu" and precision is None and backend is None,
    )
    if fault := _fault(device):
        raise DeviceError(f"The device {device} cannot be used: {fault}")
    if kind == "cuda":
        import torch

        torch.backends.cudnn.allow_tf32 = False  # float32 would else be ten bits in convolutions, unlike on a CPU
    return chosen


def working_device() -> tuple[str, str | None]:
    """The best device that was tried and computes, and what is wrong with a better one that is there."""
    broken = None
    for device, what in (("cuda", _gpu()), ("mps", _apple())):
        fault = _fault(device)
        if fault is None:
            return device, broken
        if what:
            broken = f"This machine has {what}, and it cannot be used: {fault}"
    return "cpu", broken


def described(device: str) -> str:
    """A device with the name and the memory of the GPU that it is, where torch tells them."""
    if not device.startswith("cuda"):
        return device
    import torch

    told = torch.cuda.get_device_properties(device)
    return f"{device} ({told.name}, {told.total_memory / 1e9:.0f} GB)"


def shows_gpu() -> bool:
    """Whether the system shows a GPU, which torch may or may not be able to use; asks the system alone."""
    return bool(_gpu() or _apple())


def _gpu() -> str | None:
    """The GPU that the system shows, whether or not torch can use it."""
    if shutil.which("nvidia-smi") or any(place.exists() for place in NVIDIA):
        return "an NVIDIA GPU"
    return "an AMD GPU" if any(place.exists() for place in AMD) else None


def _apple() -> str | None:
    return "an Apple GPU" if platform.system() == "Darwin" and platform.machine() == "arm64" else None


def _fault(device: str) -> str | None:
    """Why a device cannot be used, as a sentence; None if it was tried and computes."""
    import torch

    if device == "cpu":
        return None
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            if device == "mps":
                if not torch.backends.mps.is_available():
                    return "torch finds no Apple GPU."
            elif not torch.cuda.is_available():
                return _why_no_cuda(torch, [str(warning.message) for warning in told])
            computed = (torch.ones(8, device=device) * 2).sum().item()
        except (RuntimeError, AssertionError) as error:
            return f"{str(error).strip().splitlines()[0].rstrip('.')}."
    return None if computed == 16 else f"it computes wrongly (2 × 8 is {computed})."


def _why_no_cuda(torch: Any, told: list[str]) -> str:
    if torch.version.cuda is None and getattr(torch.version, "hip", None) is None:
        return f"this torch ({torch.__version__}) is built for CPUs only; https://pytorch.org names the right one."
    if told:
        return f"{told[0].strip().splitlines()[0].rstrip('.')}."
    return "torch finds no GPU: its driver may be missing or too old."

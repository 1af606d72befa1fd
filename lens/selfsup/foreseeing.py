"""What a training would take, from a few of its steps."""

import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import psutil
import torch
from numpy.typing import NDArray

from lens.errors import TuneError
from lens.selfsup.method import Method
from lens.selfsup.training import WATCHED, Recipe, Step, steps_of, train

__all__ = ["Foreseen", "foresee"]

TRIED = 4
"""Steps, two an epoch; the first also makes what the others find made."""


@dataclass(frozen=True)
class Foreseen:
    """What a whole run would take."""

    steps: int
    seconds: float
    bytes: int
    """The most memory at once, of this process."""
    gpu_bytes: int = 0
    """The same of the GPU, where one is used."""


class _EnoughError(Exception):
    """Ends the run that is tried."""


def foresee(method: Method, photos: NDArray[np.uint8], count: int, recipe: Recipe, device: str = "cpu") -> Foreseen:
    """Do a few steps, and tell from them; the method is of no use afterwards.

    Args:
        method: what would be trained.
        photos: (n, h, w, 3) of two steps.
        count: how many photos there would be.
        recipe: how long and how fast.
        device: of torch.

    Raises:
        TuneError: as `train` does.
    """
    ends: list[float] = []

    def note(step: Step) -> None:
        ends.append(time.monotonic())
        if step.done == TRIED:
            raise _EnoughError

    tried = replace(recipe, epochs=TRIED // 2)
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)
    with tempfile.TemporaryDirectory() as folder, suppress(_EnoughError):
        ended = train(method, photos, tried, Path(folder) / "run", device=device, on_step=note)
        raise TuneError(
            f"After {ended.steps} steps the features no longer tell photos apart: choose a smaller learning rate or a "
            "larger anchor."
        )
    _, step, with_watching, again = np.diff([ends[0], *ends])
    step = min(step, again)
    watching = max(0.0, with_watching - step) * min(WATCHED, count) / min(WATCHED, len(photos))
    steps = steps_of(count, recipe)
    return Foreseen(steps, float(steps * step + (recipe.epochs + 1) * watching), _most_memory(), _most_on_gpu(device))


def _most_on_gpu(device: str) -> int:
    """Bytes that torch has held of the GPU at the most, what it keeps to hand out again included."""
    return torch.cuda.max_memory_reserved(device) if device.startswith("cuda") else 0


def _most_memory() -> int:
    """Bytes that the process has taken at the most."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

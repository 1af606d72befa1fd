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

from lens.selfsup.method import Method
from lens.selfsup.training import WATCHED, Recipe, Step, steps_of, train

__all__ = ["Foreseen", "foresee"]

TRIED = 3
"""Steps; the first also makes what the others find made."""


@dataclass(frozen=True)
class Foreseen:
    """What a whole run would take."""

    steps: int
    seconds: float
    bytes: int
    """The most memory at once, of this process and, where one is used, of the GPU."""


class _EnoughError(Exception):
    """Ends the run that is tried."""


def foresee(method: Method, photos: NDArray[np.uint8], count: int, recipe: Recipe, device: str = "cpu") -> Foreseen:
    """Do a few steps, and tell from them; the method is of no use afterwards.

    Args:
        method: what would be trained.
        photos: (n, h, w, 3) of at least one step.
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

    tried = replace(recipe, epochs=TRIED)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, suppress(_EnoughError):
        train(method, photos, tried, Path(folder) / "run", device=device, on_step=note)
    step = (ends[-1] - ends[0]) / (len(ends) - 1)
    watching = max(0.0, ends[0] - started - step) * min(WATCHED, count) / min(WATCHED, len(photos))
    steps = steps_of(count, recipe)
    return Foreseen(steps, steps * step + (recipe.epochs + 1) * watching, _most_memory(device))


def _most_memory(device: str) -> int:
    """Bytes that the process, and the GPU for it, has taken at the most."""
    on_gpu = torch.cuda.max_memory_allocated() if device.startswith("cuda") else 0
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset) + on_gpu
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit + on_gpu

"""What reading photos and making views of them costs a training step, and whether memory grows over epochs.

    python benchmarks/training.py [--method simclr] [--backbone builtin] [--side PIXELS] [--batch N] [--photos 256]
        [--epochs 4] [--rounds 3] [--json]

A network is trained as `lens tune` does it, from the file of decoded photos; and the same steps are made on views that
were drawn once, of random tensors, and stay in memory. Both take turns. Said are photos a second and a second of a
processor, which other programs disturb less, the first over the second, and the resident memory after each epoch. Steps
alone are timed: the first one, before which everything is new, and the look at features between epochs are not.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import psutil
import torch
from numpy.typing import NDArray
from photos import copies, default_folder
from torch import Generator, Tensor

from lens.selfsup.anchored import Anchored
from lens.selfsup.decoded import decode_once
from lens.selfsup.method import Method
from lens.selfsup.methods import METHODS
from lens.selfsup.training import Recipe, Step, train
from lens.tuning.networks import BUILTIN, Settings, Start, settings_for, start_from


@dataclass
class Timed:
    """What the steps of a training took."""

    wall: list[float] = field(default_factory=list)
    """Seconds of each step that is counted."""
    processor: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    """MB after each epoch."""

    def photos_per_second(self, batch: int) -> float:
        """As a clock on the wall has it."""
        return batch / statistics.median(self.wall)


def trained(method: Method, photos: NDArray[np.uint8], recipe: Recipe) -> Timed:
    """Train, and time it."""
    timed, last = Timed(), [0.0, 0.0]
    per_epoch = len(photos) // recipe.batch

    def step(now: Step) -> None:
        clocks = time.perf_counter(), time.process_time()
        if now.done % per_epoch != 1:
            timed.wall.append(clocks[0] - last[0])
            timed.processor.append(clocks[1] - last[1])
        if now.done % per_epoch == 0:
            timed.memory.append(psutil.Process().memory_info().rss / 1e6)
        last[:] = time.perf_counter(), time.process_time()

    with tempfile.TemporaryDirectory() as folder:
        train(method, photos, recipe, Path(folder) / "run", on_step=step)
    return timed


def made(name: str, start: Start, settings: Settings) -> Method:
    """A method as `lens tune` makes it."""
    torch.manual_seed(0)
    return Anchored(METHODS[name](start.network(settings.side), settings.side, settings.batch), settings.anchor)


def without_photos(method: Method, settings: Settings) -> Method:
    """The same method, for which views are there already."""
    pixels = torch.randint(0, 256, (settings.batch, 3, settings.side, settings.side), dtype=torch.uint8)
    drawn = method.views(pixels, torch.Generator().manual_seed(0))

    def views(photos: Tensor, generator: Generator) -> list[Tensor]:
        return drawn

    method.views = views  # type: ignore[method-assign]
    return method


@contextmanager
def decoded(folder: Path, count: int, side: int) -> Iterator[NDArray[np.uint8]]:
    """Photos as `lens tune` reads them."""
    with tempfile.TemporaryDirectory() as cache:
        files = sorted(copies(folder, Path(cache) / "photos", count).iterdir())
        yield decode_once(files, side, Path(cache))[0]


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=default_folder())
    parser.add_argument("--method", choices=list(METHODS), default="simclr")
    parser.add_argument("--backbone", default=BUILTIN, help="as lens tune has it")
    parser.add_argument("--side", type=int)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--photos", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    start = start_from(options.backbone, None)
    asked = {what: getattr(options, what) for what in ("side", "batch") if getattr(options, what)}
    settings = replace(settings_for(start, options.photos, "cpu"), **asked)
    recipe = Recipe(options.epochs, settings.batch)
    rounds: list[tuple[Timed, Timed]] = []
    with decoded(options.folder, options.photos, settings.side) as photos:
        nothing = np.zeros((len(photos), 1, 1, 3), np.uint8)
        for _ in range(options.rounds):
            real = trained(made(options.method, start, settings), photos, recipe)
            bare = trained(without_photos(made(options.method, start, settings), settings), nothing, recipe)
            rounds.append((real, bare))
    ratios = {
        kind: statistics.median(
            statistics.median(getattr(bare, kind)) / statistics.median(getattr(real, kind)) for real, bare in rounds
        )
        for kind in ("wall", "processor")
    }
    rates = [statistics.median(each[side].photos_per_second(settings.batch) for each in rounds) for side in (0, 1)]
    memory = rounds[0][0].memory
    if options.json:
        found = {"processors": os.cpu_count(), "load": os.getloadavg()[0], "photos_per_second": rates, "ratios": ratios}
        print(json.dumps(vars(options) | found | {"memory_mb": memory}, indent=2, default=str))
        return
    print(
        f"{options.method}, {options.backbone}, {settings.side} pixels, batches of {settings.batch}, "
        f"{options.photos} photos, {os.cpu_count()} processors, median of {options.rounds}"
    )
    print(f"photos/s {rates[0]:.1f}, on views in memory {rates[1]:.1f}")
    print(f"ratio {ratios['wall']:.2f}, of processor {ratios['processor']:.2f}")
    print(f"memory after each epoch: {', '.join(f'{each:.0f}' for each in memory)} MB")


if __name__ == "__main__":
    main()

"""What reading photos and making views of them costs a training step, and whether memory grows over epochs.

    python benchmarks/training.py [--method simclr] [--photos 256] [--epochs 3] [--rounds 3] [--json]

The built-in tower is trained as `lens tune` does it, from the file of decoded photos; and the same steps are made on
views that were drawn at random once and stay in memory. Both take turns. Said are photos a second and a second of a
processor, which other programs disturb less, the first over the second, and the resident memory after each epoch.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
import torch
from photos import copies, default_folder
from torch import Generator, Tensor

from lens.models.encoders.builtin import load_builtin
from lens.selfsup.anchored import Anchored
from lens.selfsup.decoded import decode_once
from lens.selfsup.method import Method
from lens.selfsup.methods import METHODS
from lens.selfsup.tower import BuiltinTower
from lens.selfsup.training import Recipe, Step, train
from lens.tuning.networks import Settings

SETTINGS = Settings()
BATCH, SIDE = SETTINGS.batch, SETTINGS.side


@dataclass
class Timed:
    """What a training took; the first step, before which everything is new, is not counted."""

    wall: float = 0.0
    processor: float = 0.0
    photos: int = 0
    memory: list[float] = field(default_factory=list)
    """MB after each epoch."""


def trained(method: Method, photos: np.ndarray, recipe: Recipe) -> Timed:
    """Train, and time it."""
    timed, began = Timed(), [0.0, 0.0]
    per_epoch = len(photos) // BATCH

    def step(now: Step) -> None:
        if now.done == 1:
            began[:] = time.perf_counter(), time.process_time()
        elif now.done == now.total:
            timed.wall, timed.processor = time.perf_counter() - began[0], time.process_time() - began[1]
            timed.photos = (now.total - 1) * BATCH
        if now.done % per_epoch == 0:
            timed.memory.append(psutil.Process().memory_info().rss / 1e6)

    with tempfile.TemporaryDirectory() as folder:
        train(method, photos, recipe, Path(folder) / "run", on_step=step)
    return timed


def made(name: str) -> Method:
    """The built-in tower, as `lens tune` trains it."""
    torch.manual_seed(0)
    return Anchored(METHODS[name](BuiltinTower(load_builtin().heads), SIDE, BATCH), SETTINGS.anchor)


def without_photos(method: Method) -> Method:
    """The same method, for which views are there already."""
    pixels = torch.randint(0, 256, (BATCH, 3, SIDE, SIDE), dtype=torch.uint8)
    drawn = method.views(pixels, torch.Generator().manual_seed(0))

    def views(photos: Tensor, generator: Generator) -> list[Tensor]:
        return drawn

    method.views = views  # type: ignore[method-assign]
    return method


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=default_folder())
    parser.add_argument("--method", choices=list(METHODS), default="simclr")
    parser.add_argument("--photos", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    recipe = Recipe(epochs=options.epochs, batch=BATCH)
    with tempfile.TemporaryDirectory() as folder:
        files = sorted(copies(options.folder, Path(folder) / "photos", options.photos).iterdir())
        photos, _ = decode_once(files, SIDE, Path(folder))
        nothing = np.zeros((len(photos), 1, 1, 3), np.uint8)
        rounds = [
            (
                trained(made(options.method), photos, recipe),
                trained(without_photos(made(options.method)), nothing, recipe),
            )
            for _ in range(options.rounds)
        ]
    ratios = {
        kind: statistics.median(getattr(bare, kind) / getattr(real, kind) for real, bare in rounds)
        for kind in ("wall", "processor")
    }
    rates = [statistics.median(each[side].photos / each[side].wall for each in rounds) for side in (0, 1)]
    memory = rounds[0][0].memory
    if options.json:
        found = {"processors": os.cpu_count(), "load": os.getloadavg()[0], "photos_per_second": rates, "ratios": ratios}
        print(json.dumps(found | {"memory_mb": memory}, indent=2))
        return
    print(f"{options.method}, {len(photos)} photos, {os.cpu_count()} processors, median of {options.rounds}")
    print(f"photos/s {rates[0]:.1f}, on views in memory {rates[1]:.1f}")
    print(f"ratio {ratios['wall']:.2f}, of processor {ratios['processor']:.2f}")
    print(f"memory after each epoch: {', '.join(f'{each:.0f}' for each in memory)} MB")


if __name__ == "__main__":
    main()

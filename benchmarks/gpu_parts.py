"""What `gpu.py` measures: `python benchmarks/gpu_parts.py JSON` prints a line for each part that is asked for."""

import io
import json
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, redirect_stdout
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
PHRASES = ["dog", "red bicycle", "a man with a hat"]
ROUNDS = 3
BOXES = 8


def write(name: str, folder: str, tiny: bool) -> dict[str, Any]:
    """Write a network."""
    from networks import REAL, TINY

    return {"file": str((TINY if tiny else REAL)[name](Path(folder)))}


def index(model: str, folder: str, device: str, precision: str | None, batch: int | None = None) -> dict[str, Any]:
    """`lens index` of a folder into a new index."""
    from lens_cli.app import main

    prepared = Path(model).with_name(f"{Path(model).name}-prepared")  # words are made ready once, not once a run
    prepared.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        os.environ["LENS_CACHE"] = f"{place}/cache"
        Path(place, "cache").mkdir()
        Path(place, "cache", "onnx").symlink_to(prepared, target_is_directory=True)
        sys.argv = ["lens", "index", folder, "--encoder", model, "--index", f"{place}/index", "--quiet", "--json"]
        sys.argv += ["--device", device]
        for option, value in (("--precision", precision), ("--batch", batch)):
            sys.argv += [option, str(value)] if value else []
        said = io.StringIO()
        with redirect_stdout(said):
            try:
                main()
            except SystemExit as left:
                if left.code:
                    raise
    report = json.loads(said.getvalue())
    return {each: report[each] for each in ("added", "seconds", "stages")} | {"gpu_bytes": held(device)}


def tower(model: str, folder: str, device: str, precisions: list[str], batches: list[int]) -> dict[str, Any]:
    """The stages of an index run one by one: reading on all processors, arrays to the device, the network alone."""
    from lens.models import load
    from lens.photos import read_photo

    files = sorted(Path(folder).iterdir())[: max(batches)]
    found: dict[str, Any] = {}
    for precision in precisions:
        encoder: Any = load(model, device=device, precision=precision)
        side = encoder.info.min_side

        def read(file: Path, encoder: Any = encoder, side: int = side) -> Any:
            return encoder.prepare(read_photo(file, min_side=side).image)

        def read_all(read: Callable[[Path], Any] = read) -> list[Any]:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                return list(pool.map(read, files))

        if not found:
            found["read"] = len(files) / taken(read_all)
        prepared = read_all()
        network = encoder.photos.network
        for batch in batches:
            network.batch, part = batch, prepared[:batch]
            sent = network._stacked(part)

            def alone(sent: Any = sent, encoder: Any = encoder, network: Any = network) -> None:
                with torch.inference_mode():
                    encoder.photos.forward(network.module, **sent)
                wait(device)

            def stacked(part: Any = part, network: Any = network) -> None:
                network._stacked(part)
                wait(device)

            found[f"{precision} {batch}"] = {
                "encode": len(part) / taken(lambda part=part, encoder=encoder: encoder.encode_prepared(part)),
                "network alone": len(part) / taken(alone),
                "to the device": len(part) / taken(stacked),
                "gpu_bytes": held(device, reset=True),
            }
    return found


def detect(model: str, folder: str, device: str, precisions: list[str], photos: int) -> dict[str, Any]:
    """Photos a second of a detector."""
    from lens.models.detectors.loading import load_detector

    images = pictures(folder, photos)
    found: dict[str, Any] = {}
    for precision in precisions:
        detector: Any = load_detector(model, device=device, precision=precision)
        found[precision] = {
            "photos/s": len(images) / taken(lambda detector=detector: detector.detect_all(images, PHRASES), rounds=2),
            "batch": detector.network.batch,
            "gpu_bytes": held(device, reset=True),
        }
        del detector
        held(device, reset=True)  # or its weights would count among those of the next
    return found


def segment(model: str, folder: str, device: str, precisions: list[str], photos: int) -> dict[str, Any]:
    """Photos looked at, and masks of boxes, a second."""
    from lens.models.segmenters.loading import load_segmenter

    images = pictures(folder, photos)
    found: dict[str, Any] = {}
    for precision in precisions:
        segmenter: Any = load_segmenter(model, device=device, precision=precision)
        looked, masked = [], []
        for image in [images[0], *images]:
            boxes = np.tile(np.array([[0.2, 0.2, 0.8, 0.7]], np.float32) * (image.size * 2), (BOXES, 1)).astype(
                np.float32
            )
            looked.append(
                taken(lambda image=image, each=segmenter: (each.set_image(image), wait(device)), 1, warm=False)
            )
            masked.append(taken(lambda boxes=boxes, each=segmenter: each.segment(boxes=boxes), 1, warm=False))
        rates = {"photos/s": 1 / statistics.median(looked[1:]), "masks/s": BOXES / statistics.median(masked[1:])}
        found[precision] = rates | {"gpu_bytes": held(device, reset=True)}
        del segmenter
        held(device, reset=True)
    return found


def tune(
    method: str, backbone: str, device: str, *, kinds: list[str], photos: int, epochs: int, batch: int, side: int
) -> Any:
    """Steps a second of a training, mixed or in float32, and what a dry run foresees of it."""
    from lens.selfsup import training
    from lens.selfsup.foreseeing import foresee
    from lens.selfsup.methods import METHODS
    from lens.selfsup.training import Recipe, Step, train
    from lens.tuning.networks import start_from

    start = start_from(backbone, None)
    pixels = np.random.default_rng(0).integers(0, 256, (photos, side, side, 3), np.uint8)
    recipe = Recipe(epochs, batch)

    def made() -> Any:
        torch.manual_seed(0)
        return METHODS[method](start.network(side), side, batch)

    found: dict[str, Any] = {}
    for kind in kinds:
        mixed = training._mixed if kind == "bfloat16" else lambda _: nullcontext()
        with patch.object(training, "_mixed", mixed):
            foreseen = foresee(made(), pixels[: 2 * batch], photos, recipe, device)
            held(device, reset=True)
            ends: list[float] = []
            per_epoch = photos // batch

            def note(step: Step, ends: list[float] = ends) -> None:
                ends.append(time.perf_counter())

            began = time.perf_counter()
            with tempfile.TemporaryDirectory() as folder:
                done = train(made(), pixels, recipe, Path(folder) / "run", device=device, on_step=note)
            whole = time.perf_counter() - began
            steps = [after - before for number, (before, after) in enumerate(pairwise(ends), 1) if number % per_epoch]
            found[kind] = {
                "steps/s": 1 / statistics.median(steps),
                "photos/s": batch / statistics.median(steps),
                "last loss": done.curve[-1]["loss"],
                "steps": done.steps,
                "seconds": whole,
                "foreseen seconds": foreseen.seconds,
                "gpu_bytes": held(device, reset=True),
                "foreseen gpu_bytes": foreseen.gpu_bytes,
                **(view_seconds(made().to(device), pixels[:batch], device)),
            }
    return found


def view_seconds(method: Any, pixels: Any, device: str) -> dict[str, float]:
    """What reading a batch and drawing its views takes of a step."""
    generator = torch.Generator(device).manual_seed(0)

    def views() -> None:
        with torch.no_grad():
            method.views(torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2), generator)
        wait(device)

    return {"views seconds": taken(views)}


# What they share --------------------------------------------------------------------------------------------------


def pictures(folder: str, count: int) -> list[Image.Image]:
    """The first photos of a folder."""
    return [Image.open(file).convert("RGB") for file in sorted(Path(folder).iterdir())[:count]]


def wait(device: str) -> None:
    """Until a GPU has done what it was asked."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def held(device: str, *, reset: bool = False) -> int:
    """Bytes of the GPU that torch has held at the most; forgotten, and what is free given back, with `reset`."""
    if not device.startswith("cuda"):
        return 0
    most = torch.cuda.max_memory_reserved()
    if reset:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    return most


def taken(work: Callable[[], object], rounds: int = ROUNDS, *, warm: bool = True) -> float:
    """Seconds, the median of some rounds after one that is not counted."""
    if warm:
        work()
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


PARTS: dict[str, Callable[..., Any]] = {
    "write": write,
    "index": index,
    "tower": tower,
    "detect": detect,
    "segment": segment,
    "tune": tune,
}


def main() -> None:
    """Carry out the parts that are asked for one after the other, and print a line for each as it is done."""
    for title, part, asked in json.loads(sys.argv[1]):
        began = time.perf_counter()
        try:
            found = PARTS[part](**asked)
        except Exception as error:  # noqa: BLE001 - the others are measured nevertheless
            found = {"failed": f"{type(error).__name__}: {error}"[:300]}
        print("PART " + json.dumps([title, found | {"part seconds": time.perf_counter() - began}]), flush=True)


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "cli"), str(ROOT / "indexes")]
    logging.disable(logging.INFO)
    main()

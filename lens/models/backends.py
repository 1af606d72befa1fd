"""Which backend runs an encoder fastest on this processor, of those that agree with torch in float32.

Found out once for each encoder and machine, on photos of the collection itself, and remembered in the cache folder. No
backend is right everywhere: bfloat16 in torch wins where the processor has AMX, eight bits in onnxruntime where it has
VNNI.
"""

import copy
import json
import logging
import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lens.config import cache_folder
from lens.models.device import Compute
from lens.models.encoders.base import EncoderInfo, ImageEncoder, Vectors
from lens.models.encoders.network import Inputs, Network, TorchTower, Tower
from lens.models.encoders.onnx_tower import OnnxTower, exported, is_exported
from lens.models.encoders.photos_export import prepare_photos
from lens.models.weights import replace_file

__all__ = ["Backend", "Choice", "calibrate", "can_be_calibrated", "remembered", "run_as_remembered", "run_with"]

log = logging.getLogger(__name__)

MIN_COSINE = 0.9995
"""Of every vector to the one that torch gives in float32."""
MIN_OVERLAP = 0.98
"""Of the ten nearest photos to those by torch's vectors, on average."""
NEIGHBOURS = 10
TIMED = 32
"""Photos that each backend is timed on."""
ROUNDS = 3


@dataclass(frozen=True)
class Backend:
    """What runs the tower of photos."""

    library: str
    """`torch` or `onnx`."""
    precision: str

    def __str__(self) -> str:
        return f"{self.library} {self.precision}"


REFERENCE = Backend("torch", "float32")
CANDIDATES = (Backend("torch", "bfloat16"), Backend("onnx", "float32"), Backend("onnx", "int8"))


@dataclass(frozen=True)
class Choice:
    """What a calibration found."""

    backend: Backend
    photos_per_second: float
    reference_per_second: float
    """Of torch in float32, in the same calibration."""
    cosine: float
    """Least over the sample."""
    overlap: float


def can_be_calibrated(encoder: ImageEncoder) -> bool:
    """Whether there is a choice: on a processor, where nobody has asked for a backend, and nothing is remembered."""
    tower = getattr(encoder, "photos", None)
    return (
        isinstance(tower, TorchTower)
        and tower.network.compute.free
        and remembered(encoder.info.name, encoder.info.revision) is None
    )


def calibrate(encoder: Any, sample: Sequence[Inputs]) -> Choice:
    """Try every backend on prepared photos, run the encoder with the fastest that agrees, and remember it.

    Args:
        encoder: one of which `can_be_calibrated` says so.
        sample: 32 or more photos as the encoder prepares them.
    """
    reference: TorchTower = encoder.photos
    expected = reference.encode(sample)
    towers: dict[Backend, Tower] = {REFERENCE: reference}
    agreement = {REFERENCE: (1.0, 1.0)}
    for backend in CANDIDATES:
        try:
            tower = _tower(encoder, reference, backend, sample[0])
            found = tower.encode(sample)
        except Exception as error:  # noqa: BLE001 - exporters fail in ways of their own, and the reference remains
            log.debug("%s cannot run with %s: %s", encoder.info.name, backend, error)
            continue
        cosine, overlap = float((found * expected).sum(axis=1).min()), overlap_of(found, expected)
        log.debug("%s with %s: cosine %.5f, overlap %.3f", encoder.info.name, backend, cosine, overlap)
        if cosine >= MIN_COSINE and overlap >= MIN_OVERLAP:
            towers[backend], agreement[backend] = tower, (cosine, overlap)
    speeds = _speeds(towers, sample[:TIMED])
    fastest = max(speeds, key=speeds.__getitem__)
    encoder.photos = towers[fastest]
    if fastest.library == "onnx":
        prepare_photos(encoder)
    best = Choice(fastest, speeds[fastest], speeds[REFERENCE], *agreement[fastest])
    _remember(encoder.info, best)
    return best


def overlap_of(found: Vectors, expected: Vectors) -> float:
    """The share of each vector's ten nearest others that both have in common, on average."""
    both = zip(_neighbours(found), _neighbours(expected), strict=True)
    return float(np.mean([len(set(one) & set(other)) / len(one) for one, other in both]))


def run_with(encoder: Any, backend: Backend) -> None:
    """Run an encoder's photos with a backend that was asked for; nothing is compared.

    Raises:
        ModelError: the cache cannot be written.
    """
    example = encoder.prepare(_grey())
    encoder.photos = _tower(encoder, encoder.photos, backend, example)
    if backend.library == "onnx":
        prepare_photos(encoder)


def run_as_remembered(encoder: Any) -> None:
    """Run an encoder's photos as a calibration found best; what it exported is not made again here."""
    choice = remembered(encoder.info.name, encoder.info.revision)
    if choice is None or choice.backend == REFERENCE:
        return
    if choice.backend.library == "onnx" and not is_exported(encoder.info, choice.backend.precision):
        return
    run_with(encoder, choice.backend)


def remembered(name: str, revision: str) -> Choice | None:
    """What was found for an encoder on this machine."""
    held = _held().get(_key(name, revision))
    try:
        return Choice(**held | {"backend": Backend(**held["backend"])}) if held else None
    except (TypeError, KeyError):
        return None


def _tower(encoder: Any, reference: TorchTower, backend: Backend, example: Inputs) -> Tower:
    if backend.library == "onnx":
        return OnnxTower(exported(reference, encoder.info, backend.precision, example), encoder.info.dim)
    network = Network(copy.deepcopy(reference.network.module), Compute("cpu", backend.precision, reference.batch))
    return TorchTower(network, reference.forward, encoder.info.dim)


def _speeds(towers: Mapping[Backend, Tower], sample: Sequence[Inputs]) -> dict[Backend, float]:
    """Photos a second of each: the best of some rounds in which they take turns, so that others slow all alike."""
    fastest = dict.fromkeys(towers, 0.0)
    for _ in range(ROUNDS):
        for backend, tower in towers.items():
            started = time.perf_counter()
            tower.encode(sample)
            fastest[backend] = max(fastest[backend], len(sample) / (time.perf_counter() - started))
    return fastest


def _neighbours(vectors: Vectors) -> list[list[int]]:
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -2)
    found: list[list[int]] = np.argsort(-scores, axis=1, kind="stable")[:, :NEIGHBOURS].tolist()
    return found


def _grey() -> Any:
    from PIL import Image

    return Image.new("RGB", (64, 64), "grey")


def _key(name: str, revision: str) -> str:
    from importlib.metadata import version

    machine = f"{platform.node()} {platform.machine()} {os.cpu_count()}"
    return f"{name} {revision} {machine} torch {version('torch')} onnxruntime {version('onnxruntime')}"


def _remember(info: EncoderInfo, choice: Choice) -> None:
    content = json.dumps(_held() | {_key(info.name, info.revision): asdict(choice)}, indent=1)
    try:
        replace_file(cache_folder() / "backends.json", content.encode())
    except OSError:
        return  # it is found out again


def _held() -> dict[str, Any]:
    try:
        held = json.loads((cache_folder() / "backends.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}

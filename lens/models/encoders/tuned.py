"""The built-in encoder, of which a part was trained on somebody's own photos: its image tower, or its heads."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from lens.errors import ModelDamaged
from lens.models.encoders import image_tower
from lens.models.encoders.base import EncoderInfo
from lens.models.encoders.builtin import BuiltinEncoder, load_builtin
from lens.models.encoders.heads import Heads
from lens.models.encoders.image_tower import ImageTower, build, reference_network
from lens.models.encoders.onnx import cached_network
from lens.models.entry import TUNED
from lens.models.files import ModelFiles
from lens.models.formats import CONFIG, HEADS, WEIGHTS, read_weights

__all__ = ["FORMAT", "load", "read_tower"]

FORMAT = 1


def load(files: ModelFiles, threads: int | None = None) -> BuiltinEncoder:
    """A tuned encoder; needs torch only when it is loaded for the first time.

    Raises:
        ModelDamaged: its files are not what they should be, or it was tuned from another built-in encoder.
    """
    facts = _facts(files.path)
    base = load_builtin(threads)
    if facts.get("base") != base.info.revision:
        raise ModelDamaged(
            f"{files.name} was tuned from another built-in encoder than this Lens has: tune again, after "
            f"lens models remove {files.name}."
        )
    revision = hashlib.sha256(f"{base.info.revision} {files.revision}".encode()).hexdigest()[:16]
    info = EncoderInfo(files.name, f"builtin, {facts['about']}", revision, base.info.dim, base.info.min_side)
    if (files.path / HEADS).is_file():
        heads = Heads.load(files.path / HEADS)
        return BuiltinEncoder(heads, threads, replace(info, dim=heads.dim))
    weights = files.path / WEIGHTS[TUNED][0]

    def tower() -> ImageTower:
        fingerprint = f"{revision}-{image_tower.VERSION}"
        return ImageTower(threads, cached_network(files.name, fingerprint, lambda: build(read_tower(weights))))

    return BuiltinEncoder(base.heads, threads, info, tower)


def _facts(folder: Path) -> dict[str, Any]:
    file = folder / CONFIG[TUNED]
    try:
        facts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if facts["format"] != FORMAT:
            raise ModelDamaged(f"{file} is of format {facts['format']}, not {FORMAT}: update Lens.")
        return facts
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelDamaged(f"{file} cannot be read ({error}): remove the model and tune again.") from error


def read_tower(weights: Path) -> Any:
    """The image tower of a tuned encoder in torch.

    Raises:
        ModelDamaged: the file does not hold one.
    """
    network = reference_network()
    try:
        network.load_state_dict(read_weights(weights))
    except RuntimeError as error:
        raise ModelDamaged(f"{weights} does not hold the tensors of the image tower: tune again.") from error
    return network

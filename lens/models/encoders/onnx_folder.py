"""Encoders that somebody has exported to ONNX, in a folder as Optimum writes it; run by onnxruntime.

The towers are `onnx/vision_model.onnx` and `onnx/text_model.onnx`, or `onnx/model.onnx` of a network that knows photos
alone (with or without the sub-folder); beside them lie the configuration, the image processor and the tokenizer of
transformers. A graph of ONNX holds numbers and known operators, no code.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.errors import DeviceError, ModelDamaged
from lens.models.catalog import ONNX
from lens.models.device import Compute
from lens.models.encoders.base import EncoderInfo, Vectors
from lens.models.encoders.conse import unit
from lens.models.encoders.network import Inputs
from lens.models.encoders.onnx import OnnxNetwork
from lens.models.encoders.processed import (
    ProcessedDualEncoder,
    ProcessedImageEncoder,
    Tokeniser,
    prepared_by,
    side_of,
)
from lens.models.encoders.transformers import POOLING
from lens.models.files import ModelFiles
from lens.models.fitting import fitting
from lens.models.formats import ONNX_TEXT, WEIGHTS

__all__ = ["load"]

VECTORS = ("image_embeds", "text_embeds", "pooler_output")
"""Outputs that are vectors already, the best first; else the tokens of the last layer are pooled."""


def load(files: ModelFiles, compute: Compute) -> ProcessedImageEncoder:
    """The encoder in a folder of ONNX files.

    Raises:
        ModelDamaged: a file cannot be read, or a graph has no output that is known.
        DeviceError: another device than the CPU, or another precision than the file's own, was asked for.
    """
    from transformers import AutoConfig, AutoImageProcessor, AutoTokenizer

    if compute.device != "cpu" or compute.precision not in {"float32"}:
        raise DeviceError(f"{files.name} is an ONNX file: it runs on the CPU, in the precision it was made in.")
    folder = files.path
    local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    with fitting(files.name):
        config = AutoConfig.from_pretrained(folder, **local)
        processor = AutoImageProcessor.from_pretrained(folder, **local)
        photos = _Tower(_first(folder, WEIGHTS[ONNX]), config.model_type, compute.batch)
        grey = prepared_by(processor, Image.new("RGB", (64, 64)))
        photos.dim = photos.encode([grey]).shape[1]
        info = EncoderInfo(files.name, files.model.about, files.revision, photos.dim, side_of(processor))
        words = next((folder / name for name in ONNX_TEXT if (folder / name).is_file()), None)
        if words is None:
            return ProcessedImageEncoder(info, processor, photos)
        texts = _Tower(words, config.model_type, compute.batch)
        texts.dim = photos.dim
        tokenise = Tokeniser.of(AutoTokenizer.from_pretrained(folder, **local), config)
        return ProcessedDualEncoder(info, processor, photos, texts, tokenise)


class _Tower:
    """One graph; satisfies the `Tower` protocol."""

    dim = 0
    thread_safe = True

    def __init__(self, file: Path, model_type: str, batch: int) -> None:
        self.batch = batch
        self._network = OnnxNetwork(file)
        self._output = next((name for name in VECTORS if name in self._network.outputs), "last_hidden_state")
        self._part = POOLING.get(model_type)
        if self._part is not None or self._output not in self._network.outputs:
            self._output = "last_hidden_state"
        if self._output not in self._network.outputs:
            raise ModelDamaged(f"{file} has none of the outputs {', '.join((*VECTORS, self._output))}.")

    def encode(self, inputs: Sequence[Inputs]) -> Vectors:
        """(n, dim) unit-norm vectors."""
        vectors = [np.empty((0, self.dim), np.float32)] if self.dim else []
        for start in range(0, len(inputs), self.batch):
            part = inputs[start : start + self.batch]
            taken = [name for name in part[0] if name in self._network.inputs]
            stacked = {name: np.stack([each[name] for each in part]) for name in taken}
            vectors.append(unit(self._pooled(self._network.run([self._output], stacked)[0].astype(np.float32))))
        return np.concatenate(vectors)

    def _pooled(self, found: NDArray[np.float32]) -> NDArray[np.float32]:
        if found.ndim == 2:
            return found
        if found.ndim == 4:  # (n, d, h, w)
            return found.mean(axis=(2, 3))  # type: ignore[no-any-return]
        return found[:, self._part or slice(None)].mean(axis=1)  # type: ignore[no-any-return]


def _first(folder: Path, names: Sequence[str]) -> Path:
    return next(folder / name for name in names if (folder / name).is_file())

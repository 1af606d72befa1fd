"""The tower of photos as an ONNX graph: exported from torch once, kept in the cache, run by onnxruntime.

onnxruntime's eight-bit matrix products (dynamic quantisation: weights by channel, activations as they come) are several
times faster than float32 on processors with VNNI.
"""

import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lens.models.encoders.base import EncoderInfo, Vectors
from lens.models.encoders.conse import unit
from lens.models.encoders.network import Inputs, TorchTower
from lens.models.encoders.onnx import OnnxNetwork, cached_network, is_cached
from lens.models.encoders.vit_export import for_onnxruntime

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["OnnxTower", "as_module", "export", "exported", "is_exported", "photos_key"]

BATCH = 16
"""More photos at once gain nothing on a processor."""
FORM = 2
"""Of what is exported; another one is exported again."""


class OnnxTower:
    """An exported tower; satisfies the `Tower` protocol."""

    batch = BATCH
    thread_safe = True

    def __init__(self, file: Path, dim: int) -> None:
        self._network = OnnxNetwork(file)
        self._dim = dim

    def encode(self, inputs: Sequence[Inputs]) -> Vectors:
        """(n, dim) unit-norm vectors."""
        vectors = [np.empty((0, self._dim), np.float32)]
        for start in range(0, len(inputs), BATCH):
            part = inputs[start : start + BATCH]
            stacked = {name: np.stack([each[name] for each in part]) for name in part[0]}
            vectors.append(unit(self._network.run(["vector"], stacked)[0]))
        return np.concatenate(vectors)


def exported(tower: TorchTower, info: EncoderInfo, precision: str, example: Inputs) -> Path:
    """The file of an encoder's tower of photos, in `float32` or `int8`; made if it is not in the cache.

    Raises:
        ModelError: the cache cannot be written.
        Exception: torch cannot export this network; it has many ways to say so.
    """
    if precision == "float32":

        def made() -> bytes:
            return export(for_onnxruntime(tower.network.module) or as_module(tower, example), example)

        return cached_network(*photos_key(info, precision), made)
    whole = exported(tower, info, "float32", example)
    return cached_network(*photos_key(info, precision), lambda: _quantised(whole))


def is_exported(info: EncoderInfo, precision: str) -> bool:
    """Whether the file is in the cache."""
    return is_cached(*photos_key(info, precision))


def photos_key(info: EncoderInfo, precision: str) -> tuple[str, str]:
    """Name and fingerprint of the tower among the cached networks."""
    return f"{info.name}-photos-{precision}", f"{info.revision[:16]}-{FORM}"


def as_module(tower: TorchTower, example: Inputs) -> Any:
    """A tower as a torch module that takes what `example` has, in its order."""
    import torch

    class Exported(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.module = tower.network.module

        def forward(self, *inputs: "Tensor") -> "Tensor":
            return tower.forward(self.module, **dict(zip(example, inputs, strict=True)))

    return Exported()


def export(module: Any, example: Inputs) -> bytes:
    """A torch module as ONNX: `example`'s names, any number at once, to `vector`, (n, dim) float32, not of unit norm.

    The module's `forward` takes `*inputs`.
    """
    import torch

    two = tuple(torch.from_numpy(np.stack([array, array])) for array in example.values())
    any_number = torch.export.Dim("n", min=1, max=1024)
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        program: Any = torch.onnx.export(
            module,
            two,
            dynamo=True,
            verbose=False,
            input_names=list(example),
            output_names=["vector"],
            dynamic_shapes={"inputs": tuple({0: any_number} for _ in two)},
        )
    serialized: bytes = program.model_proto.SerializeToString()
    return serialized


def _quantised(file: Path) -> bytes:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "int8.onnx"
        quantize_dynamic(
            file, made, per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Gemm"]
        )
        return made.read_bytes()

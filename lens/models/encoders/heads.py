"""The trained part of the built-in encoder: what joins two frozen towers, as one file of safetensors.

A vector is the concatenation of parts that each have unit norm, scaled by the square roots of weights that sum to one:
the dot product of two vectors is then the weighted mean of their parts' cosines.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens.errors import ModelDamaged
from lens.models.encoders.base import Vectors
from lens.models.encoders.conse import ConSE, softmax, unit
from lens.models.encoders.image_tower import ImageFeatures
from lens.models.weights import replace_file

__all__ = ["FORMAT", "HEADS_FILE", "Heads", "Projection", "image_inputs"]

HEADS_FILE = Path(__file__).parent.parent / "assets" / "builtin_heads.safetensors"
FORMAT = "2"
TEMPERATURE = 2.0
"""What the logits are divided by before they are one of the heads' inputs."""


def image_inputs(features: ImageFeatures) -> NDArray[np.float32]:
    """(n, 3912) what the heads see of n photos: the last map, the likely classes, the earlier stages.

    The square roots even out what a few strong channels and a few likely classes would drown.
    """
    likely = np.sqrt(softmax(features.logits / TEMPERATURE))
    inputs: NDArray[np.float32] = np.concatenate([np.sqrt(features.pooled), likely, features.stages], axis=1)
    return inputs


@dataclass(frozen=True)
class Projection:
    """One pair of linear heads into a common space."""

    image_weight: NDArray[np.float32]  # (3912, d)
    image_bias: NDArray[np.float32]  # (d,)
    text_weight: NDArray[np.float32]  # (384, d)
    text_bias: NDArray[np.float32]  # (d,)

    def photos(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) unit vectors of n photos."""
        return unit(features @ self.image_weight + self.image_bias)

    def texts(self, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, d) unit vectors of n texts."""
        return unit(embeddings @ self.text_weight + self.text_bias)


@dataclass(frozen=True)
class Heads:
    """All that joins the towers."""

    projections: Sequence[Projection]
    conse: ConSE
    conse_weight: float
    """The share of ConSE in the dot product, in [0, 1]; the projections share the rest equally."""
    sha256: str = "unsaved"

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return sum(len(projection.image_bias) for projection in self.projections) + len(self.conse.mean)

    @property
    def parts(self) -> dict[str, slice]:
        """Which numbers of a vector are whose: the whole, the trained projections, ConSE."""
        split = self.dim - len(self.conse.mean)
        return {"whole": slice(0, self.dim), "alignment": slice(0, split), "ConSE": slice(split, self.dim)}

    def encode_photos(self, features: ImageFeatures) -> Vectors:
        """(n, dim) unit-norm vectors of n photos."""
        inputs = image_inputs(features)
        parts = [projection.photos(inputs) for projection in self.projections]
        return self._join([*parts, self.conse.photos(features.logits)])

    def encode_texts(self, embeddings: NDArray[np.float32]) -> Vectors:
        """(n, dim) unit-norm vectors of n texts, from the text tower's embeddings."""
        parts = [projection.texts(embeddings) for projection in self.projections]
        return self._join([*parts, self.conse.texts(embeddings)])

    def _join(self, parts: Sequence[NDArray[np.float32]]) -> Vectors:
        share = (1 - self.conse_weight) / len(self.projections)
        shares = [share] * len(self.projections) + [self.conse_weight]
        return unit(np.concatenate([part * s**0.5 for part, s in zip(parts, shares, strict=True)], axis=1))

    def save(self, path: Path) -> None:
        """Write the heads, in half precision, as one file."""
        from safetensors.numpy import save

        tensors = {"conse.classes": self.conse.classes, "conse.mean": self.conse.mean}
        for number, projection in enumerate(self.projections):
            tensors |= {f"{number}.{name}": tensor for name, tensor in vars(projection).items()}
        facts = {
            "format": FORMAT,
            "projections": len(self.projections),
            "conse_weight": self.conse_weight,
            "conse_temperature": self.conse.temperature,
        }
        # In C order: safetensors writes the memory as it lies.
        halves = {name: tensor.astype(np.float16, order="C") for name, tensor in tensors.items()}
        replace_file(path, save(halves, metadata={"lens": json.dumps(facts)}))

    @staticmethod
    def load(path: Path) -> "Heads":
        """Read heads that `save` wrote.

        Raises:
            ModelDamaged: the file is not there, or not what `save` writes.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            content = path.read_bytes()
            facts = json.loads(_metadata(content)["lens"])
            tensors = {name: tensor.astype(np.float32) for name, tensor in load(content).items()}
            if facts["format"] != FORMAT:
                raise ModelDamaged(f"{path} has heads of format {facts['format']}, not {FORMAT}: reinstall lens-photos")
            names = ("image_weight", "image_bias", "text_weight", "text_bias")
            return Heads(
                projections=[
                    Projection(*(tensors[f"{number}.{name}"] for name in names))
                    for number in range(facts["projections"])
                ],
                conse=ConSE(tensors["conse.classes"], tensors["conse.mean"], facts["conse_temperature"]),
                conse_weight=facts["conse_weight"],
                sha256=hashlib.sha256(content).hexdigest(),
            )
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise ModelDamaged(f"the heads in {path} cannot be read ({error}): reinstall lens-photos") from error


def _metadata(content: bytes) -> dict[str, str]:
    """The metadata of a safetensors file: eight bytes say how long the JSON header is that follows them."""
    length = int.from_bytes(content[:8], "little")
    header: dict[str, dict[str, str]] = json.loads(content[8 : 8 + length])
    return header["__metadata__"]

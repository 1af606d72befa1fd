"""The trained part of the built-in encoder: what joins two frozen towers, as one file of safetensors.

A vector is the concatenation of parts that each have unit norm, scaled by the square roots of shares that sum to one:
the dot product of two vectors is then the shares' mean of their parts' cosines.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lens.errors import ModelDamaged
from lens.models.encoders.base import Vectors
from lens.models.encoders.conse import ConSE, softmax, unit
from lens.models.encoders.image_tower import ImageFeatures
from lens.models.weights import replace_file

__all__ = ["FORMAT", "HEADS_FILE", "Heads", "Projection", "Regression", "Shares", "image_inputs"]

HEADS_FILE = Path(__file__).parent.parent / "assets" / "builtin_heads.safetensors"
FORMAT = "3"
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
class Regression:
    """A linear map from a photo into the text tower's own space, to where the texts lie that would be said of it."""

    weight: NDArray[np.float32]  # (3912, 384)
    bias: NDArray[np.float32]  # (384,)
    mean: NDArray[np.float32]  # (384,), what all texts have in common and is taken away from each

    def photos(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 384) unit vectors of n photos."""
        return unit(features @ self.weight + self.bias)

    def texts(self, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 384) unit vectors of n texts."""
        return unit(embeddings - self.mean)


@dataclass(frozen=True)
class Shares:
    """How much each way of comparing counts in a dot product; they sum to one."""

    alignment: float
    regression: float
    conse: float


@dataclass(frozen=True)
class Heads:
    """All that joins the towers."""

    projections: Sequence[Projection]
    regression: Regression
    conse: ConSE
    shares: Shares
    sha256: str = "unsaved"

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ends = [len(projection.image_bias) for projection in self.projections]
        return sum(ends) + len(self.regression.bias) + len(self.conse.mean)

    def alone(self) -> dict[str, "Heads"]:
        """The whole, and each way of comparing by itself, for judging them apart."""
        ways = {
            "whole": self.shares,
            "alignment": Shares(1, 0, 0),
            "regression": Shares(0, 1, 0),
            "ConSE": Shares(0, 0, 1),
        }
        return {name: replace(self, shares=shares) for name, shares in ways.items()}

    def encode_photos(self, features: ImageFeatures) -> Vectors:
        """(n, dim) unit-norm vectors of n photos."""
        inputs = image_inputs(features)
        aligned = [projection.photos(inputs) for projection in self.projections]
        return self._join([*aligned, self.regression.photos(inputs), self.conse.photos(features.logits)])

    def encode_texts(self, embeddings: NDArray[np.float32]) -> Vectors:
        """(n, dim) unit-norm vectors of n texts, from the text tower's embeddings."""
        aligned = [projection.texts(embeddings) for projection in self.projections]
        return self._join([*aligned, self.regression.texts(embeddings), self.conse.texts(embeddings)])

    def _join(self, parts: Sequence[NDArray[np.float32]]) -> Vectors:
        aligned = [self.shares.alignment / len(self.projections)] * len(self.projections)
        shares = [*aligned, self.shares.regression, self.shares.conse]
        return unit(np.concatenate([part * share**0.5 for part, share in zip(parts, shares, strict=True)], axis=1))

    def save(self, path: Path) -> None:
        """Write the heads, in half precision, as one file."""
        from safetensors.numpy import save

        tensors = {"conse.classes": self.conse.classes, "conse.mean": self.conse.mean}
        tensors |= {f"regression.{name}": tensor for name, tensor in vars(self.regression).items()}
        for number, projection in enumerate(self.projections):
            tensors |= {f"{number}.{name}": tensor for name, tensor in vars(projection).items()}
        facts = {
            "format": FORMAT,
            "projections": len(self.projections),
            "shares": vars(self.shares),
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

            def part(kind: type[Projection] | type[Regression], prefix: str) -> Any:
                return kind(**{field.name: tensors[f"{prefix}.{field.name}"] for field in fields(kind)})

            return Heads(
                projections=[part(Projection, str(number)) for number in range(facts["projections"])],
                regression=part(Regression, "regression"),
                conse=ConSE(tensors["conse.classes"], tensors["conse.mean"], facts["conse_temperature"]),
                shares=Shares(**facts["shares"]),
                sha256=hashlib.sha256(content).hexdigest(),
            )
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise ModelDamaged(f"the heads in {path} cannot be read ({error}): reinstall lens-photos") from error


def _metadata(content: bytes) -> dict[str, str]:
    """The metadata of a safetensors file: eight bytes say how long the JSON header is that follows them."""
    length = int.from_bytes(content[:8], "little")
    header: dict[str, dict[str, str]] = json.loads(content[8 : 8 + length])
    return header["__metadata__"]

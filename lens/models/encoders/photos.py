"""The photos of a CLIP without torch: its image tower, exported once, and how it wants a photo resized and cropped.

Made by `photos_export`, which checks that photos come out as the model's own preprocessing gives them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.models.encoders.base import EncoderInfo, Vectors
from lens.models.encoders.cards import read_card
from lens.models.encoders.network import Inputs
from lens.models.encoders.onnx import OnnxNetwork, cached_file
from lens.models.encoders.onnx_tower import OnnxTower, is_exported, photos_key
from lens.models.encoders.words import Words, WordsCard, prepared_card, tower_key

__all__ = ["PART", "PhotosCard", "PreparedEncoder", "input_of", "prepared_encoder"]

PART = "photos"


@dataclass(frozen=True)
class PhotosCard:
    """How a photo becomes the input of an image tower."""

    info: EncoderInfo
    side: int
    """Of the square that the tower takes, in pixels."""
    squash: bool
    """Whether the photo is resized to the square; else its shorter side is, and the middle is taken."""
    bilinear: bool
    """Whether it is resized bilinearly; else bicubically."""
    mean: Sequence[float]
    """Of red, green and blue, 0 to 1, as is the next."""
    std: Sequence[float]


class PreparedEncoder:
    """Photos and words to vectors of one space by onnxruntime alone; satisfies the `Encoder` protocol."""

    def __init__(self, card: PhotosCard, photos: OnnxTower, words: WordsCard) -> None:
        self.info, self.photos = card.info, photos
        self._card, self._words_card = card, words

    @cached_property
    def _words(self) -> Words:
        """Loaded when they are asked for: most index runs have no use for them."""
        network = OnnxNetwork(cached_file(*tower_key(self.info.name, self.info.revision)))
        return Words(self._words_card, network)

    @property
    def batch(self) -> int:
        """How many photos the network takes at once."""
        return self.photos.batch

    @property
    def thread_safe(self) -> bool:
        """Whether `encode_prepared` may be called from many threads at once."""
        return self.photos.thread_safe

    def prepare(self, image: Image.Image) -> Inputs:
        """`image` (3, side, side) float32; thread-safe."""
        return input_of(self._card, image)

    def encode_prepared(self, inputs: Sequence[Inputs]) -> Vectors:
        """(n, dim) unit-norm vectors of n prepared photos."""
        return self.photos.encode(inputs)

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        """(n, dim) unit-norm vectors of n upright RGB photos."""
        return self.encode_prepared([self.prepare(image) for image in images])

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """(n, dim) unit-norm vectors of n texts, in the space of the photos; what is too long is cut."""
        return self._words.encode_texts(texts)


def input_of(card: PhotosCard, image: Image.Image) -> Inputs:
    """`image` (3, side, side) float32 for one upright RGB photo, resized, cropped and normalised."""
    side, width, height = card.side, image.width, image.height
    method = Image.Resampling.BILINEAR if card.bilinear else Image.Resampling.BICUBIC
    if card.squash:
        square = image.resize((side, side), method)
    else:
        shorter = min(width, height)
        resized = image.resize((int(side * width / shorter), int(side * height / shorter)), method)
        left, top = round((resized.width - side) / 2), round((resized.height - side) / 2)
        square = resized.crop((left, top, left + side, top + side))
    mean, std = (np.array(each, np.float32)[:, None, None] for each in (card.mean, card.std))
    planes = np.asarray(square).transpose(2, 0, 1).astype(np.float32, order="C")  # numpy is slow over rows of three
    pixels: NDArray[np.float32] = (planes / np.float32(255) - mean) / std
    return {"image": pixels}


def prepared_encoder(name: str, revision: str, precision: str) -> PreparedEncoder | None:
    """An encoder whose photos and words have both been prepared, the photos in `float32` or `int8`; else None."""
    card = read_card(PhotosCard, PART, name, revision)
    if card is None or not is_exported(card.info, precision):
        return None
    words = prepared_card(name, revision)
    if words is None:
        return None
    return PreparedEncoder(card, OnnxTower(cached_file(*photos_key(card.info, precision)), card.info.dim), words)

"""Encoders with an image processor and a tokenizer of transformers, whatever runs their towers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from lens.models.encoders.base import EncoderInfo, Vectors
from lens.models.encoders.network import Inputs, Tower

__all__ = ["ProcessedDualEncoder", "ProcessedImageEncoder", "Tokeniser", "prepared_by", "side_of"]

ANY_SIDE = 512
"""Shorter side of a decoded photo for a network that takes photos in their own proportions."""


@dataclass(frozen=True)
class Tokeniser:
    """A tokenizer of transformers, and how a model wants to be given its tokens."""

    tokenizer: Any
    longest: int
    """Tokens of a text; what is longer is cut."""
    padded: bool
    """Whether texts are padded to `longest` and the padding attended to, as SigLIP was trained (arXiv:2303.15343)."""

    @classmethod
    def of(cls, tokenizer: Any, config: Any) -> "Tokeniser":
        """For the configuration of a network with both towers."""
        longest = min(tokenizer.model_max_length, config.text_config.max_position_embeddings)
        return cls(tokenizer, longest, padded=config.model_type.startswith("siglip"))

    def __call__(self, texts: Sequence[str]) -> list[Inputs]:
        """For each text `input_ids` and, unless padding is attended to, `attention_mask`, (length,) int64."""
        if not texts:
            return []
        tokens = self.tokenizer(
            list(texts),
            padding="max_length" if self.padded else "longest",
            max_length=self.longest,
            truncation=True,
            return_attention_mask=not self.padded,
            return_tensors="np",
        )
        names = ["input_ids", *([] if self.padded else ["attention_mask"])]
        return [{name: tokens[name][number] for name in names} for number in range(len(texts))]


class ProcessedImageEncoder:
    """Photos to vectors; satisfies the `ImageEncoder` protocol."""

    def __init__(self, info: EncoderInfo, processor: Any, photos: Tower) -> None:
        self.info, self.photos = info, photos
        self._processor = processor

    @property
    def batch(self) -> int:
        """How many photos the network takes at once."""
        return self.photos.batch

    @property
    def thread_safe(self) -> bool:
        """Whether `encode_prepared` may be called from many threads at once."""
        return self.photos.thread_safe

    def prepare(self, image: Image.Image) -> Inputs:
        """What the model's own image processor makes of one upright RGB photo; thread-safe."""
        return prepared_by(self._processor, image)

    def encode_prepared(self, inputs: Sequence[Inputs]) -> Vectors:
        """(n, dim) unit-norm vectors of n prepared photos."""
        return self.photos.encode(inputs)

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        """(n, dim) unit-norm vectors of n upright RGB photos."""
        return self.encode_prepared([self.prepare(image) for image in images])


class ProcessedDualEncoder(ProcessedImageEncoder):
    """Photos and words to vectors of one space; satisfies the `Encoder` protocol."""

    def __init__(self, info: EncoderInfo, processor: Any, photos: Tower, texts: Tower, tokenise: Tokeniser) -> None:
        super().__init__(info, processor, photos)
        self.texts, self.tokenise = texts, tokenise
        self.tokenizer, self.longest = tokenise.tokenizer, tokenise.longest

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """(n, dim) unit-norm vectors of n texts, in the space of the photos; what is too long is cut."""
        return self.texts.encode(self.tokenise(texts))


def prepared_by(processor: Any, image: Image.Image) -> Inputs:
    """What an image processor makes of one upright RGB photo."""
    return {name: tensor[0].numpy() for name, tensor in processor(images=image, return_tensors="pt").items()}


def side_of(processor: Any) -> int:
    """The shorter side in pixels that an image processor wants a photo to have at least."""
    size = getattr(processor, "size", None) or {}
    sides = [size.get(name) for name in ("shortest_edge", "height", "width")]
    return max((side for side in sides if side), default=ANY_SIDE)

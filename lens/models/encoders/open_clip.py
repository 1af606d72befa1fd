"""Encoders that open_clip loads: CLIP (arXiv:2103.00020), SigLIP (arXiv:2303.15343), MobileCLIP (arXiv:2311.17049) …

A folder holds `open_clip_config.json`, the weights, and the tokenizer where it is not CLIP's own. Photos are prepared
by the transform that the configuration describes; pooling and projection are part of the network.
"""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from PIL import Image

from lens.errors import ModelDamaged
from lens.models.device import Compute
from lens.models.encoders.base import EncoderInfo, Vectors
from lens.models.encoders.network import Inputs, Network, TorchTower, Tower
from lens.models.files import ModelFiles
from lens.models.fitting import fitting, without_initialising

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["OpenClipEncoder", "load"]

CONFIG = "open_clip_config.json"
Transform: TypeAlias = "Callable[[Image.Image], Tensor]"
Tokenizer: TypeAlias = "Callable[[Sequence[str]], Tensor]"


def load(files: ModelFiles, compute: Compute) -> "OpenClipEncoder":
    """The encoder in a folder of open_clip's; nothing is downloaded, and no weight is left to chance.

    Raises:
        ModelDamaged: the weights do not fit the configuration, or one of the two cannot be read.
    """
    import open_clip

    folder = files.path
    with fitting(files.name):
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))["model_cfg"]
        if named := config["text_cfg"].get("hf_model_name"):
            raise ModelDamaged(f"{files.name} needs the layers of {named}, which its folder does not describe.")
        source = f"local-dir:{folder}"
        with without_initialising():
            network = open_clip.create_model_from_pretrained(source, pretrained_text=False)
        return OpenClipEncoder(files, network, open_clip.get_tokenizer(source), config["embed_dim"], compute)


class OpenClipEncoder:
    """Photos and words to vectors of one space; satisfies the `Encoder` protocol.

    Args:
        files: what was loaded.
        network: the module, and the transform from a photo to its input.
        tokenizer: texts to the input of the text tower.
        dim: length of a vector.
        compute: how to run it.
    """

    def __init__(
        self, files: ModelFiles, network: tuple[Any, Transform], tokenizer: Tokenizer, dim: int, compute: Compute
    ) -> None:
        module, self._transform = network
        self.tokenizer = tokenizer
        bias = getattr(module, "logit_bias", None)
        scale = float(module.logit_scale.detach().exp())  # before the network may round it
        self.preprocessing: dict[str, Any] = module.visual.preprocess_cfg
        """What the transform does, as open_clip describes it."""
        size = self.preprocessing["size"]
        running = Network(module, compute)
        self.photos: Tower = TorchTower(running, _photos, dim)
        self.texts: Tower = TorchTower(running, _texts, dim)
        self.info = EncoderInfo(
            name=files.name,
            model=files.model.about,
            revision=files.revision,
            dim=dim,
            min_side=size if isinstance(size, int) else max(size),
            logit_scale=scale,
            logit_bias=None if bias is None else float(bias.detach()),
        )

    @property
    def batch(self) -> int:
        """How many photos the network takes at once."""
        return self.photos.batch

    @property
    def thread_safe(self) -> bool:
        """Whether `encode_prepared` may be called from many threads at once."""
        return self.photos.thread_safe

    def prepare(self, image: Image.Image) -> Inputs:
        """`image` (3, height, width) float32, resized, cropped and normalised as the model wants; thread-safe."""
        return {"image": self._transform(image).numpy()}

    def encode_prepared(self, inputs: Sequence[Inputs]) -> Vectors:
        """(n, dim) unit-norm vectors of n prepared photos."""
        return self.photos.encode(inputs)

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        """(n, dim) unit-norm vectors of n upright RGB photos."""
        return self.encode_prepared([self.prepare(image) for image in images])

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """(n, dim) unit-norm vectors of n texts, in the space of the photos; what is too long is cut."""
        return self.texts.encode(self.tokenise(texts))

    def tokenise(self, texts: Sequence[str]) -> list[Inputs]:
        """For each text `text`, (length,) int64."""
        return [{"text": row} for row in self.tokenizer(list(texts)).numpy()] if texts else []


def _photos(module: Any, image: "Tensor") -> "Tensor":
    found: Tensor = module.encode_image(image)
    return found


def _texts(module: Any, text: "Tensor") -> "Tensor":
    found: Tensor = module.encode_text(text)
    return found

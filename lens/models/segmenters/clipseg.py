"""CLIPSeg (arXiv:2112.10003): one mask for each phrase, of all that it names together."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.models.detectors.base import check_phrases
from lens.models.device import Compute
from lens.models.encoders.network import Network
from lens.models.files import ModelFiles
from lens.models.fitting import fitting
from lens.models.pretrained import pretrained, processor
from lens.models.segmenters.base import PHRASES, Masks, Points, SegmenterInfo, check_prompts

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ClipSeg", "load"]


def load(files: ModelFiles, compute: Compute) -> "ClipSeg":
    """The CLIPSeg in a folder of transformers'.

    Raises:
        ModelDamaged: the weights do not fit the configuration, or one of the two cannot be read.
    """
    from transformers import CLIPSegForImageSegmentation, CLIPSegProcessor

    info = SegmenterInfo(files.name, files.model.about, files.revision, frozenset({PHRASES}))
    with fitting(files.name):
        network = Network(pretrained(files, CLIPSegForImageSegmentation), compute, mixed=True)
        return ClipSeg(info, network, processor(files, CLIPSegProcessor))


class ClipSeg:
    """Satisfies the `Segmenter` protocol: phrases.

    A mask is where the phrase is likelier than not, and its score how likely it is there on average. A phrase that is
    likely nowhere gets no mask.
    """

    def __init__(self, info: SegmenterInfo, network: Network, processor: Any) -> None:
        self.info, self.network, self.processor = info, network, processor
        self.size: tuple[int, int] | None = None

    def set_image(self, image: Image.Image) -> None:
        """Look at an upright RGB photo; see `Segmenter`."""
        self.size = None
        prepared = self.processor.image_processor(images=image.convert("RGB"), return_tensors="pt")
        pixels = self.network.sent(prepared["pixel_values"].numpy())

        def encode(module: Any = self.network.module) -> "list[Tensor]":
            seen = module.clip.get_image_features(pixels, interpolate_pos_encoding=True, output_hidden_states=True)
            return [seen.hidden_states[number + 1] for number in module.extract_layers]  # after the embeddings

        self.activations = self.network.once(encode)
        self.size = image.size

    def segment(
        self,
        *,
        boxes: NDArray[np.float32] | None = None,
        points: Sequence[Points] | None = None,
        phrases: Sequence[str] | None = None,
    ) -> Masks:
        """Masks in the photo that was set; see `Segmenter`."""
        check_prompts(self.info, self.size, boxes, points, phrases)
        width, height = self.size or (0, 0)
        masks, scores, prompts = [], [], []
        for number, (logits,) in enumerate(
            self.network.outputs(self._decode, self._tokens(check_phrases(phrases or ())))
        ):
            likely = _upscaled(logits, (height, width))
            mask = likely > 0.5
            if mask.any():
                masks.append(mask)
                scores.append(float(likely[mask].mean()))
                prompts.append(number)
        return Masks.of((width, height), masks, scores, prompts)

    def _tokens(self, phrases: Sequence[str]) -> list[dict[str, NDArray[Any]]]:
        if not phrases:
            return []
        tokens = self.processor.tokenizer(
            list(phrases),
            padding="max_length",
            max_length=self.network.module.config.text_config.max_position_embeddings,
            truncation=True,
            return_tensors="np",
        )
        return [{name: tokens[name][n] for name in ("input_ids", "attention_mask")} for n in range(len(phrases))]

    def _decode(self, **tokens: "Tensor") -> "tuple[Tensor]":
        module = self.network.module
        count = len(tokens["input_ids"])
        conditions = module.get_conditional_embeddings(count, **tokens)  # (b, d)
        activations = [each.expand(count, -1, -1) for each in self.activations]
        logits = module.decoder(activations, conditions).logits
        return (logits.reshape(count, *logits.shape[-2:]),)


def _upscaled(logits: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    import torch
    from torch.nn import functional

    full = functional.interpolate(torch.from_numpy(logits)[None, None], size, mode="bilinear", align_corners=False)
    likely: NDArray[np.float32] = full[0, 0].sigmoid().numpy()
    return likely

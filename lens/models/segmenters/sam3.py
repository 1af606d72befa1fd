"""SAM 3 (arXiv:2511.16719): masks of every thing that a phrase names."""

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
from lens.models.pretrained import model_type, pretrained, processor
from lens.models.segmenters import sam2
from lens.models.segmenters.base import PHRASES, Masks, Points, SegmenterInfo, check_prompts
from lens.models.segmenters.sam2 import Sam2

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Sam3", "load"]

THRESHOLD = 0.3
"""The score that a thing must exceed, and the next how likely a pixel of it must be: the authors' own."""
LIKELY = 0.5
TOKENS = 32


def load(files: ModelFiles, compute: Compute) -> "Sam3":
    """The SAM 3 in a folder of transformers'; the whole one, whose tracker takes boxes and points, or the detector.

    Raises:
        ModelDamaged: the weights do not fit the configuration, or one of the two cannot be read.
    """
    from transformers import Sam3Model, Sam3Processor

    with fitting(files.name):
        network = Network(pretrained(files, Sam3Model), compute, mixed=True)
        tracker = sam2.load(files, compute) if model_type(files.path) == "sam3_video" else None
        prompts = frozenset({PHRASES}) | (tracker.info.prompts if tracker else frozenset())
        info = SegmenterInfo(files.name, files.model.about, files.revision, prompts)
        return Sam3(info, network, processor(files, Sam3Processor), tracker)


class Sam3:
    """Satisfies the `Segmenter` protocol: phrases, and with a tracker boxes, points and everything.

    Each half looks at the photo when it is first asked.
    """

    def __init__(self, info: SegmenterInfo, network: Network, processor: Any, tracker: Sam2 | None) -> None:
        self.info, self.network, self.processor, self.tracker = info, network, processor, tracker
        self.image: Image.Image | None = None
        self.seen: Any = None

    def set_image(self, image: Image.Image) -> None:
        """Look at an upright RGB photo; see `Segmenter`."""
        self.image, self.seen = image.convert("RGB"), None
        if self.tracker:
            self.tracker.size = None

    def segment(
        self,
        *,
        boxes: NDArray[np.float32] | None = None,
        points: Sequence[Points] | None = None,
        phrases: Sequence[str] | None = None,
    ) -> Masks:
        """Masks in the photo that was set; see `Segmenter`."""
        asked = check_prompts(self.info, self.image.size if self.image else None, boxes, points, phrases)
        if asked != PHRASES and self.tracker and self.image:
            if self.tracker.size is None:
                self.tracker.set_image(self.image)
            return self.tracker.segment(boxes=boxes, points=points)
        return self._named(check_phrases(phrases or ()))

    def _named(self, phrases: Sequence[str]) -> Masks:
        import torch
        from torch.nn import functional

        if self.image is None or not phrases:
            return Masks.of(self.image.size if self.image else (0, 0), [], [], [])
        width, height = self.image.size
        if self.seen is None:
            self.seen = self._look(self.image)
        masks, scores, prompts = [], [], []
        for number, (likely, sure) in enumerate(self.network.outputs(self._decode, self._tokens(phrases))):
            for query in np.argsort(-sure, kind="stable"):
                if sure[query] <= THRESHOLD:
                    break
                one = torch.from_numpy(likely[query])[None, None]
                full = functional.interpolate(one, (height, width), mode="bilinear", align_corners=False)
                masks.append((full[0, 0] > LIKELY).numpy())
                scores.append(float(sure[query]))
                prompts.append(number)
        return Masks.of((width, height), masks, scores, prompts)

    def _look(self, image: Image.Image) -> Any:
        prepared = self.processor.image_processor(images=image, return_tensors="pt")
        pixels = self.network.sent(prepared["pixel_values"].numpy())
        return self.network.once(lambda: self.network.module.get_vision_features(pixels))

    def _tokens(self, phrases: Sequence[str]) -> list[dict[str, NDArray[Any]]]:
        tokens = self.processor.tokenizer(
            list(phrases), padding="max_length", max_length=TOKENS, truncation=True, return_tensors="np"
        )
        return [{name: tokens[name][n] for name in ("input_ids", "attention_mask")} for n in range(len(phrases))]

    def _decode(self, **tokens: "Tensor") -> "tuple[Tensor, Tensor]":
        """(b, q, h, w) how likely each pixel is of each thing, (b, q) how likely the thing is there."""
        count = len(tokens["input_ids"])
        seen = type(self.seen)(
            fpn_hidden_states=tuple(each.expand(count, -1, -1, -1) for each in self.seen.fpn_hidden_states),
            fpn_position_encoding=tuple(each.expand(count, -1, -1, -1) for each in self.seen.fpn_position_encoding),
        )
        found = self.network.module(vision_embeds=seen, **tokens)
        return found.pred_masks.sigmoid(), found.pred_logits.sigmoid() * found.presence_logits.sigmoid()

"""SAM, SAM 2 (arXiv:2408.00714), EdgeTAM (arXiv:2501.07256) and the tracker of SAM 3, as transformers has them."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.models.device import Compute
from lens.models.encoders.network import Network
from lens.models.files import ModelFiles
from lens.models.fitting import fitting
from lens.models.pretrained import model_type, pretrained, processor
from lens.models.segmenters.base import SegmenterInfo
from lens.models.segmenters.prompted import PROMPTS, PromptedSegmenter, is_one_point

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Sam2", "load"]

CLASSES = {
    "edgetam": ("EdgeTamModel", "Sam2Processor"),
    "edgetam_video": ("EdgeTamModel", "Sam2Processor"),
    "sam": ("SamModel", "SamProcessor"),
    "sam2": ("Sam2Model", "Sam2Processor"),
    "sam2_video": ("Sam2Model", "Sam2Processor"),
    "sam3_tracker": ("Sam3TrackerModel", "Sam3TrackerProcessor"),
    "sam3_video": ("Sam3TrackerModel", "Sam3TrackerProcessor"),
}
"""By the model type that a configuration names; published checkpoints of photos' networks are those of videos."""

TRACKER_OF_SAM3 = {
    "^tracker_model.": "",
    "^tracker_neck.": "vision_encoder.neck.",
    "^detector_model.vision_encoder.backbone.": "vision_encoder.backbone.",
}
"""Where a whole SAM 3 keeps the weights of its tracker, which shares the image encoder with its detector."""


def load(files: ModelFiles, compute: Compute) -> "Sam2":
    """The network in a folder of transformers'.

    Raises:
        ModelDamaged: the weights do not fit the configuration, or one of the two cannot be read.
    """
    import transformers

    kind = model_type(files.path)
    network, preparing = (getattr(transformers, name) for name in CLASSES[kind])
    renamed = {"key_mapping": TRACKER_OF_SAM3} if kind == "sam3_video" else {}
    info = SegmenterInfo(files.name, files.model.about, files.revision, PROMPTS)
    with fitting(files.name):
        running = Network(pretrained(files, network, **renamed), compute, mixed=True)
        return Sam2(info, running, processor(files, preparing))


class Sam2(PromptedSegmenter):
    """Satisfies the `Segmenter` protocol: boxes, points, everything."""

    def __init__(self, info: SegmenterInfo, network: Network, processor: Any) -> None:
        super().__init__(info, network)
        self.processor = processor

    def side(self) -> int:
        """As its configuration has it."""
        return int(self.network.module.config.prompt_encoder_config.image_size)

    def embed(self, image: Image.Image) -> None:
        """SAM pads to a square at the right or lower edge; the others squash to one."""
        prepared = self.processor.image_processor(images=image, return_tensors="pt")
        self.sizes = {name: sizes.tolist() for name, sizes in prepared.items() if name != "pixel_values"}
        pixels = self.network.sent(prepared["pixel_values"].numpy())
        self.features = self.network.once(lambda: self.network.module.get_image_embeddings(pixels))
        self.input_size = self.sizes.get("reshaped_input_sizes", [list(pixels.shape[-2:])])[0]

    def scale(self) -> NDArray[np.float64]:
        """The input's sides by the photo's."""
        scale: NDArray[np.float64] = np.array(self.input_size[::-1]) / np.array(self.sizes["original_sizes"][0][::-1])
        return scale

    def decode(self, **prompts: "Tensor") -> "tuple[Tensor, Tensor]":
        """The prompt encoder and the mask decoder; transformers wants the photos first, then their prompts."""
        found = self.network.module(
            image_embeddings=self.features,
            multimask_output=is_one_point(prompts),
            **{f"input_{name}": tensor[None] for name, tensor in prompts.items()},
        )
        return found.pred_masks[0], found.iou_scores[0]

    def upscale(self, logits: "Tensor") -> "Tensor":
        """Without the padding, if there was any."""
        full: Tensor = self.processor.image_processor.post_process_masks([logits], **self.sizes, binarize=False)[0]
        return full

"""OWLv2 (arXiv:2306.09683): every patch of a photo proposes a box and is compared with each phrase."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from lens.models.detectors.base import DetectorInfo
from lens.models.detectors.processed import Pass, ProcessedDetector, corners
from lens.models.device import Compute
from lens.models.encoders.network import Network, Outputs
from lens.models.files import ModelFiles
from lens.models.fitting import fitting
from lens.models.pretrained import pretrained, processor

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Owlv2", "load"]

THRESHOLD = 0.1


def load(files: ModelFiles, compute: Compute) -> "Owlv2":
    """The OWLv2 in a folder of transformers'.

    Raises:
        ModelDamaged: the weights do not fit the configuration, or one of the two cannot be read.
    """
    from transformers import Owlv2ForObjectDetection, Owlv2Processor

    with fitting(files.name):
        network = Network(pretrained(files, Owlv2ForObjectDetection), compute, mixed=True)
        info = DetectorInfo(files.name, files.model.about, files.revision, THRESHOLD)
        return Owlv2(info, network, processor(files, Owlv2Processor))


class Owlv2(ProcessedDetector):
    """Satisfies the `Detector` protocol. Scores are the sigmoid of the best phrase's logit."""

    def read(self, phrases: Sequence[str]) -> list[Pass]:
        """One pass whatever the number of phrases."""
        import torch

        tokens = self.processor.tokenizer(
            list(phrases),
            padding="max_length",
            max_length=self.network.module.config.text_config.max_position_embeddings,
            truncation=True,
            return_tensors="np",
        )
        ids, mask = self.network.sent(tokens["input_ids"]), self.network.sent(tokens["attention_mask"])
        with torch.inference_mode():
            embedded = self.network.module.owlv2.get_text_features(ids, mask).pooler_output  # (p, d)
            queries = embedded / embedded.norm(dim=-1, keepdim=True)
        return [(partial(_boxes_and_logits, self.network.module, queries), 0)]

    def boxes_of(self, outputs: Outputs, size: tuple[int, int]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """One box a patch; the photo was padded to a square at its right or lower edge."""
        from scipy.special import expit

        centred, logits = outputs  # (patches, 4), (patches, p)
        side = max(size)
        return corners(centred, side, side), expit(logits.max(axis=1)), logits.argmax(axis=1)


def _boxes_and_logits(module: Any, queries: "Tensor", pixel_values: "Tensor") -> "tuple[Tensor, ...]":
    """(b, patches, 4) boxes, centre and size in parts of the square; (b, patches, p) logits."""
    feature_map, _ = module.image_embedder(pixel_values)  # (b, h, w, d)
    patches = feature_map.flatten(1, 2)  # (b, h w, d)
    logits, _ = module.class_predictor(patches, queries.expand(len(patches), -1, -1))
    return module.box_predictor(patches, feature_map), logits

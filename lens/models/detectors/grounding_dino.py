"""GroundingDINO (arXiv:2303.05499): boxes that attend to the tokens of the phrases, which are read as one text."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
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

__all__ = ["GroundingDino", "load"]

THRESHOLD = 0.25
NO_PHRASE = -1
"""Whose the tokens are at the ends and between phrases."""
NOTHING = -1e4
"""The logit of a phrase without tokens."""


def load(files: ModelFiles, compute: Compute) -> "GroundingDino":
    """The GroundingDINO, or MM-GroundingDINO (arXiv:2401.02361), in a folder of transformers'.

    Raises:
        ModelDamaged: the weights do not fit the configuration, or one of the two cannot be read.
    """
    from transformers import AutoModelForZeroShotObjectDetection, GroundingDinoProcessor

    with fitting(files.name):
        network = Network(pretrained(files, AutoModelForZeroShotObjectDetection), compute, mixed=True)
        info = DetectorInfo(files.name, files.model.about, files.revision, THRESHOLD)
        return GroundingDino(info, network, processor(files, GroundingDinoProcessor))


class GroundingDino(ProcessedDetector):
    """Satisfies the `Detector` protocol.

    A box has the score of its best token, as its authors have it, and the phrase with the best token.
    """

    def read(self, phrases: Sequence[str]) -> list[Pass]:
        """As many passes as are needed by phrases that do not fit into one text; most lists need one."""
        tokenizer = self.processor.tokenizer
        plain = [phrase.lower().replace(".", " ") for phrase in phrases]  # a full stop would end the phrase
        words = tokenizer(plain, add_special_tokens=False)["input_ids"]
        (stop,) = tokenizer(".", add_special_tokens=False)["input_ids"]
        room = self.network.module.config.max_text_len - 2  # for the tokens at both ends
        passes: list[Pass] = []
        first = 0
        while first < len(words):
            text, owners = [tokenizer.cls_token_id], [NO_PHRASE]
            number = first
            while number < len(words) and (number == first or len(text) + len(words[number]) <= room):
                tokens = words[number][: room - 1]
                text += [*tokens, stop]
                owners += [number - first] * len(tokens) + [NO_PHRASE]
                number += 1
            text.append(tokenizer.sep_token_id)
            owners.append(NO_PHRASE)
            ids, belong = self.network.sent(np.array([text])), self.network.sent(np.array(owners))
            passes.append((partial(_boxes_and_logits, self.network.module, ids, belong), first))
            first = number
        return passes

    def boxes_of(self, outputs: Outputs, size: tuple[int, int]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """One box a query."""
        from scipy.special import expit

        centred, best, logits = outputs  # (q, 4), (q,), (q, p)
        return corners(centred, *size), expit(best), logits.argmax(axis=1)


def _boxes_and_logits(module: Any, ids: "Tensor", owners: "Tensor", **photos: "Tensor") -> "tuple[Tensor, ...]":
    """(b, q, 4) boxes, centre and size in parts of the photo; (b, q) best logit; (b, q, p) best logit of a phrase."""
    import torch

    texts = ids.expand(len(photos["pixel_values"]), -1)  # (b, t)
    attended, segments = torch.ones_like(texts), torch.zeros_like(texts)
    found = module(input_ids=texts, attention_mask=attended, token_type_ids=segments, **photos)
    logits = found.logits[..., : ids.shape[1]]  # (b, q, t)
    nothing = torch.full_like(logits[..., :1], NOTHING)
    by_phrase = [
        torch.cat([logits[..., owners == number], nothing], dim=-1).amax(dim=-1)
        for number in range(int(owners.max()) + 1)
    ]
    return found.pred_boxes, logits.amax(dim=-1), torch.stack(by_phrase, dim=-1)

"""The detector that needs no model download: proposals of any thing, each looked at by the built-in encoder.

In the way of R-CNN (arXiv:1311.2524), with words for classes: the part of the photo in each proposed box is encoded by
itself, at the encoder's full input size, and compared with the phrases and with a background of texts that nobody asked
for. Nothing here was trained on boxes, so it finds large, distinct things, and few small or crowded ones.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.models.detectors.base import Detections, DetectorInfo, check_phrases, within
from lens.models.detectors.proposals import proposals
from lens.models.encoders.base import Vectors
from lens.models.encoders.builtin import BuiltinEncoder, load_builtin
from lens.models.encoders.conse import unit
from lens.models.encoders.image_maps import MapTower
from lens.search.background import TEXTS_FILE

__all__ = ["BuiltinDetector", "load"]

VERSION = 2
"""Raise it when the same photo and phrase may get other boxes."""
PROPOSALS = 50
"""Boxes that are proposed in a photo. Those that can make no difference to what is found are never looked at."""
PROMPTS = ("{}", "a photo of a {}.")
TEMPERATURE = 0.07
"""What cosines are divided by before phrase and background compete."""
OVERLAP = 0.5
"""The IoU above which the less likely of two boxes of one phrase is dropped."""
INSIDE, PART = 0.8, 0.1
"""A box that shares more than so much of the smaller area with a likelier one of its phrase is a part of that thing, or
the thing with what is around it: so much of its score is left."""
THRESHOLD = 0.05
"""Of the categories named with a higher score somewhere in a training photo, the captions speak of 71 %."""


def load(threads: int | None = None) -> "BuiltinDetector":
    """The built-in detector; `threads` for its networks, all processors if not given.

    Raises:
        ModelMissing: a package that carries the weights is not installed.
        ModelDamaged: the weights, or the heads that ship with Lens, are not what they should be.
    """
    return BuiltinDetector(load_builtin(threads), MapTower(threads))


class BuiltinDetector:
    """Satisfies the `Detector` protocol.

    A score is how much likelier the phrase is than a background of hundreds of texts, times how distinct the box is,
    times the square root of how likely the whole photo shows the thing: a rank among boxes rather than a likelihood.
    """

    def __init__(self, encoder: BuiltinEncoder, tower: MapTower) -> None:
        self.encoder, self.tower = encoder, tower
        revision = f"{encoder.info.revision}-{VERSION}"
        self.info = DetectorInfo("builtin", "EfficientNet-Lite2 on proposed boxes", revision, THRESHOLD)
        self._read: dict[str, NDArray[np.float32]] = {}
        self._background = encoder.encode_texts(TEXTS_FILE.read_text(encoding="utf-8").splitlines())

    def detect(self, image: Image.Image, phrases: Sequence[str], threshold: float | None = None) -> Detections:
        """What a photo shows of the things that phrases name; see `Detector`."""
        import torch
        from torchvision.ops import batched_nms, box_iou

        least = self.info.threshold if threshold is None else threshold
        asked = check_phrases(phrases)
        photo = image.convert("RGB")
        shown = np.sqrt(self.likeness(self.encoder.encode_images([photo]), asked))  # (1, phrases)
        if shown.max(initial=0) <= least:
            return within(image.size, np.empty((0, 4)), np.empty(0), np.empty(0, np.int64))
        proposed = proposals(self.tower, photo, PROPOSALS)
        boxes, reach = torch.from_numpy(proposed.boxes), shown * proposed.distinct[:, None]  # no score lies above it
        hopeful = (reach > least).any(axis=1)
        scores = np.zeros_like(reach)  # (boxes, phrases)
        scores[hopeful] = reach[hopeful] * self._likely(photo, proposed.boxes[hopeful], asked)
        numbers, names = np.nonzero(scores > least)
        sure = scores[numbers, names]
        kept = batched_nms(boxes[numbers], torch.from_numpy(sure), torch.from_numpy(names), OVERLAP).numpy()
        numbers, names, sure = numbers[kept], names[kept], sure[kept]
        # What overlaps a box has a say in where it lies, the likelier the more (box voting, arXiv:1505.01749).
        overlapping = (box_iou(boxes[numbers], boxes) > OVERLAP).numpy()
        late = overlapping.any(axis=0) & ~hopeful
        scores[late] = reach[late] * self._likely(photo, proposed.boxes[late], asked)
        votes = overlapping * np.square(scores[:, names].T, dtype=np.float64)
        lie = votes @ proposed.boxes / votes.sum(axis=1, keepdims=True)
        sure *= np.where(_second(proposed.boxes[numbers], names), PART, 1)
        return within(image.size, lie[sure > least], sure[sure > least], names[sure > least])

    def detect_all(
        self, images: Sequence[Image.Image], phrases: Sequence[str], threshold: float | None = None
    ) -> list[Detections]:
        """The same for each of several photos."""
        return [self.detect(image, phrases, threshold) for image in images]

    def likeness(self, seen: Vectors, phrases: Sequence[str]) -> NDArray[np.float32]:
        """(n, phrases) how likely n encoded parts of a photo show each phrase rather than the background, 0 to 1."""
        wanted = np.exp(seen @ self._vectors(phrases).T / TEMPERATURE)  # cosines of at most 1, so never too large
        others = np.exp(seen @ self._background.T / TEMPERATURE).sum(axis=1, keepdims=True)
        likely: NDArray[np.float32] = wanted / (wanted + others)
        return likely

    def _likely(self, photo: Image.Image, boxes: NDArray[np.float32], phrases: Sequence[str]) -> NDArray[np.float32]:
        """(n, phrases) how likely what is in n boxes is each phrase; nearly all of a photo's time."""
        return self.likeness(self.encoder.encode_images([_part(photo, box) for box in boxes]), phrases)

    def _vectors(self, phrases: Sequence[str]) -> Vectors:
        """(phrases, dim) unit-norm vectors, read once."""
        if fresh := [phrase for phrase in dict.fromkeys(phrases) if phrase not in self._read]:
            read = [self.encoder.encode_texts([prompt.format(phrase) for phrase in fresh]) for prompt in PROMPTS]
            self._read |= zip(fresh, unit(sum(read, start=np.zeros_like(read[0]))), strict=True)
        none = np.empty((0, self.encoder.info.dim), np.float32)
        return np.concatenate([none, *(self._read[phrase][None] for phrase in phrases)])


def _second(boxes: NDArray[np.float32], names: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(n,), which of n boxes, the likeliest first, lie in or around an earlier one of the same phrase."""
    corners = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:]) - np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    shared = corners.clip(0).prod(axis=2) / np.minimum.outer(areas, areas)
    earlier = np.tri(len(boxes), k=-1, dtype=bool) & (names[:, None] == names)
    second: NDArray[np.bool_] = (earlier & (shared > INSIDE)).any(axis=1)
    return second


def _part(image: Image.Image, box: NDArray[np.float32]) -> Image.Image:
    """What a box shows: all pixels that it touches."""
    left, top = np.floor(box[:2]).astype(int).tolist()
    right, bottom = np.ceil(box[2:]).astype(int).tolist()
    return image.crop((left, top, min(right, image.width), min(bottom, image.height)))

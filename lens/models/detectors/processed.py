"""Detectors that transformers loads: photos prepared by the model's own processor, run in batches of one shape."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.models.detectors.base import Detections, DetectorInfo, check_phrases, within
from lens.models.encoders.network import Network, Outputs
from lens.models.encoders.processed import prepared_by

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Pass", "ProcessedDetector", "corners"]

LARGEST = 4096
"""Longer side in pixels beyond which a photo is made smaller first: OWLv2 pads to a square, whose memory a panorama of
20,000 pixels would fill, and no network sees more than 1,333 pixels."""
Pass: TypeAlias = "tuple[Callable[..., tuple[Tensor, ...]], int]"
"""A function of the network that looks for some of the phrases, and the number of the first of them."""


class ProcessedDetector:
    """One network; satisfies the `Detector` protocol. A kind of network says how it reads phrases and gives boxes."""

    def __init__(self, info: DetectorInfo, network: Network, processor: Any) -> None:
        self.info, self.network, self.processor = info, network, processor

    def detect(self, image: Image.Image, phrases: Sequence[str], threshold: float | None = None) -> Detections:
        """What a photo shows of the things that phrases name; see `Detector`."""
        return self.detect_all([image], phrases, threshold)[0]

    def detect_all(
        self, images: Sequence[Image.Image], phrases: Sequence[str], threshold: float | None = None
    ) -> list[Detections]:
        """The same for each of several photos; those that the processor gives one shape share a batch."""
        asked = check_phrases(phrases)
        above = self.info.threshold if threshold is None else threshold
        passes = self.read(asked) if asked else []
        prepared = [prepared_by(self.processor.image_processor, _bounded(image.convert("RGB"))) for image in images]
        found: list[list[tuple[NDArray[Any], ...]]] = [[] for _ in images]
        for forward, first in passes:
            for image, outputs, parts in zip(images, self.network.outputs(forward, prepared), found, strict=True):
                boxes, scores, numbers = self.boxes_of(outputs, image.size)
                kept = scores > above
                parts.append((boxes[kept], scores[kept], numbers[kept] + first))
        return [within(image.size, *_joined(parts)) for image, parts in zip(images, found, strict=True)]

    def read(self, phrases: Sequence[str]) -> list[Pass]:
        """What to run on each photo; phrases are encoded here, once for all photos."""
        raise NotImplementedError

    def boxes_of(self, outputs: Outputs, size: tuple[int, int]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Boxes (n, 4) in pixels of a photo of this (width, height), scores (n,) and numbers of phrases (n,)."""
        raise NotImplementedError


def corners(centred: NDArray[np.float32], width: float, height: float) -> NDArray[np.float32]:
    """(n, 4) x0, y0, x1, y1 in pixels of (n, 4) centre and size in parts of width and height."""
    middle, half = centred[:, :2], centred[:, 2:] / 2
    scaled: NDArray[np.float32] = np.concatenate([middle - half, middle + half], axis=1) * np.array(
        [width, height, width, height], np.float32
    )
    return scaled


def _bounded(image: Image.Image) -> Image.Image:
    scale = LARGEST / max(image.size)
    return image if scale >= 1 else image.resize([max(1, round(side * scale)) for side in image.size], reducing_gap=3)


def _joined(parts: Sequence[tuple[NDArray[Any], ...]]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    if not parts:
        return np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int64)
    boxes, scores, numbers = (np.concatenate(column) for column in zip(*parts, strict=True))
    return boxes, scores, numbers

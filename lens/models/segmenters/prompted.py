"""Segmenters of the SAM family (arXiv:2304.02643): a heavy image encoder, and a light decoder for boxes and points."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.errors import QueryError
from lens.models.encoders.network import Inputs, Network
from lens.models.segmenters.base import BOXES, EVERYTHING, POINTS, Masks, Points, SegmenterInfo, check_prompts

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["PROMPTS", "PromptedSegmenter"]

PROMPTS = frozenset({BOXES, POINTS, EVERYTHING})
GRID = 32
"""Points on each side that `everything` asks at; this and the next four are the authors'."""
SURE = 0.88
STABLE = 0.95
SHIFT = 1.0
OVERLAP = 0.7


class PromptedSegmenter:
    """One network; satisfies the `Segmenter` protocol. A kind of network says how it embeds, decodes and upscales."""

    def __init__(self, info: SegmenterInfo, network: Network) -> None:
        self.info, self.network = info, network
        self.size: tuple[int, int] | None = None
        """(width, height) of the photo that was set."""

    def set_image(self, image: Image.Image) -> None:
        """Look at an upright RGB photo; see `Segmenter`.

        Raises:
            QueryError: it is so narrow that nothing of it is left at the size that the network sees.
        """
        self.size = None
        if min(image.size) * self.side() < max(image.size) / 2:
            raise QueryError(f"{self.info.name} sees no pixel across {image.width} x {image.height}: it is too narrow.")
        self.embed(image.convert("RGB"))
        self.size = image.size

    def segment(
        self,
        *,
        boxes: NDArray[np.float32] | None = None,
        points: Sequence[Points] | None = None,
        phrases: Sequence[str] | None = None,
    ) -> Masks:
        """Masks in the photo that was set; see `Segmenter`.

        A single point may mean a thing, a part of it or a part of that: of three masks the one that the network
        believes in most is given.
        """
        asked = check_prompts(self.info, self.size, boxes, points, phrases)
        if asked == EVERYTHING:
            return self.everything()
        prompts = [self._prompt(box, each) for box, each in zip(*_paired(boxes, points), strict=True)]
        masks, scores = [], []
        for logits, ious in self.network.outputs(self.decode, prompts):  # (k, h, w), (k,)
            best = int(ious.argmax())
            masks.append(self._full(logits[best]) > 0)
            scores.append(float(ious[best]))
        return Masks.of(self._size(), masks, scores, range(len(masks)))

    def everything(
        self, grid: int = GRID, sure: float = SURE, stable: float = STABLE, overlap: float = OVERLAP
    ) -> Masks:
        """Masks of all things: a grid of points, without masks that are unsure, unstable or double.

        Args:
            grid: points on each side.
            sure: the predicted IoU that a mask must exceed.
            stable: the least IoU of the mask with itself when its threshold moves up and down.
            overlap: the IoU of two masks' boxes above which the less sure of them is dropped.
        """
        import torch
        from torchvision.ops import masks_to_boxes, nms

        width, height = self._size()
        steps = (np.arange(grid) + 0.5) / grid
        places = np.stack(np.meshgrid(steps * width, steps * height), axis=-1).reshape(-1, 1, 2)
        prompts = [self._prompt(None, Points(place.astype(np.float32), np.ones(1, np.bool_))) for place in places]
        packed, scores, boxes = [], [], []
        for found, ious in self.network.outputs(self.decode, prompts):
            for number in np.flatnonzero(ious > sure):
                logits = self._full(found[number])
                widest = (logits > -SHIFT).sum()
                if not widest or (logits > SHIFT).sum() / widest < stable:
                    continue
                mask = logits > 0
                packed.append(np.packbits(mask))  # hundreds of whole masks would fill the memory
                scores.append(float(ious[number]))
                boxes.append(masks_to_boxes(torch.from_numpy(mask)[None])[0])
        if not boxes:
            return Masks.of((width, height), [], [], [])
        kept = nms(torch.stack(boxes).float(), torch.tensor(scores), overlap).tolist()
        masks = [np.unpackbits(packed[number], count=width * height).reshape(height, width) > 0 for number in kept]
        return Masks.of((width, height), masks, [scores[number] for number in kept], [0] * len(kept))

    def side(self) -> int:
        """The side in pixels of the square that the network sees."""
        raise NotImplementedError

    def embed(self, image: Image.Image) -> None:
        """Run the image encoder and keep what the decoder needs."""
        raise NotImplementedError

    def scale(self) -> NDArray[np.float64]:
        """(2,) what x and y in pixels of the photo are multiplied by to get those of the network's input."""
        raise NotImplementedError

    def decode(self, **prompts: "Tensor") -> "tuple[Tensor, Tensor]":
        """(b, k, h, w) logits and (b, k) predicted IoUs of b prompts; k is 3 for one point, else 1.

        Args:
            prompts: `points` (b, p, 2) with `labels` (b, p), `boxes` (b, 4), or all three, as the network sees them.
        """
        raise NotImplementedError

    def upscale(self, logits: "Tensor") -> "Tensor":
        """(1, 1, height, width) of the photo, from (1, 1, h, w)."""
        raise NotImplementedError

    def _prompt(self, box: NDArray[Any] | None, points: Points | None) -> Inputs:
        scale = self.scale()
        prompt: dict[str, NDArray[Any]] = {}
        if box is not None:
            prompt["boxes"] = (box.reshape(2, 2) * scale).reshape(4).astype(np.float32)
        if points is not None:
            prompt["points"] = (points.places * scale).astype(np.float32)
            prompt["labels"] = points.inside.astype(np.int32)
        return prompt

    def _full(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            full: NDArray[np.float32] = self.upscale(torch.from_numpy(logits)[None, None])[0, 0].numpy()
        return full

    def _size(self) -> tuple[int, int]:
        return self.size or (0, 0)


def is_one_point(prompts: "dict[str, Tensor]") -> bool:
    """Whether the prompts are single points, which are ambiguous."""
    return "boxes" not in prompts and prompts["points"].shape[1] == 1


def _paired(boxes: NDArray[np.float32] | None, points: Sequence[Points] | None) -> tuple[Sequence[Any], Sequence[Any]]:
    count = len(boxes) if boxes is not None else len(points or ())
    none = [None] * count
    return list(boxes) if boxes is not None else none, points if points is not None else none

"""How masks are compared with those of the library that a network comes from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from lens.models.segmenters.base import Masks, Points

ROUNDING = 2e-5
"""How near to the level at which a mask begins a pixel may lie to fall on either side of it. Torch adds up in another
order by the number of prompts, the layout of a tensor and the processor, so that logits of about 10 differ by 1e-6."""
PHRASES = ["dog", "red bicycle", "a man with a hat"]


@dataclass(frozen=True)
class Expected:
    """What a library makes of the same photo and prompts."""

    levels: np.ndarray  # (n, height, width) float; masks are where it is above 0
    scores: np.ndarray  # (n,)
    prompts: np.ndarray  # (n,)

    @property
    def masks(self) -> np.ndarray:
        """(n, height, width) bool."""
        return self.levels > 0

    def says_something(self) -> bool:
        """Whether masks are neither empty nor full, and differ, so that agreement says something."""
        shares = self.masks.mean(axis=(1, 2))
        return bool(((shares > 0.02) & (shares < 0.98)).any()) and len(np.unique(shares)) >= min(2, len(shares))

    def agrees_with(self, ours: Masks) -> bool:
        """Whether masks are equal but for rounding, scores agree within 1e-4, and prompts wholly."""
        if ours.masks.shape != self.levels.shape:
            return False
        certain = np.abs(self.levels) > ROUNDING
        assert certain.mean() > 0.99, "nearly all pixels must count"
        return bool(
            (ours.masks == self.masks)[certain].all()
            and np.abs(ours.scores - self.scores).max(initial=0) < 1e-4
            and (ours.prompts == self.prompts).all()
        )


def prompts_of(image: Image.Image) -> dict[str, dict[str, Any]]:
    """Boxes, points and both, in pixels of a photo."""
    size = np.array([*image.size, *image.size], np.float32)
    boxes = np.array([[0.1, 0.2, 0.7, 0.9], [0.5, 0.05, 0.95, 0.6], [0, 0, 1, 1]], np.float32) * size
    signed = [
        Points(np.array([[0.3, 0.4], [0.8, 0.7]], np.float32) * size[:2], np.array([True, False])),
        Points(np.array([[0.6, 0.2], [0.7, 0.3]], np.float32) * size[:2], np.array([True, True])),
        Points(np.array([[0.5, 0.9], [0.1, 0.3]], np.float32) * size[:2], np.array([False, True])),
    ]
    single = [Points(each.places[:1], np.ones(1, np.bool_)) for each in signed]
    return {
        "boxes": {"boxes": boxes},
        "signed points": {"points": signed},
        "single points": {"points": single},
        "boxes and points": {"boxes": boxes, "points": signed},
    }


def corner_and_size(boxes: np.ndarray) -> np.ndarray:
    """(n, 4) x, y, width and height, as COCO writes them."""
    return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)


class AlteredProcessor:
    """An image processor that is shown another picture than it should be, and does not know it."""

    def __init__(self, processor, alter) -> None:
        self.processor, self.alter = processor, alter

    def __call__(self, images: Image.Image, **options):
        prepared = self.processor(images=self.alter(images), **options)
        if "original_sizes" in prepared:
            prepared["original_sizes"][0, 0], prepared["original_sizes"][0, 1] = images.height, images.width
        return prepared

    def __getattr__(self, name: str):
        return getattr(self.processor, name)


def padded(image: Image.Image) -> Image.Image:
    """Black at both sides of the shorter one, to a square."""
    side = max(image.size)
    square = Image.new("RGB", (side, side))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square


def squashed(image: Image.Image) -> Image.Image:
    """To a square, whatever its proportions."""
    return image.resize((max(image.size),) * 2)


def coarse(image: Image.Image) -> Image.Image:
    """As if it were resized by the nearest pixel."""
    return image.resize((image.width // 3, image.height // 3), Image.Resampling.NEAREST)

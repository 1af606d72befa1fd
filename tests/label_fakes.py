"""A detector that is real enough to label with, and photos to go with it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from lens.models.detectors.base import Detections, DetectorInfo, check_phrases, within

BROKEN = (255, 0, 255)
"""A detector throws where the first pixel has this colour."""


class ColourDetector:
    """Finds the box around all that has the colour which a phrase ends with; larger things score higher."""

    def __init__(self, name: str = "colours", revision: str = "1") -> None:
        self.info = DetectorInfo(name, "boxes around colours", revision, threshold=0.01)
        self.seen = 0

    def detect(self, image: Image.Image, phrases: Sequence[str], threshold: float | None = None) -> Detections:
        return self.detect_all([image], phrases, threshold)[0]

    def detect_all(
        self, images: Sequence[Image.Image], phrases: Sequence[str], threshold: float | None = None
    ) -> list[Detections]:
        return [self._found(image, check_phrases(phrases), threshold) for image in images]

    def _found(self, image: Image.Image, phrases: Sequence[str], threshold: float | None) -> Detections:
        self.seen += 1
        pixels = np.asarray(image.convert("RGB"), np.int16)
        if (pixels[0, 0] == BROKEN).all():
            raise RuntimeError("this photo is too much\nfor the network")
        boxes, scores, numbers = [], [], []
        for number, phrase in enumerate(phrases):
            near = np.abs(pixels - ImageColor.getrgb(phrase.split()[-1])) < 60
            mask = near[..., 0] & near[..., 1] & near[..., 2]
            rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            if len(rows):
                boxes.append([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
                scores.append(np.sqrt(mask.mean()))
                numbers.append(number)
        above = self.info.threshold if threshold is None else threshold
        kept = np.array(scores) > above
        return within(
            image.size,
            np.array(boxes, np.float32).reshape(-1, 4)[kept],
            np.array(scores, np.float32)[kept],
            np.array(numbers, np.int64)[kept],
        )


def draw_things(
    path: Path, things: dict[str, tuple[int, int, int, int]], size: tuple[int, int] = (80, 60), paper: str = "white"
) -> Path:
    """A photo with rectangles of these colours at x0, y0, x1, y1."""
    image = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(image)
    for colour, (x0, y0, x1, y1) in things.items():
        draw.rectangle((x0, y0, x1 - 1, y1 - 1), fill=colour)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return path

"""The segmenter that needs no model download: GrabCut (Rother, Kolmogorov and Blake, SIGGRAPH 2004) by OpenCV.

Two mixtures of colours, one of the thing and one of what surrounds it, and the cut between them that is shortest.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from lens.errors import ModelMissing
from lens.models.detectors.base import Detector
from lens.models.segmenters.base import BOXES, PHRASES, POINTS, Masks, Points, SegmenterInfo, check_prompts

__all__ = ["BuiltinSegmenter", "load_builtin"]

SIDE = 256
"""The longer side in pixels of what is cut, a box with its surroundings: beyond it colours tell nothing more."""
AROUND = 0.3
"""Surroundings on each side of a box, in parts of its longer side."""
ROUNDS = 4
FILLED = 0.15
"""A cut that leaves less of a box than this has failed: the ellipse in the box is taken."""
REACH = 0.15
"""How far a thing is supposed to reach from a point on it, in parts of the photo's shorter side."""
TYPICAL_IOU = 0.6
"""The score of every mask of a box or point: what they reached on training photos, since GrabCut judges none."""
OUTSIDE, INSIDE, PERHAPS_OUTSIDE, PERHAPS_INSIDE = range(4)
"""OpenCV's numbers."""


def load_builtin(detector: Callable[[], Detector] | None = None) -> "BuiltinSegmenter":
    """The built-in segmenter.

    Args:
        detector: gives what finds the things that phrases name, once phrases are asked for; without it, they are not
            taken.

    Raises:
        ModelMissing: OpenCV is not installed.
    """
    try:
        import cv2  # noqa: F401
    except ImportError as error:
        raise ModelMissing("The built-in segmenter needs OpenCV: pip install 'lens-photos[segment]'") from error
    return BuiltinSegmenter(detector)


class BuiltinSegmenter:
    """Satisfies the `Segmenter` protocol: boxes, points, and with a detector phrases."""

    def __init__(self, detector: Callable[[], Detector] | None = None) -> None:
        prompts = {BOXES, POINTS} | ({PHRASES} if detector else set())
        self.info = SegmenterInfo("builtin", "GrabCut, OpenCV", "1", frozenset(prompts))
        self.detector = detector
        self.image: Image.Image | None = None

    def set_image(self, image: Image.Image) -> None:
        """Take an upright RGB photo; costs nothing."""
        self.image = image.convert("RGB")

    def segment(
        self,
        *,
        boxes: NDArray[np.float32] | None = None,
        points: Sequence[Points] | None = None,
        phrases: Sequence[str] | None = None,
    ) -> Masks:
        """Masks in the photo that was set; see `Segmenter`. A mask lies inside its box."""
        asked = check_prompts(self.info, self.image.size if self.image else None, boxes, points, phrases)
        image = self.image or Image.new("RGB", (1, 1))
        if asked == PHRASES and self.detector:
            found = self.detector().detect(image, phrases or ())
            masks = [_cut(image, box, None) for box in found.boxes]
            return Masks.of(image.size, masks, found.scores.tolist(), found.phrases.tolist())
        count = len(boxes) if boxes is not None else len(points or ())
        masks = [
            _cut(image, None if boxes is None else boxes[number], None if points is None else points[number])
            for number in range(count)
        ]
        return Masks.of(image.size, masks, [TYPICAL_IOU] * count, range(count))


def _cut(image: Image.Image, box: NDArray[np.float32] | None, points: Points | None) -> NDArray[np.bool_]:
    """(height, width) bool, of one thing."""
    whole = np.zeros((image.height, image.width), np.bool_)
    left, top, right, bottom = frame = _frame(image.size, box)
    part = image.crop(frame)
    scale = min(1.0, SIDE / max(part.size))
    small = part.resize((max(1, round(part.width * scale)), max(1, round(part.height * scale))), Image.Resampling.BOX)
    factors = np.array(small.size) / np.array(part.size)
    corner = np.array([left, top])
    expected = _expected(small.size, None if box is None else (box.reshape(2, 2) - corner) * factors)
    if points is not None:
        _mark(expected, (points.places - corner) * factors, points.inside, alone=box is None)
    found = _grab(np.asarray(small), expected)
    if box is not None and found.sum() < FILLED * (expected != OUTSIDE).sum():
        found = expected == PERHAPS_INSIDE
    full = Image.fromarray(found.astype(np.uint8) * 255).resize(part.size, Image.Resampling.BILINEAR)
    whole[top:bottom, left:right] = np.asarray(full) > 127
    if box is not None:
        inner = np.zeros_like(whole)
        x0, y0, x1, y1 = _rounded(image.size, box)
        inner[y0:y1, x0:x1] = True
        whole &= inner
    return whole


def _rounded(size: tuple[int, int], box: NDArray[np.floating]) -> tuple[int, int, int, int]:
    """The pixels that a box touches, at least one, inside the photo."""
    x0, y0 = (min(max(int(edge), 0), side - 1) for edge, side in zip(box[:2], size, strict=True))
    x1, y1 = (
        min(max(int(np.ceil(edge)), low + 1), side) for edge, low, side in zip(box[2:], (x0, y0), size, strict=True)
    )
    return x0, y0, x1, y1


def _frame(size: tuple[int, int], box: NDArray[np.float32] | None) -> tuple[int, int, int, int]:
    """The part of the photo to cut in: the box with its surroundings, else all of it."""
    if box is None:
        return 0, 0, *size
    around = AROUND * float(max(box[2] - box[0], box[3] - box[1])) + 2
    return _rounded(size, box + np.array([-around, -around, around, around]))


def _expected(size: tuple[int, int], box: NDArray[np.floating] | None) -> NDArray[np.uint8]:
    """(height, width) what each pixel is before the cut: the ellipse in a box is perhaps the thing."""
    guess = Image.new("L", size, PERHAPS_OUTSIDE if box is None else OUTSIDE)
    if box is not None:
        draw = ImageDraw.Draw(guess)
        corners = [tuple(place) for place in box.round(2)]
        draw.rectangle(corners, fill=PERHAPS_OUTSIDE)
        draw.ellipse(corners, fill=PERHAPS_INSIDE)
    return np.array(guess)


def _mark(expected: NDArray[np.uint8], places: NDArray[np.floating], inside: NDArray[np.bool_], *, alone: bool) -> None:
    """Write points into what is expected; without a box, a disc around each that is on the thing."""
    guess = Image.fromarray(expected)
    draw = ImageDraw.Draw(guess)
    reach = REACH * min(guess.size)
    for x, y in places[inside].tolist() if alone else ():
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=PERHAPS_INSIDE)
    for (x, y), on in zip(places.tolist(), inside.tolist(), strict=True):
        draw.ellipse((x - 2, y - 2, x + 2, y + 2), fill=INSIDE if on else OUTSIDE)
    expected[:] = np.asarray(guess)


def _grab(pixels: NDArray[np.uint8], expected: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(h, w) bool, what GrabCut makes of what is expected; that itself where it leaves nothing to decide."""
    import cv2

    inside: NDArray[np.bool_] = (expected == INSIDE) | (expected == PERHAPS_INSIDE)
    if inside.all() or not inside.any():
        return inside
    mask, models = expected.copy(), [np.zeros((1, 65)), np.zeros((1, 65))]
    cv2.setRNGSeed(0)  # its mixtures start from random means
    cut: Any = cv2.grabCut  # its stubs know no arrays without a third dimension
    cut(np.ascontiguousarray(pixels[..., ::-1]), mask, None, *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
    found: NDArray[np.bool_] = (mask == INSIDE) | (mask == PERHAPS_INSIDE)
    return found

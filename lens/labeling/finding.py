"""What a detector, a segmenter or both make of photos: boxes with what they show, and masks where one is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from lens.errors import QueryError
from lens.labeling.masks import box_of, encoded
from lens.labeling.prompts import Prompts
from lens.labeling.tiles import detect_tiled
from lens.models.detectors.base import Detections, Detector
from lens.models.segmenters.base import BOXES, PHRASES, Segmenter
from lens_indexes import Box

__all__ = ["Finder", "Found"]

MASKS_AT_ONCE = 100_000_000
"""Pixels of masks that are held beside each other, a byte each."""


@dataclass(frozen=True)
class Found:
    """One thing that was found in a photo."""

    box: Box
    score: float
    """0 to 1, comparable within one model."""
    phrase: int
    """Number of the phrase that found it."""
    mask: bytes | None = None
    """As it is stored; None where there is only a box."""


class Finder:
    """The models of a labelling and what they are asked.

    Args:
        prompts: what to look for.
        detector: finds boxes; without one the segmenter finds masks by the phrases.
        segmenter: cuts out what is in boxes; without one there are only boxes.
        min_score: what a score must exceed, 0 to 1; by default the detector's own threshold.
        tile: side in pixels of the tiles in which larger photos are looked at too; by default none are.

    Raises:
        QueryError: these models cannot do it.
    """

    def __init__(
        self,
        prompts: Prompts,
        detector: Detector | None,
        segmenter: Segmenter | None = None,
        min_score: float | None = None,
        tile: int | None = None,
    ) -> None:
        needed = BOXES if detector else PHRASES
        if segmenter is None and detector is None:
            raise QueryError("Labelling needs a detector, or a segmenter that takes phrases.")
        if segmenter and needed not in segmenter.info.prompts:
            hint = "use it with --detector none" if detector else "name a --detector too"
            raise QueryError(f"The segmenter {segmenter.info.name} takes no {needed}: {hint}.")
        self.prompts, self.detector, self.segmenter = prompts, detector, segmenter
        self.min_score, self.tile = min_score, tile

    @property
    def name(self) -> str:
        """Of the model that finds things."""
        return self.detector.info.name if self.detector else self.segmenter.info.name if self.segmenter else ""

    @property
    def revisions(self) -> list[str]:
        """Name and fingerprint of each model."""
        return [f"{each.info.name} {each.info.revision}" for each in (self.detector, self.segmenter) if each]

    @property
    def model(self) -> str:
        """The models' names, for people."""
        return " + ".join(each.info.name for each in (self.detector, self.segmenter) if each)

    def find(self, images: Sequence[Image.Image]) -> list[list[Found]]:
        """What upright RGB photos show, doubles left in; each photo is encoded once for all phrases."""
        if self.detector is None:
            return [self._by_phrases(image) for image in images]
        phrases = self.prompts.phrases
        if self.tile:
            found = detect_tiled(self.detector, images, phrases, self.min_score, self.tile)
        else:
            found = self.detector.detect_all(images, phrases, self.min_score)
        return [_listed(each) for each in found]

    def cut(self, image: Image.Image, found: Sequence[Found]) -> list[Found]:
        """The same with masks, if there is a segmenter and they have none yet."""
        if self.segmenter is None or self.detector is None or not found:
            return list(found)
        self.segmenter.set_image(image)
        boxes = np.array([each.box for each in found], np.float32)
        at_once = max(1, MASKS_AT_ONCE // (image.width * image.height))
        cut = []
        for start in range(0, len(boxes), at_once):
            masks = self.segmenter.segment(boxes=boxes[start : start + at_once]).masks
            for each, mask in zip(found[start : start + at_once], masks, strict=True):
                cut.append(replace(each, mask=encoded(mask) if mask.any() else None))
        return cut

    def _by_phrases(self, image: Image.Image) -> list[Found]:
        if self.segmenter is None:
            return []
        self.segmenter.set_image(image)
        masks = self.segmenter.segment(phrases=self.prompts.phrases)
        found = []
        for mask, score, phrase in zip(masks.masks, masks.scores.tolist(), masks.prompts.tolist(), strict=True):
            box = box_of(mask)
            if box and score > (self.min_score or 0):
                found.append(Found(box, score, phrase, encoded(mask)))
        return found


def _listed(detections: Detections) -> list[Found]:
    arrays = (detections.boxes.tolist(), detections.scores.tolist(), detections.phrases.tolist())
    return [Found((x0, y0, x1, y1), score, phrase) for (x0, y0, x1, y1), score, phrase in zip(*arrays, strict=True)]

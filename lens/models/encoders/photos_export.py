"""Preparing the photos of an encoder that open_clip loaded, so that later runs need no torch."""

import logging
from typing import Any

import numpy as np
from PIL import Image

from lens.models.encoders.cards import read_card, write_card
from lens.models.encoders.photos import PART, PhotosCard, input_of

__all__ = ["prepare_photos"]

log = logging.getLogger(__name__)

PROBES = ((300, 200), (201, 333), (64, 48), (1200, 100))
"""Widths and heights at which resizing and cropping round differently, where they do."""


def prepare_photos(encoder: Any) -> bool:
    """Keep how an encoder wants its photos: whether that is known afterwards.

    What it does to a photo is compared with what would be done without torch, and kept only where both are the same.
    """
    info = encoder.info
    if read_card(PhotosCard, PART, info.name, info.revision):
        return True
    described = getattr(encoder, "preprocessing", None)
    card = _card(info, described) if described else None
    if card is None:
        return False
    random = np.random.default_rng(0)
    for width, height in PROBES:
        probe = Image.fromarray(random.integers(0, 256, (height, width, 3), np.uint8))
        expected, found = encoder.prepare(probe)["image"], input_of(card, probe)["image"]
        if expected.shape != found.shape or np.abs(expected - found).max() > 1e-5:
            log.debug("the photos of %s come out differently without torch", info.name)
            return False
    write_card(card, PART)
    return True


def _card(info: Any, described: dict[str, Any]) -> PhotosCard | None:
    """What open_clip's description says; None for what `input_of` does not know."""
    size, mode = described["size"], described["resize_mode"]
    width, height = (size, size) if isinstance(size, int) else size
    if width != height or mode not in {"shortest", "squash"}:
        return None
    return PhotosCard(
        info, width, mode == "squash", described["interpolation"] == "bilinear", described["mean"], described["std"]
    )

"""Whether photos are recognised in other views of themselves."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps

from lens.curation.collection import CuratedPhoto
from lens.errors import PhotoError
from lens.evaluation.retrieval import places_of
from lens.indexing.report import Progress, Report
from lens.models.encoders.base import ImageEncoder, encode_in_batches
from lens.photos.decode import read_photo

__all__ = ["recognised", "view"]

LEAST_AREA = 0.4
JITTER = 0.4


def view(image: Image.Image, seed: int) -> Image.Image:
    """The same photo as another might have taken it: a part of it, perhaps mirrored, in another light.

    At least two fifths of its area are left, in its own proportions; brightness, contrast and colour change by up to
    two fifths, as in SimCLR (arXiv:2002.05709).
    """
    rng = np.random.default_rng(seed)
    share = float(np.sqrt(rng.uniform(LEAST_AREA, 1)))
    width, height = max(1, round(share * image.width)), max(1, round(share * image.height))
    left, top = rng.integers(0, image.width - width + 1), rng.integers(0, image.height - height + 1)
    part = image.crop((int(left), int(top), int(left) + width, int(top) + height))
    if rng.random() < 0.5:
        part = ImageOps.mirror(part)
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        part = enhance(part).enhance(float(rng.uniform(1 - JITTER, 1 + JITTER)))
    return part


def recognised(
    encoders: Sequence[ImageEncoder],
    photos: Sequence[CuratedPhoto],
    vectors: Mapping[str, NDArray[np.float32]],
    judging: NDArray[np.int64],
    on_progress: Report,
) -> dict[str, NDArray[np.floating]]:
    """Whether each photo is the nearest to another view of itself, by encoder; nothing if none can be read."""
    side = max(encoder.info.min_side for encoder in encoders)
    read: list[int] = []
    prepared: list[list[object]] = [[] for _ in encoders]
    for done, number in enumerate(judging.tolist(), start=1):
        on_progress(Progress(done, len(judging), done - 1 - len(read)))
        try:
            image = read_photo(photos[number].path, min_side=side).image
        except PhotoError:
            continue
        read.append(number)
        for inputs, encoder in zip(prepared, encoders, strict=True):
            inputs.append(encoder.prepare(view(image, number)))
    if not read:
        return {}
    own = np.array(read)
    found: dict[str, NDArray[np.floating]] = {}
    for encoder, inputs in zip(encoders, prepared, strict=True):
        places = places_of(encode_in_batches(encoder, inputs), vectors[encoder.info.name], own)
        found[encoder.info.name] = (places < 1).astype(float)
    return found

"""What the frozen towers see, computed once: training then takes minutes, not days."""

import hashlib
import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from lens.align.datasets import Example
from lens.errors import PhotoError
from lens.models.encoders.heads import image_inputs
from lens.models.encoders.image_tower import VERSION, ImageFeatures, ImageTower, prepare
from lens.models.weights import cache_folder, replace_file

__all__ = ["VIEWS", "Progress", "crop", "features_of", "photo_features", "seen", "view_features"]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""
VIEWS = ("whole", "mirrored", "crop 1", "crop 2")
"""The views of each training photo; a step of training draws one of them."""
CHUNK = 64


def view_features(examples: Sequence[Example], view: str, seed: int, progress: Progress) -> NDArray[np.float32]:
    """(n, 3912) the heads' inputs for one view of each photo, from the cache if they were computed before."""
    return image_inputs(seen(examples, view, seed, progress))


def seen(examples: Sequence[Example], view: str, seed: int, progress: Progress) -> ImageFeatures:
    """The image tower's features for one view of each photo, from the cache if they were computed before."""
    names = "\n".join(f"{item.path} {item.path.stat().st_size}" for item in examples)
    key = hashlib.sha256(f"{VERSION} {view} {seed}\n{names}".encode()).hexdigest()[:16]
    cached = cache_folder() / "align" / f"{key}.npz"
    try:
        with np.load(cached) as content:
            features = ImageFeatures(content["pooled"], content["logits"], content["stages"])
    except (OSError, ValueError, KeyError, EOFError):
        features = photo_features(examples, view, seed, progress)
        buffer = io.BytesIO()
        np.savez(buffer, **vars(features))
        replace_file(cached, buffer.getvalue())
    return features


def photo_features(examples: Sequence[Example], view: str, seed: int, progress: Progress) -> ImageFeatures:
    """The image tower's features for one view of each photo.

    Raises:
        PhotoError: a photo cannot be read.
    """

    def read(number: int) -> Image.Image:
        path = examples[number].path
        try:
            with Image.open(path) as opened:
                return ImageOps.exif_transpose(opened).convert("RGB")
        except OSError as error:
            raise PhotoError(f"{path} cannot be read ({error})") from error

    return features_of(read, len(examples), view, seed, progress)


def features_of(
    read: Callable[[int], Image.Image], count: int, view: str, seed: int, progress: Progress
) -> ImageFeatures:
    """The image tower's features for one view of each of `count` photos, which are read by their numbers."""
    tower = ImageTower()
    done: list[ImageFeatures] = []

    def load(number: int) -> NDArray[np.uint8]:
        return prepare(_look(read(number), view, np.random.default_rng([seed, VIEWS.index(view), number])))

    with ThreadPoolExecutor(2) as pool:
        for start in range(0, count, CHUNK):
            done.append(tower.encode(list(pool.map(load, range(start, min(start + CHUNK, count))))))
            progress(f"features, {view}", min(start + CHUNK, count), count)
    return ImageFeatures(*(np.concatenate([getattr(part, name) for part in done]) for name in vars(done[0])))


def _look(image: Image.Image, view: str, rng: np.random.Generator) -> Image.Image:
    if view.startswith("crop"):
        image = crop(image, rng)
    mirrored = view == "mirrored" or (view.startswith("crop") and rng.random() < 0.5)
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirrored else image


def crop(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A random part of the photo: 40 to 100 % of its area, its proportions changed by up to a third."""
    proportion = np.clip(image.width / image.height * np.exp(rng.uniform(-0.29, 0.29)), 0.5, 2)
    area = rng.uniform(0.4, 1) * image.width * image.height
    width = min(image.width, round((area * proportion) ** 0.5))
    height = min(image.height, round((area / proportion) ** 0.5))
    left = int(rng.integers(0, image.width - width + 1))
    top = int(rng.integers(0, image.height - height + 1))
    return image.crop((left, top, left + width, top + height))

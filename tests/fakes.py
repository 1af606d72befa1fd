"""A small encoder that is real enough to search with, and photos to go with it."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from lens.models.encoders.base import EncoderInfo, Vectors

GRID = 4


class ColourEncoder:
    """Encodes photos by their colours on a coarse grid, and texts by the colour they name."""

    batch = 32
    thread_safe = False

    def __init__(self, name: str = "colour", revision: str = "1") -> None:
        self.info = EncoderInfo(name, "mean colours", revision, dim=GRID * GRID * 3 + 1, min_side=GRID)
        self.encoded = 0

    def prepare(self, image: Image.Image) -> NDArray[np.generic]:
        return np.asarray(image.convert("RGB").resize((GRID, GRID), Image.Resampling.BOX))

    def encode_prepared(self, inputs: Sequence[NDArray[np.generic]]) -> Vectors:
        self.encoded += len(inputs)
        pixels = np.stack(inputs).reshape(len(inputs), -1).astype(np.float32) / 127.5 - 1
        return _unit(pixels)

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        return self.encode_prepared([self.prepare(image) for image in images])

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        colours = [_colour(text.split()[-1]) for text in texts]
        return _unit(np.array(colours, np.float32).repeat(GRID * GRID, axis=0).reshape(len(texts), -1) / 127.5 - 1)


class WideEncoder(ColourEncoder):
    """Its vectors have a multiple of 8 numbers, which can be kept as codes."""

    def __init__(self):
        super().__init__("wide")
        self.info = replace(self.info, dim=-(-self.info.dim // 8) * 8)

    def encode_texts(self, texts):
        vectors = super().encode_texts(texts)
        return np.pad(vectors, ((0, 0), (0, self.info.dim - vectors.shape[1])))


class BlindEncoder(ColourEncoder):
    """Gives photos vectors that have nothing to do with them, the same photo always the same one."""

    def encode_prepared(self, inputs: Sequence[NDArray[np.generic]]) -> Vectors:
        seeds = [int(np.asarray(each, np.int64).sum()) * 7919 % 100_003 for each in inputs]
        rows = np.stack([np.random.default_rng(seed).normal(size=self.info.dim - 1) for seed in seeds])
        return _unit(rows.astype(np.float32))


def _colour(word: str) -> tuple[int, ...]:
    """The colour of that name; of any other word, one that is always the same."""
    try:
        return ImageColor.getrgb(word)
    except ValueError:
        return tuple(hashlib.sha256(word.encode()).digest()[:3])


def _unit(rows: NDArray[np.float32]) -> Vectors:
    rows = np.hstack([rows, np.full((len(rows), 1), 0.1, np.float32)])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


FOLDERS = {"warm": (220, 60, 20), "cold": (20, 60, 220), "green": (30, 200, 40)}
"""What `paint_folders` makes, by the mean colour of the photos."""


def paint_folders(place: Path, count: int, *, dated: bool = False) -> None:
    """So many noisy photos in each of three folders; those of a folder were taken on one day, if they are dated."""
    rng = np.random.default_rng(0)
    for day, (name, colour) in enumerate(FOLDERS.items(), 1):
        (place / name).mkdir(parents=True)
        for number in range(count):
            pixels = np.clip(np.array(colour) + rng.normal(0, 60, (24, 32, 3)), 0, 255).astype(np.uint8)
            exif = Image.Exif()
            if dated:
                exif[0x0132] = f"2024:05:{day:02d} 08:{number:02d}:00"
            Image.fromarray(pixels).save(place / name / f"{number}.png", exif=exif)


def paint(path: Path, colour: str, size: tuple[int, int] = (32, 24)) -> Path:
    """A photo of one colour; its suffix names the format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


def painted(colour: str, size: tuple[int, int] = (32, 24)) -> bytes:
    """The file of such a photo, as PNG."""
    made = BytesIO()
    Image.new("RGB", size, colour).save(made, "PNG")
    return made.getvalue()

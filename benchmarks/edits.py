"""Edits of photos as people and programs make them, each leaving a near duplicate."""

import random
from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageDraw, ImageEnhance, ImageFont

Edit = Callable[[Image.Image], Image.Image]


def _resize(image: Image.Image) -> Image.Image:
    return image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.LANCZOS)


def _recompress(image: Image.Image) -> Image.Image:
    data = BytesIO()
    image.save(data, "JPEG", quality=30)
    with Image.open(data) as again:
        return again.convert("RGB")


def _crop(share: float) -> Edit:
    """Cut to a share of each side, off the centre and by the same amount for the same photo."""

    def crop(image: Image.Image) -> Image.Image:
        chance = random.Random(image.width * 100_003 + image.height)
        width, height = round(image.width * share), round(image.height * share)
        left, top = chance.randint(0, image.width - width), chance.randint(0, image.height - height)
        return image.crop((left, top, left + width, top + height))

    return crop


def _colour(image: Image.Image) -> Image.Image:
    warmer = ImageEnhance.Color(ImageEnhance.Brightness(image).enhance(1.2)).enhance(1.4)
    return ImageEnhance.Contrast(warmer).enhance(1.2)


def _grey(image: Image.Image) -> Image.Image:
    return image.convert("L").convert("RGB")


def _watermark(image: Image.Image) -> Image.Image:
    marked = image.copy()
    font = ImageFont.load_default(max(10, image.width // 9))
    ImageDraw.Draw(marked).text((image.width * 0.08, image.height * 0.4), "© My photo 2026", fill="white", font=font)
    return marked


def _border(image: Image.Image) -> Image.Image:
    framed = Image.new("RGB", (round(image.width * 1.1), round(image.height * 1.1)), "black")
    framed.paste(image, ((framed.width - image.width) // 2, (framed.height - image.height) // 2))
    return framed


EDITS: dict[str, Edit] = {
    "resize 50 %": _resize,
    "recompress q30": _recompress,
    "crop 90 %": _crop(0.9),
    "crop 80 %": _crop(0.8),
    "mirror": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "rotate 90°": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "rotate 5°": lambda image: image.rotate(5, Image.Resampling.BICUBIC),
    "colour": _colour,
    "grey": _grey,
    "watermark": _watermark,
    "border": _border,
}

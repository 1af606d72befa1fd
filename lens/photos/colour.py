"""Pixels of any kind to 8-bit sRGB on white."""

from functools import lru_cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

_BITS_PER_SAMPLE = 258  # TIFF 6.0, section 8
_PROFILE_SPACES = {"L": "GRAY", "RGB": "RGB ", "CMYK": "CMYK"}


def to_rgb(image: Image.Image, *, divisor: int = 1) -> Image.Image:
    """A loaded image of any mode as RGB, each side divided by `divisor` and rounded up.

    Colours are taken from the image's ICC profile to sRGB; what is transparent becomes white. The image is made smaller
    before its colours are, so that a large photo costs little.
    """
    profile = image.info.get("icc_profile")
    if image.mode == "LAB":
        plain, profile = _lab_to_rgb(image), None
    else:
        plain = _plain(image)
    if divisor > 1:
        plain = plain.reduce(divisor)
    if plain.mode not in ("LA", "RGBA"):
        return _to_srgb(plain, profile)
    opaque = Image.new("RGB", plain.size, "white")
    opaque.paste(_to_srgb(plain.convert(plain.mode[:-1]), profile), mask=plain.getchannel("A"))
    return opaque


def _plain(image: Image.Image) -> Image.Image:
    """The same pixels as L, LA, RGB, RGBA or CMYK, 8 bits each."""
    if image.mode.startswith("I;16"):
        return _grey(image, _sixteen_bit_maximum(image))
    if image.mode == "I":
        # Pillow scales every PGM of more than 8 bits to 16.
        return _grey(image, 65535) if image.format == "PPM" else _grey(image, 255, 65535)
    if image.mode == "F":
        return _grey(image, 1, 255, 65535)
    if image.mode == "CMYK":
        return image
    if image.has_transparency_data:
        mode = "LA" if image.mode in ("LA", "La") else "RGBA"
    else:
        mode = "L" if image.mode in ("1", "L") else "RGB"
    return image if image.mode == mode else image.convert(mode)  # which would copy it


def _sixteen_bit_maximum(image: Image.Image) -> int:
    """White in 16 bits; TIFF also packs 12 there and Pillow leaves them as they are."""
    tags = getattr(image, "tag_v2", {})
    return 4095 if tags.get(_BITS_PER_SAMPLE) == (12,) else 65535


def _grey(image: Image.Image, *whites: int) -> Image.Image:
    """Grey of many levels as 8 bits: the first of `whites` that no pixel exceeds is white, and 0 is black.

    Where there is none, or a pixel is negative, the format defines no range: the darkest becomes black, the
    brightest white.
    """
    values: NDArray[np.float32] = np.array(image, np.float32)
    np.nan_to_num(values, copy=False, posinf=0, neginf=0)
    lowest, highest = float(values.min()), float(values.max())
    black, white = 0.0, next((float(white) for white in whites if highest <= white), highest)
    if lowest < 0 or highest > whites[-1]:
        black, white = lowest, highest
    scale = 255 / (white - black) if white > black else 0.0
    values -= black  # in place: there are many of them
    values *= scale
    values += 0.5
    return Image.fromarray(values.astype(np.uint8))


def _lab_to_rgb(image: Image.Image) -> Image.Image:
    transform = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
    converted = ImageCms.applyTransform(image, transform)
    return image.convert("RGB") if converted is None else converted


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """L, RGB or CMYK as RGB; a profile that is broken, or made for pixels of another kind, is ignored."""
    if profile:
        transform = _transform(profile, image.mode)
        if transform is None and image.mode == "L":  # grey pixels in a file with an RGB profile
            image = image.convert("RGB")
            transform = _transform(profile, "RGB")
        if transform is not None:
            converted = ImageCms.applyTransform(image, transform)
            if converted is not None:
                return converted
    return image if image.mode == "RGB" else image.convert("RGB")  # which would copy it


@lru_cache(maxsize=32)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """From an ICC profile to sRGB, for pixels of one mode; photos of one camera share it, from all threads."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if source.profile.xcolor_space != _PROFILE_SPACES[mode]:
            return None
        return ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            renderingIntent=ImageCms.Intent.PERCEPTUAL,
            flags=ImageCms.Flags.NOCACHE,  # Little CMS: a transform that threads share must have no cache
        )
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None

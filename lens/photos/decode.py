"""One file to one upright RGB photo, at no more cost than the encoder's eyes need."""

import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from lens.errors import PhotoError, PhotoOutOfReach
from lens.photos.colour import to_rgb
from lens.photos.metadata import Facts, read_facts
from lens.photos.pillow import DECODER_ERRORS, READER, open_image
from lens.photos.scan import RAW_SUFFIXES

__all__ = ["MAX_PIXELS", "READER", "Photo", "read_photo"]

MAX_PIXELS = 250_000_000
_MAX_BYTES_PER_PIXEL = 8  # a file with more of them than its largest picture has room for is no photo

# How to undo each EXIF orientation (CIPA DC-008, tag 0x0112).
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Photo:
    """A photo that was read."""

    image: Image.Image
    """Upright, RGB, sRGB; smaller than the file's where `min_side` allowed it."""
    facts: Facts
    content_hash: str
    """128-bit BLAKE2b of the file's bytes, in hexadecimal."""


def read_photo(path: Path, *, min_side: int | None = None, max_pixels: int = MAX_PIXELS) -> Photo:
    """Read a file once and make of it pixels, facts and a fingerprint.

    Args:
        path: The file; its content decides the format.
        min_side: Pixels the shorter side must keep. A larger photo is decoded smaller, its shorter side at least twice
            this, so that the encoder's own resizing still has pixels to choose from. `None`: the whole photo.
        max_pixels: Width times height above which a photo is refused before it is decoded.

    Raises:
        PhotoError: it cannot be read; the text is the reason, without the path. A PhotoOutOfReach if the same file may
            be readable another time.
    """
    if path.suffix.lower() in RAW_SUFFIXES:
        raise PhotoError("RAW photos are not read yet")
    data = _read(path, max_pixels * _MAX_BYTES_PER_PIXEL)
    try:
        image, facts = _decode(data, path.suffix, min_side, max_pixels)
    except MemoryError:
        raise PhotoOutOfReach("needs more memory than there is") from None
    except DECODER_ERRORS as error:
        raise PhotoError(_reason(error, max_pixels)) from None
    return Photo(image, facts, hashlib.blake2b(data, digest_size=16).hexdigest())


def _read(path: Path, max_bytes: int) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise PhotoError("not a regular file")
        if status.st_size > max_bytes:
            raise PhotoError(f"a file of more than {max_bytes / 1e9:g} GB")
        data = path.read_bytes()
    except FileNotFoundError:
        raise PhotoOutOfReach("vanished") from None
    except PermissionError:
        raise PhotoOutOfReach("permission denied") from None
    except MemoryError:
        raise PhotoOutOfReach("needs more memory than there is") from None
    except (OSError, ValueError) as error:  # a drive that fails; a NUL in the name
        raise PhotoOutOfReach(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if not data:
        raise PhotoError("the file is empty")
    return data


def _decode(data: bytes, suffix: str, min_side: int | None, max_pixels: int) -> tuple[Image.Image, Facts]:
    with open_image(data, suffix, max_pixels) as image:
        if image.width * image.height > max_pixels:
            raise PhotoError(_too_large(max_pixels))
        if image.format == "PNG":
            image.load()  # its EXIF may stand behind the pixels
        facts = read_facts(image)
        needed = 2 * min_side if min_side else None
        if needed and image.format in ("JPEG", "MPO"):
            image.draft(None, (needed, needed))  # libjpeg decodes to 1/2, 1/4 or 1/8 many times faster
        image.load()
        rgb = to_rgb(image, divisor=max(1, min(image.size) // needed) if needed else 1)
        # Pillow has turned a TIFF while loading it.
        turn = _UPRIGHT.get(facts.orientation) if image.format != "TIFF" else None
        return (rgb.transpose(turn) if turn is not None else rgb), facts


def _reason(error: Exception, max_pixels: int) -> str:
    """An error of a decoder in a user's words."""
    if isinstance(error, Image.DecompressionBombError):
        return _too_large(max_pixels)
    if isinstance(error, UnidentifiedImageError):
        return "not an image that can be read"
    if isinstance(error, EOFError) or "truncated" in str(error).lower():
        return "truncated"
    return "damaged, or of a kind that is not supported"


def _too_large(max_pixels: int) -> str:
    return f"larger than {max_pixels / 1e6:g} megapixels"

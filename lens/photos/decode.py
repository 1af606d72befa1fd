"""One file to one upright RGB photo, at no more cost than the encoder's eyes need."""

import hashlib
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from lens.errors import PhotoError, PhotoOutOfReach
from lens.photos.colour import to_rgb
from lens.photos.metadata import Facts, read_facts, with_sidecars
from lens.photos.orientation import upright
from lens.photos.pillow import DECODER_ERRORS, READER, bytes_per_pixel, open_image
from lens.photos.raw import open_raw
from lens.photos.room import Room
from lens.photos.scan import RAW_SUFFIXES
from lens_indexes.remote import is_remote

__all__ = ["MAX_PIXELS", "READER", "Photo", "read_header", "read_photo"]

MAX_PIXELS = 250_000_000
_MAX_BYTES_PER_PIXEL = 8
"""Of the largest photo, on disk and while it is decoded; a format that takes more has a lower limit of pixels."""
_DRAFTED = ("JPEG", "MPO")  # formats that are decoded smaller
# However many threads read, no more bytes than these are in memory at once, but for one photo that takes more. A thread
# with a file may wait for pixels, never the other way round.
_FILES = Room(MAX_PIXELS * _MAX_BYTES_PER_PIXEL)
_PIXELS = Room(MAX_PIXELS * 4)


@dataclass(frozen=True)
class Photo:
    """A photo that was read."""

    image: Image.Image
    """Upright, RGB, sRGB; smaller than the file's where `min_side` allowed it, and where a RAW's preview is."""
    facts: Facts
    """Those of the file, and of the side-cars that lie beside it."""
    content_hash: str
    """128-bit BLAKE2b of the file's bytes, in hexadecimal."""


def read_photo(
    path: Path, *, min_side: int | None = None, max_pixels: int = MAX_PIXELS, sidecars: bool | None = None
) -> Photo:
    """Read a file once and make of it pixels, facts and a fingerprint.

    Args:
        path: The file; its content decides the format, except that RAW is known by its suffix.
        min_side: Pixels the shorter side must keep. A larger photo is decoded smaller, its shorter side at least twice
            this, so that the encoder's own resizing still has pixels to choose from. `None`: the whole photo.
        max_pixels: Width times height above which a photo is refused before it is decoded; of WebP, JPEG 2000 and other
            formats whose decoders take much memory, fewer.
        sidecars: Whether to look for side-cars. `None`: on this machine, but not on a store, where it is a request.

    Raises:
        PhotoError: it cannot be read; the text is the reason, without the path. A PhotoOutOfReach if the same file may
            be readable another time.
    """
    with _FILES.taken(_size(path, max_pixels * _MAX_BYTES_PER_PIXEL)):
        data = _read(path)
        try:
            image, facts = _decode(data, path.suffix, min_side, max_pixels)
        except MemoryError:
            raise PhotoOutOfReach("needs more memory than there is") from None
        except DECODER_ERRORS as error:
            raise PhotoError(_reason(error, max_pixels)) from None
        if sidecars or (sidecars is None and not is_remote(path)):
            with _out_of_reach():
                facts = with_sidecars(facts, path)
        return Photo(image, facts, hashlib.blake2b(data, digest_size=16).hexdigest())


def read_header(path: Path) -> Facts:
    """The facts of a photo without its pixels or side-cars; of most formats from the beginning of the file alone.

    Raises:
        PhotoError: as `read_photo`.
    """
    if path.suffix.lower() in RAW_SUFFIXES:
        return read_photo(path, min_side=1, sidecars=False).facts
    _size(path, MAX_PIXELS * _MAX_BYTES_PER_PIXEL)
    with _out_of_reach(), path.open("rb") as file:
        try:
            with open_image(file, path.suffix, MAX_PIXELS) as image:
                return _facts(image)
        except DECODER_ERRORS as error:
            if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno):
                raise  # of the machine or the store, not of what is in the file
            raise PhotoError(_reason(error, MAX_PIXELS)) from None


def _facts(image: Image.Image) -> Facts:
    if image.format == "PNG":
        image.load()  # its EXIF may stand behind the pixels
    return read_facts(image)


def _size(path: Path, max_bytes: int) -> int:
    """Bytes of a file."""
    with _out_of_reach():
        status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise PhotoError("not a regular file")
    if status.st_size > max_bytes:
        raise PhotoError(f"a file of more than {max_bytes / 1e9:g} GB")
    return status.st_size


def _read(path: Path) -> bytes:
    with _out_of_reach():
        data = path.read_bytes()
    if not data:
        raise PhotoError("the file is empty")
    return data


@contextmanager
def _out_of_reach() -> Iterator[None]:
    """What keeps a file from being read, and may pass, in a user's words."""
    try:
        yield
    except FileNotFoundError:
        raise PhotoOutOfReach("vanished") from None
    except PermissionError:
        raise PhotoOutOfReach("permission denied") from None
    except MemoryError:
        raise PhotoOutOfReach("needs more memory than there is") from None
    except (OSError, ValueError) as error:  # a drive that fails; a NUL in the name
        raise PhotoOutOfReach(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _decode(data: bytes, suffix: str, min_side: int | None, max_pixels: int) -> tuple[Image.Image, Facts]:
    needed = 2 * min_side if min_side else None
    if suffix.lower() in RAW_SUFFIXES:
        raw = open_raw(data, suffix, needed, max_pixels)
        with raw.picture as image, _PIXELS.taken(_held(image, needed, max_pixels)):
            return upright(_to_size(image, needed), raw.orientation), raw.facts
    with open_image(data, suffix, max_pixels) as image, _PIXELS.taken(_held(image, needed, max_pixels)):
        facts = _facts(image)
        # Pillow turns a TIFF while loading it.
        return upright(_to_size(image, needed), 1 if image.format == "TIFF" else facts.orientation), facts


def _held(image: Image.Image, needed: int | None, max_pixels: int) -> int:
    """Bytes in memory while an opened image is decoded by `_to_size`; refused if they are too many."""
    pixels, each = image.width * image.height, bytes_per_pixel(image)
    if pixels > (most := max_pixels * _MAX_BYTES_PER_PIXEL // each):
        raise PhotoError(f"larger than {most / 1e6:g} megapixels, the most of {image.format}")
    if not needed or image.format not in _DRAFTED or image.info.get("progressive"):  # of which libjpeg keeps all
        return pixels * each
    smaller = min(8, max(1, min(image.size) // needed))
    return pixels * each // (1 << smaller.bit_length() - 1) ** 2


def _to_size(image: Image.Image, needed: int | None) -> Image.Image:
    """An opened image as RGB, its shorter side at least `needed` pixels; `None`: all of them."""
    if needed and image.format in _DRAFTED:
        image.draft(None, (needed, needed))  # libjpeg decodes to 1/2, 1/4 or 1/8 many times faster
    image.load()
    return to_rgb(image, divisor=max(1, min(image.size) // needed) if needed else 1)


def _reason(error: Exception, max_pixels: int) -> str:
    """An error of a decoder in a user's words."""
    if isinstance(error, Image.DecompressionBombError):
        return f"larger than {max_pixels / 1e6:g} megapixels"
    if isinstance(error, UnidentifiedImageError):
        return "not an image that can be read"
    if isinstance(error, EOFError) or "truncated" in str(error).lower():
        return "truncated"
    return "damaged, or of a kind that is not supported"

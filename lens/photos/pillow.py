"""How Pillow is held: which formats it may try, what it may raise, and that it keeps quiet."""

import ctypes
import logging
import re
import struct
import threading
import warnings
import zlib
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from typing import BinaryIO

from PIL import Image, _imaging
from PIL import __version__ as _pillow_version

from lens.errors import PhotoError

DECODER_ERRORS: tuple[type[Exception], ...] = (
    OSError,  # UnidentifiedImageError, truncated data, unsupported variants
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    RuntimeError,  # NotImplementedError, RecursionError, libheif
    MemoryError,
    BufferError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""All that Pillow's decoders raise on damaged files."""

# The order is that of trial. Not among them: formats that start other programs (EPS) or are no photos.
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "GIF", "BMP", "DIB", "JPEG2000", "PPM", "PSD", "QOI", "ICO")
# TGA has no signature: tried on everything, it takes much garbage for a picture.
_TGA_SUFFIX = ".tga"
# What a decoder holds at its peak: several whole pictures, where a format may be animated or is made of planes.
_FORMAT_BYTES = {"WEBP": 20, "JPEG2000": 20, "AVIF": 9, "HEIF": 7, "BMP": 7}
_MODE_BYTES = {"F": 17, "I": 17, "I;16": 11, "I;16B": 11, "I;16L": 11, "RGBA": 8, "LA": 8, "PA": 8, "P": 8}
_LEAST_BYTES = 4  # Pillow's own for most pictures
_BRANDS_END = 256  # bytes, among which those of a file that is told by them stand
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})


def _reader() -> str:
    """The packages that read photos here, each with its version."""
    found = [f"pillow-{_pillow_version}"]
    for package in ("pillow-heif", "rawpy"):
        with suppress(PackageNotFoundError):
            found.append(f"{package}-{version(package)}")
    return " ".join(found)


READER = f"2 {_reader()}"
"""Names what reads photos here, and changes with it; what one reader could not read, another may."""

_PILLOW_MODULES = re.compile(r"(PIL|pillow_heif)\b")
_filter_lock = threading.Lock()
# With no handler at all, Python prints a library's errors to the terminal itself.
logging.getLogger("PIL").addHandler(logging.NullHandler())


def open_image(data: bytes | BinaryIO, suffix: str, max_pixels: int) -> Image.Image:
    """An opened, not yet decoded image, of its bytes or of a file; what its first bytes say counts, not the suffix.

    Raises:
        PhotoError: it is HEIC and there is nothing to read HEIC with.
        Image.DecompressionBombError: it has more than `max_pixels`.
        DECODER_ERRORS: it is no image, or damaged.
    """
    ignore_warnings()
    _silence_libtiff()
    _allow(max_pixels)
    file = BytesIO(data) if isinstance(data, bytes) else data
    beginning = file.read(_BRANDS_END)
    file.seek(0)
    if _is_heif(beginning):
        formats: tuple[str, ...] = (_heif_format(),)
    else:
        formats = (*_FORMATS, "TGA") if suffix.lower() == _TGA_SUFFIX else _FORMATS
    image = Image.open(file, formats=formats)
    if image.width * image.height > max_pixels:
        image.close()
        raise Image.DecompressionBombError
    return image


def bytes_per_pixel(image: Image.Image) -> int:
    """What an opened image takes in memory while it is decoded whole; measured, rounded up."""
    return max(_FORMAT_BYTES.get(image.format or "", 0), _MODE_BYTES.get(image.mode, 0), _LEAST_BYTES)


def ignore_warnings() -> None:
    """Ignore the warnings of Pillow in this process.

    `warnings.catch_warnings` replaces the filters of all threads at once, so it is of no use among threads. One
    filter for Pillow's modules alone is put in front instead, and again whenever another came before it or
    it was removed.
    """
    first = warnings.filters[0] if warnings.filters else None
    if first is None or first[3] != _PILLOW_MODULES:
        with _filter_lock:
            warnings.filterwarnings("ignore", module=_PILLOW_MODULES.pattern)


@cache
def _silence_libtiff() -> None:
    """Keep libtiff from writing its errors to stderr; Pillow raises them all the same and has no switch for this."""
    try:
        library = ctypes.CDLL(_imaging.__file__)  # finds what Pillow is linked with
        handlers = library.TIFFSetErrorHandler, library.TIFFSetWarningHandler
    except (AttributeError, OSError):  # linked statically, as on Windows
        return
    for set_handler in handlers:
        set_handler.argtypes = [ctypes.c_void_p]
        set_handler.restype = ctypes.c_void_p
        set_handler(None)


def _allow(max_pixels: int) -> None:
    """Lift Pillow's own limit, which is one for the process, to ours where it is lower; it refuses twice its figure."""
    if Image.MAX_IMAGE_PIXELS is not None and max_pixels > Image.MAX_IMAGE_PIXELS * 2:
        Image.MAX_IMAGE_PIXELS = (max_pixels + 1) // 2


def _is_heif(data: bytes) -> bool:
    """By the brands of the file type box (ISO/IEC 14496-12, 4.3); AVIF shares the generic ones."""
    if data[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(data[:4], "big"), _BRANDS_END)
    brands = {data[8:12], *(data[start : start + 4] for start in range(16, end, 4))}
    return data[8:12] in _HEIF_BRANDS and b"avif" not in brands


@cache
def _heif_format() -> str:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        raise PhotoError("HEIC needs: pip install 'lens-photos[heif]'") from None
    register_heif_opener()
    return "HEIF"

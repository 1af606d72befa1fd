"""RAW files of cameras: the preview the camera made, or else the sensor's values at half size, through LibRaw.

Tested with DNG only. For the others LibRaw's own list of cameras counts: https://www.libraw.org/supported-cameras
"""

from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import ExifTags, Image

from lens.errors import PhotoError
from lens.photos.metadata import Facts, facts_of_tags
from lens.photos.orientation import swaps_sides
from lens.photos.pillow import DECODER_ERRORS, ignore_warnings, open_image
from lens.photos.tags import field, one_line

if TYPE_CHECKING:
    from rawpy import RawPy

# LibRaw's `flip` (bits: mirrored, upside down, sides swapped) as EXIF orientation.
_ORIENTATIONS = {0: 1, 1: 2, 2: 4, 3: 3, 4: 5, 5: 8, 6: 6, 7: 7}
# Olympus writes IIRO and Panasonic IIU where TIFF has its number.
_TIFF_STARTS = {b"II": b"II*\0", b"MM": b"MM\0*"}
_XMP_PACKET = 0x02BC  # TIFF tag 700, XMP specification part 3


@dataclass(frozen=True)
class RawPhoto:
    """A RAW file that was opened."""

    picture: Image.Image
    """Not yet decoded if it is the preview; smaller than the photo, or not."""
    orientation: int
    """How the picture is stored, 1 to 8 as in EXIF."""
    facts: Facts


def open_raw(data: bytes, suffix: str, needed: int | None, max_pixels: int) -> RawPhoto:
    """The picture and the facts of a RAW file.

    The preview is taken if it has as many pixels as are needed, or as half the sensor's size would have.

    Args:
        data: The whole file.
        suffix: Its name's, with the dot.
        needed: Pixels its shorter side must keep; `None`: all that half the sensor's size gives.
        max_pixels: Of the sensor and of the preview, above which a photo is refused before it is decoded.

    Raises:
        PhotoError: LibRaw does not know it, it is damaged, or there is no LibRaw.
        Image.DecompressionBombError: more than `max_pixels`.
    """
    try:
        import rawpy
    except ImportError:
        raise PhotoError("RAW needs: pip install 'lens-photos[raw]'") from None
    try:
        with rawpy.RawPy() as raw:
            raw.open_buffer(BytesIO(data))
            sizes = raw.sizes
            if sizes.raw_width * sizes.raw_height > max_pixels:
                raise Image.DecompressionBombError
            half = min(sizes.width, sizes.height) // 2
            picture = _preview(raw, max_pixels)
            facts = _facts(raw, _exif(data, picture), suffix)  # before developing, which changes sizes and flip
            if picture is None or min(picture.size) < min(half, needed or half):
                picture = Image.fromarray(raw.postprocess(half_size=True, use_camera_wb=True, user_flip=0))
    except rawpy.LibRawUnsufficientMemoryError:
        raise MemoryError from None
    except rawpy.LibRawFileUnsupportedError:
        raise PhotoError("not a RAW photo that LibRaw knows") from None
    except (rawpy.LibRawError, rawpy.NotSupportedError):
        raise PhotoError("damaged, or of a kind that is not supported") from None
    # Some cameras turn the preview before they embed it.
    turned = swaps_sides(facts.orientation) and (picture.width > picture.height) != (sizes.width > sizes.height)
    return RawPhoto(picture, 1 if turned else facts.orientation, facts)


def _preview(raw: "RawPy", max_pixels: int) -> Image.Image | None:
    """The largest preview in the file, opened; `None` if there is none that can be read."""
    import rawpy

    try:
        data = raw.extract_thumb().data
        return open_image(data, ".jpg", max_pixels) if isinstance(data, bytes) else Image.fromarray(data)
    except rawpy.LibRawError:
        return None
    except DECODER_ERRORS:
        return None


def _exif(data: bytes, preview: Image.Image | None) -> Image.Exif:
    """The file's tags where it has the structure of TIFF, as most RAW files have; else those of its preview."""
    ignore_warnings()
    start = _TIFF_STARTS.get(data[:2])
    exif = Image.Exif()
    try:
        if start is not None:
            exif.load(data if data.startswith(start) else start + data[4:])
        elif preview is not None:
            exif = preview.getexif()
    except DECODER_ERRORS:
        return Image.Exif()
    return exif


def _facts(raw: "RawPy", exif: Image.Exif, suffix: str) -> Facts:
    """From the tags; where these have no date, as the tags LibRaw alone finds (CR3), date and lens from LibRaw."""
    exif[ExifTags.Base.Orientation] = _ORIENTATIONS.get(raw.sizes.flip, 1)
    packet = field(exif, _XMP_PACKET)
    facts = facts_of_tags(exif, (raw.sizes.width, raw.sizes.height), suffix[1:].upper(), packet=packet)
    if facts.taken_at is not None:
        return facts  # rawpy decodes the whole sensor before it gives what follows
    taken_at = raw.other.timestamp if raw.other.timestamp.year > 1970 else None  # the epoch: it does not know
    return replace(facts, taken_at=taken_at, lens=facts.lens or one_line(raw.lens.model))

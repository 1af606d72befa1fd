"""What somebody wrote that a photo shows, in its file or in the side-cars beside it."""

from contextlib import suppress
from pathlib import Path

from lens.errors import PhotoError
from lens.photos.decode import MAX_PIXELS
from lens.photos.metadata import read_descriptions
from lens.photos.pillow import DECODER_ERRORS, open_image
from lens.photos.scan import RAW_SUFFIXES
from lens.photos.xmp import read_sidecars, unique

__all__ = ["descriptions_of"]


def descriptions_of(photo: Path) -> tuple[str, ...]:
    """Descriptions from XMP (`dc:description`) and captions from IPTC (2:120), side-cars first; each once.

    Of a RAW file the side-cars alone are read; of a file that cannot be read there are none.
    """
    with suppress(OSError):  # a store that is out of reach
        return unique([*read_sidecars(photo).descriptions, *_inside(photo)])
    return ()


def _inside(photo: Path) -> tuple[str, ...]:
    if photo.suffix.lower() in RAW_SUFFIXES:
        return ()
    with (
        suppress(PhotoError, *DECODER_ERRORS),
        photo.open("rb") as file,
        open_image(file, photo.suffix, MAX_PIXELS) as image,
    ):
        return read_descriptions(image)
    return ()

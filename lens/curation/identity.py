"""The hash of a photo's pixels: the same for every file that holds them, whatever its format and its metadata."""

import hashlib

from lens.curation.collection import CuratedPhoto
from lens.errors import PhotoError
from lens.photos.decode import read_photo

__all__ = ["pixel_hash"]


def pixel_hash(photo: CuratedPhoto) -> str | None:
    """128-bit BLAKE2b of all upright sRGB pixels and of the size, in hexadecimal.

    None if the photo cannot be read, or is no longer what the index knows.
    """
    try:
        read = read_photo(photo.path)
    except PhotoError:
        return None
    if read.content_hash != photo.content_hash:
        return None
    digest = hashlib.blake2b("{}×{}".format(*read.image.size).encode(), digest_size=16)
    digest.update(read.image.tobytes())
    return digest.hexdigest()

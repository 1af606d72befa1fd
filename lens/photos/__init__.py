"""Files to upright RGB pixels and facts."""

from lens.photos.decode import MAX_PIXELS, READER, Photo, read_photo
from lens.photos.metadata import Facts, read_facts
from lens.photos.scan import PHOTO_SUFFIXES, RAW_SUFFIXES, FoundPhoto, Unreadable, check_folder, scan

__all__ = [
    "MAX_PIXELS",
    "PHOTO_SUFFIXES",
    "RAW_SUFFIXES",
    "READER",
    "Facts",
    "FoundPhoto",
    "Photo",
    "Unreadable",
    "check_folder",
    "read_facts",
    "read_photo",
    "scan",
]

"""Files to upright RGB pixels and facts."""

from lens.photos.decode import MAX_PIXELS, READER, Photo, read_photo
from lens.photos.metadata import Facts, read_facts
from lens.photos.places import place_of
from lens.photos.scan import PHOTO_SUFFIXES, RAW_SUFFIXES, FoundPhoto, Unreadable, check_folder, scan
from lens.photos.thumbnails import Thumbnails

__all__ = [
    "MAX_PIXELS",
    "PHOTO_SUFFIXES",
    "RAW_SUFFIXES",
    "READER",
    "Facts",
    "FoundPhoto",
    "Photo",
    "Thumbnails",
    "Unreadable",
    "check_folder",
    "place_of",
    "read_facts",
    "read_photo",
    "scan",
]

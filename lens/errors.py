"""The errors of Lens.

LensError                 shown to the user as one line; anything else is a bug and keeps its traceback
├── FolderError           a folder to index is not there, is a file, or may not be read
├── PhotoError            a photo cannot be read, with the reason
├── PlacesMissing         the names of places are not on this machine; says what to type
├── ThumbnailError        a thumbnail cannot be kept
├── QueryError            a query cannot be understood
├── ModelError            something about a model's weights
│   ├── ModelMissing      they are not on this machine; says what to type
│   └── ModelDamaged      they are, and are not what they should be
├── DeviceError           a device is not there, does not work, or is too small for a model
└── IndexFailure          something about an index (`lens_indexes.errors`)
    ├── IndexNotFound
    ├── IndexDamaged
    ├── IndexTooNew
    ├── IndexLocked
    ├── IndexNotWritable
    └── EncoderMismatch
"""

from lens_indexes.errors import (
    EncoderMismatch,
    IndexDamaged,
    IndexFailure,
    IndexLocked,
    IndexNotFound,
    IndexNotWritable,
    IndexTooNew,
    LensError,
)

__all__ = [
    "DeviceError",
    "EncoderMismatch",
    "FolderError",
    "IndexDamaged",
    "IndexFailure",
    "IndexLocked",
    "IndexNotFound",
    "IndexNotWritable",
    "IndexTooNew",
    "LensError",
    "ModelDamaged",
    "ModelError",
    "ModelMissing",
    "PhotoError",
    "PhotoOutOfReach",
    "PlacesMissing",
    "QueryError",
    "SheetError",
    "ThumbnailError",
]


class FolderError(LensError):
    """A folder to index is not there, is a file, or may not be read."""


class PhotoError(LensError):
    """A photo cannot be read; the text is the reason, without the path."""


class PhotoOutOfReach(PhotoError):
    """A photo cannot be read now, and perhaps can later though its file does not change."""


class PlacesMissing(LensError):
    """The names of places are not on this machine; the text says what to type."""


class ThumbnailError(LensError):
    """A thumbnail cannot be kept; the text says where and why."""


class QueryError(LensError):
    """A query cannot be understood."""


class SheetError(LensError):
    """A contact sheet cannot be saved."""


class ModelError(LensError):
    """Something about a model's weights."""


class ModelMissing(ModelError):
    """The weights are not on this machine; the text says what to type."""


class ModelDamaged(ModelError):
    """The weights are not what they should be: wrong sha256, truncated, another architecture."""


class DeviceError(LensError):
    """A device is not there, does not work, or has too little memory for a model."""

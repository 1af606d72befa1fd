"""The errors of Lens.

LensError                 shown to the user as one line; anything else is a bug and keeps its traceback
├── ClusterError          many machines cannot be used, or did not do all of it; says what is kept
├── FolderError           a folder to index is not there, is a file, or may not be read
├── ManifestError         a file that names photos cannot be read, or names what it must not
├── PhotoError            a photo cannot be read, with the reason
├── PlacesMissing         the names of places are not on this machine; says what to type
├── ThumbnailError        a thumbnail cannot be kept
├── WindowMissing         the window cannot be opened; says what is missing
├── QueryError            a query cannot be understood
├── NameUnknown           nothing is kept under a name, or it can be none
├── MetaError             a table of facts cannot be imported
├── VocabularyError       there is no such vocabulary, or a line of it cannot be understood
├── TagError              photos cannot be tagged, or nothing can be learned
├── SidecarError          a side-car cannot be read or written
├── EvaluationError       an encoder cannot be judged by these photos or labels
├── SizesDiffer           regions cannot be copied to a photo of another size
├── CopyError             photos cannot be copied or linked to a folder
├── TuneError             a network cannot be trained; says what to change
├── ExportError           regions cannot be exported
├── ImportRefused         a file of regions cannot be imported; says where in it
├── PruneRefused          more photos would be removed from the index than anybody meant
├── MoveRefused           a root cannot be moved to where it is said to be
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

from __future__ import annotations

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from lens.indexing.report import IndexReport

__all__ = [
    "ClusterError",
    "CopyError",
    "DeviceError",
    "EncoderMismatch",
    "EvaluationError",
    "ExportError",
    "FolderError",
    "ImportRefused",
    "IndexDamaged",
    "IndexFailure",
    "IndexLocked",
    "IndexNotFound",
    "IndexNotWritable",
    "IndexTooNew",
    "LensError",
    "ManifestError",
    "MetaError",
    "ModelDamaged",
    "ModelError",
    "ModelMissing",
    "MoveRefused",
    "NameUnknown",
    "PhotoError",
    "PhotoOutOfReach",
    "PlacesMissing",
    "PruneRefused",
    "QueryError",
    "SheetError",
    "SidecarError",
    "SizesDiffer",
    "TagError",
    "ThumbnailError",
    "TuneError",
    "VocabularyError",
    "WindowMissing",
]


class FolderError(LensError):
    """A folder to index is not there, is a file, or may not be read."""


class ManifestError(LensError):
    """A file that names photos cannot be read, or names what it must not."""


class NoRoom(LensError):
    """A run cannot write down what it has to do."""


class PhotoError(LensError):
    """A photo cannot be read; the text is the reason, without the path."""


class PhotoOutOfReach(PhotoError):
    """A photo cannot be read now, and perhaps can later though its file does not change."""


class ClusterError(LensError):
    """Work on many machines could not be begun or not be finished; the text says what is kept."""


class PlacesMissing(LensError):
    """The names of places are not on this machine; the text says what to type."""


class WindowMissing(LensError):
    """The window cannot be opened; the text says what is missing."""


class ThumbnailError(LensError):
    """A thumbnail cannot be kept; the text says where and why."""


class QueryError(LensError):
    """A query cannot be understood."""


class NameUnknown(LensError):
    """Nothing is kept under a name, or it can be none."""


class MetaError(LensError):
    """A table of facts cannot be imported."""


class VocabularyError(LensError):
    """There is no such vocabulary, or a line of it cannot be understood; the text says which."""


class TagError(LensError):
    """Photos cannot be tagged, or nothing can be learned from what was shown."""


class SidecarError(LensError):
    """A side-car cannot be read or written; the text says which and why."""


class SizesDiffer(LensError):
    """Regions cannot be copied to a photo of another size."""


class EvaluationError(LensError):
    """An encoder cannot be judged: there are too few photos, labels or vectors; the text says of what."""


class TuneError(LensError):
    """A network cannot be trained on these photos; the text says why and what to change."""


class CopyError(LensError):
    """Photos cannot be copied or linked to a folder."""


class ExportError(LensError):
    """Regions cannot be exported."""


class ImportRefused(LensError):
    """A file of regions cannot be imported; nothing of it was."""


class PruneRefused(LensError):
    """More than a tenth of a root's photos are gone: they are hidden, and not removed unasked."""

    def __init__(self, text: str, report: IndexReport) -> None:
        super().__init__(text)
        self.report = report
        """What the run did."""


class MoveRefused(LensError):
    """A root cannot be moved: it is none, or its photos are not where they are said to be."""


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

"""What the library screen shows, read at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from lens import Library
from lens.comparison import Comparison, compared_before, installed_encoders
from lens.status import DiskUse, FolderStatus, SkippedPhoto, Status

__all__ = ["Held", "read"]


@dataclass(frozen=True)
class Held:
    """An index as it is now."""

    status: Status
    folders: list[FolderStatus]
    skipped: list[SkippedPhoto]
    use: DiskUse
    installed: list[str]
    compared: Mapping[str, Comparison]


def read(library: Library) -> Held:
    """Read all of it.

    Raises:
        IndexFailure: there is no index, or it cannot be read.
    """
    return Held(
        library.status(),
        library.folders(),
        library.skipped(),
        library.disk_use(),
        installed_encoders(),
        compared_before(),
    )

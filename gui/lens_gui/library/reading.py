"""What the library screen shows, read at once: `python -m lens_gui.library.reading URI` tells it."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lens import Library
from lens.comparison import Comparison, compared_before, comparison_of, installed_encoders
from lens.errors import IndexNotFound
from lens.status import DiskUse, EncoderStatus, FolderStatus, SkippedPhoto, Status
from lens_gui.asking import tell
from lens_indexes.remote import path_of

__all__ = ["Held", "held_of"]


@dataclass(frozen=True)
class Held:
    """An index as it is now."""

    status: Status
    folders: list[FolderStatus]
    skipped: list[SkippedPhoto]
    use: DiskUse
    installed: list[str]
    compared: Mapping[str, Comparison]


def read(uri: str) -> Held | None:
    """Read all of it; None if there is no index.

    Raises:
        IndexFailure: it cannot be read.
    """
    library = Library.open(uri)
    try:
        status = library.status()
    except IndexNotFound:
        return None
    return Held(
        status,
        library.folders(),
        library.skipped(),
        library.disk_use(),
        installed_encoders(),
        compared_before(),
    )


def held_of(told: dict[str, Any] | None) -> Held | None:
    """The same, of what was told."""
    if told is None:
        return None
    status = told["status"]
    encoders = [EncoderStatus(**each) for each in status["encoders"]]
    folders = [path_of(each) for each in status["folders"]]
    return Held(
        Status(**status | {"encoders": encoders, "folders": folders}),
        [FolderStatus(**each | {"folder": path_of(each["folder"])}) for each in told["folders"]],
        [SkippedPhoto(path_of(each["path"]), each["reason"]) for each in told["skipped"]],
        DiskUse(**told["use"]),
        told["installed"],
        {name: comparison_of(fields) for name, fields in told["compared"].items()},
    )


if __name__ == "__main__":
    tell(lambda: read(sys.argv[1]))

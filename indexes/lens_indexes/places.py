"""Where an index lies, how much room it takes there, and which of its tables were ever finished."""

import stat
from pathlib import Path

__all__ = ["bytes_below", "local_folder", "never_finished"]


def local_folder(uri: str) -> Path | None:
    """The folder an index lies in; None if it is on an object store."""
    return None if "://" in uri else Path(uri)


def never_finished(uri: str, table: str) -> bool:
    """Whether the making of a table, which is made empty, was interrupted; with data and no version it is damaged."""
    folder = local_folder(uri)
    if folder is None:
        return False
    place = folder / f"{table}.lance"
    return not any((place / "_versions").glob("*")) and not any((place / "data").glob("*"))


def bytes_below(folder: Path) -> int:
    """Of all files in a folder and below; what a run has removed since it was listed counts nothing."""
    return sum(_size(file) for file in folder.rglob("*"))


def _size(file: Path) -> int:
    try:
        status = file.stat()
    except FileNotFoundError:
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0

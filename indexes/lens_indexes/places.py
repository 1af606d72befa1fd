"""Where an index lies, and which of its tables were ever finished."""

from pathlib import Path

__all__ = ["local_folder", "never_finished"]


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

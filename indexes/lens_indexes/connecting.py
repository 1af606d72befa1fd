"""The database of an index, wherever it lies."""

import os
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from lens_indexes.errors import IndexFailure
from lens_indexes.failures import told_clearly
from lens_indexes.places import local_folder

__all__ = ["connect"]

METADATA_CACHE = 16 * 1024 * 1024  # bytes; LanceDB's own would keep what each of a long run's commits listed


def connect(uri: str) -> Any:
    """The database of an index, in which each look sees what others have written."""
    os.environ.setdefault("LANCE_DEFAULT_FRAGMENT_READAHEAD", "1")  # files of a table that joining holds at once
    os.environ.setdefault("LANCEDB_LOG", "error")  # what it warns of, as of a list without vectors, nobody can mend
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # its own gives nothing back
    import lancedb

    _check_reach(uri)
    with told_clearly(uri):
        session = lancedb.Session(metadata_cache_size_bytes=METADATA_CACHE)
        return lancedb.connect(uri, read_consistency_interval=timedelta(0), session=session)


def _check_reach(uri: str) -> None:
    """Refuse an object store that must not be asked, and keys that would be printed, kept and logged."""
    if local_folder(uri) is not None:
        return
    if {"@", ":"} & {*urlsplit(uri).netloc}:
        raise IndexFailure(
            "The name of an index must hold no key: put it where the store's own programs look, AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY or a profile in ~/.aws (docs/REMOTE.md)."
        )
    if os.environ.get("LENS_OFFLINE"):
        raise IndexFailure(f"The index {uri} is not on this machine, and Lens was told to stay offline.")

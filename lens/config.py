"""Where Lens keeps things on this machine."""

import os
from pathlib import Path

import platformdirs


def default_index() -> str:
    """The index used where none is named: `LENS_INDEX`, else a folder among the user's data."""
    return os.environ.get("LENS_INDEX") or str(platformdirs.user_data_path("lens", appauthor=False) / "index")


def index_uri(index: str | Path | None) -> str:
    """An index as it is known everywhere: a URI, or an absolute path; the default where none is named."""
    named = str(index) if index is not None else default_index()
    return named.rstrip("/") if "://" in named else str(Path(named).expanduser().absolute())


def cache_folder() -> Path:
    """What can be made again: `LENS_CACHE`, else a folder in the user's cache. It may not exist yet."""
    named = os.environ.get("LENS_CACHE")
    return Path(named) if named else platformdirs.user_cache_path("lens", appauthor=False)


def thumbnail_folder() -> Path:
    """Where the thumbnails of photos are kept. It may not exist yet."""
    return cache_folder() / "thumbnails"

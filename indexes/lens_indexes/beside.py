"""Where the files lie that can be made again from an index's tables, and how they are known to be of its present state.

They are in the index's own folder. Of an index on an object store they are in this machine's cache: the vectors are
fetched once, and again only after somebody wrote to the index.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from lens_indexes.errors import IndexFailure
from lens_indexes.places import bytes_below, local_folder

if TYPE_CHECKING:
    from lens_indexes.index import Index

__all__ = ["MIRROR_FOLDER", "Beside", "beside", "make_room"]

MIRROR_FOLDER = "mirror"
USED = "used"
"""A file whose time says when a cache was last read."""
LIMIT_GB = 20.0
"""Of all caches together, where `LENS_VECTOR_CACHE_GB` does not say another."""


@dataclass(frozen=True)
class Beside:
    """Such a place. `folder` may not exist yet."""

    folder: Path
    version: Callable[..., str]
    """Names the state of some tables, by default those of photos; another after every commit."""
    cached: bool
    """Whether it is in the cache, where there may be no room for it."""

    def read(self) -> None:
        """Take down that it was used."""
        if self.cached:
            (self.folder / USED).touch()


def beside(uri: str, index: Callable[[], Index]) -> Beside:
    """The place of an index, which is opened only where its state cannot be seen on this machine."""
    folder = local_folder(uri)
    if folder is not None:
        return Beside(folder / MIRROR_FOLDER, lambda *tables: _version(folder, tables), cached=False)
    name = hashlib.sha256(uri.encode()).hexdigest()[:24]
    return Beside(_caches() / name, lambda *tables: index().version(*tables), cached=True)


def make_room(cache: Beside, wanted: int) -> bool:
    """Remove the caches of other indexes, those read longest ago first, until so many bytes more are within the limit.

    Returns:
        Whether they are; if not, nothing was removed.

    Raises:
        IndexFailure: what the user says of the limit is no number.
    """
    named = os.environ.get("LENS_VECTOR_CACHE_GB") or LIMIT_GB
    try:
        limit = float(named) * 1e9
    except ValueError:
        raise IndexFailure(f"LENS_VECTOR_CACHE_GB is {named!r}, which is no number of gigabytes.") from None
    if wanted > limit:
        return False
    others = [folder for folder in _caches().glob("*") if folder != cache.folder]
    taken = {folder: bytes_below(folder) for folder in others}
    for folder in sorted(others, key=_last_read):
        if sum(taken.values()) + wanted > limit:
            shutil.rmtree(folder, ignore_errors=True)
            del taken[folder]
    return True


def _caches() -> Path:
    named = os.environ.get("LENS_CACHE")
    return (Path(named) if named else platformdirs.user_cache_path("lens", appauthor=False)) / "indexes"


def _last_read(folder: Path) -> float:
    used = folder / USED
    return used.stat().st_mtime if used.exists() else 0.0


def _version(index: Path, tables: tuple[str, ...]) -> str:
    names = sorted(name for table in tables or ("photos", "roots") for name in _manifests(index, table))
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def _manifests(index: Path, table: str) -> Iterator[str]:
    """The versions of a table that are on disk: Lance writes each once, as a file of its own."""
    versions = index / f"{table}.lance" / "_versions"
    if versions.is_dir():
        with os.scandir(versions) as entries:
            for entry in entries:
                if entry.name.endswith(".manifest"):
                    yield f"{table}/{entry.name} {entry.stat().st_size}"

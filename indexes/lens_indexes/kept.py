"""Sets of photos that take long to find, kept beside the mirror for one state of the tables."""

import json
import uuid
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from lens_indexes.beside import Beside

__all__ = ["keep_ids", "kept_ids"]


def kept_ids(place: Beside, name: str, how: str) -> frozenset[str] | None:
    """The ids of a set; None if it is not kept for the present state of the index, or was found in another way.

    Args:
        place: beside the index.
        name: of the set, as a file may be called.
        how: it is found, in words; another for other limits.
    """
    try:
        held = json.loads(_file(place, name).read_text(encoding="utf-8"))
        current = held["version"] == place.version() and held["how"] == how
        return frozenset(held["ids"]) if current else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_ids(place: Beside, name: str, how: str, version: str, ids: Collection[str]) -> None:
    """Keep a set that was found in one version of the index; a disk that is full or not writable is no error."""
    file = _file(place, name)
    begun = file.with_name(f"{name}-{uuid.uuid4().hex[:12]}.part")
    with suppress(OSError):
        file.parent.mkdir(parents=place.cached, exist_ok=True)
        try:
            begun.write_text(json.dumps({"version": version, "how": how, "ids": sorted(ids)}), encoding="utf-8")
            begun.replace(file)
        finally:
            begun.unlink(missing_ok=True)


def _file(place: Beside, name: str) -> Path:
    return place.folder / f"{name}.json"

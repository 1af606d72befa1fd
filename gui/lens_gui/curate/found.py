"""What was found in a collection, in parts, as the process that finds it tells the window."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lens_indexes.remote import path_of

__all__ = ["Found", "Part", "Piece", "found_in", "keep"]


@dataclass(frozen=True)
class Piece:
    """A photo of a part."""

    id: str
    path: Path
    content_hash: str
    number: str = ""
    """What it is sorted by."""
    note: str = ""
    """What there is to say of it, in words."""
    facts: Mapping[str, str] | None = None
    """What it is compared with others by, by names; None where nothing is."""


@dataclass(frozen=True)
class Part:
    """Photos that belong together."""

    heading: str
    ids: tuple[str, ...]
    """Of all its photos."""
    pieces: tuple[Piece, ...]
    """Those that are shown, the first ones."""


@dataclass(frozen=True)
class Found:
    """All that was found."""

    told: str
    """In words."""
    parts: tuple[Part, ...]


def keep(found: Found, file: Path, about: Mapping[str, str]) -> None:
    """Write down what was found, and what of; wholly or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    begun = file.with_suffix(".part")
    begun.write_text(json.dumps({"about": dict(about), "found": asdict(found)}, default=str), encoding="utf-8")
    begun.replace(file)


def found_in(file: Path, about: Mapping[str, str] | None = None) -> Found | None:
    """What was written down; None if it was found of something else, or cannot be read."""
    try:
        held: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if about is not None and held["about"] != about:
            return None
        return Found(held["found"]["told"], tuple(_part(each) for each in held["found"]["parts"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _part(held: dict[str, Any]) -> Part:
    pieces = tuple(Piece(**each | {"path": path_of(each["path"])}) for each in held["pieces"])
    return Part(held["heading"], tuple(held["ids"]), pieces)

"""Folders in the place of a query."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from lens.search.filters import in_folder
from lens_indexes import Index
from lens_indexes.filters import Condition, Some

__all__ = ["Where", "folders_of", "query_of", "within"]

Where: TypeAlias = str | Path | Sequence[str | Path]
"""Folders, or a query as a search takes it. What is given as a path is a folder."""


def folders_of(where: Where) -> list[Path]:
    """The folders, absolute, if nothing but folders is named; none if it is a query."""
    named = _named(where)
    return [Path(each).expanduser().absolute() for each in named] if all(map(_is_folder, named)) else []


def query_of(where: Where) -> list[str]:
    """The words of the query that it is otherwise."""
    return [str(each) for each in _named(where)]


def within(folders: Sequence[Path], index: Callable[[], Index]) -> Condition:
    """That a photo is in one of these folders, or below it.

    Raises:
        QueryError: nothing of one of them is in the index.
    """
    roots = index().roots.all()
    return Some(tuple(in_folder(str(folder), roots) for folder in folders))


def _named(where: Where) -> Sequence[str | Path]:
    return [where] if isinstance(where, str | Path) else where


def _is_folder(named: str | Path) -> bool:
    try:
        return isinstance(named, Path) or Path(named).expanduser().is_dir()
    except (OSError, RuntimeError, ValueError):  # words that can be no path
        return False

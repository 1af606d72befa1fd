"""Folders in the place of a query."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from lens.errors import QueryError
from lens.search.filters import in_folder
from lens.search.searcher import Searcher
from lens_indexes import Index
from lens_indexes.filters import All, Among, Condition, Some
from lens_indexes.remote import is_remote, path_of

__all__ = ["Where", "folders_of", "meant", "query_of", "within"]

Where: TypeAlias = str | Path | Sequence[str | Path]
"""Folders, or a query as a search takes it. What is given as a path is a folder."""


def folders_of(where: Where) -> list[Path]:
    """The folders, absolute, if nothing but folders is named; none if it is a query."""
    named = _named(where)
    return [path_of(each).expanduser().absolute() for each in named] if all(map(_is_folder, named)) else []


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


def meant(where: Where | None, top: int | None, index: Callable[[], Index], searcher: Searcher) -> Condition:
    """What the photos of these folders, or the confident and likely hits of this query, meet; by default all do.

    Args:
        where: folders or a query.
        top: how many hits of a query at the most.
        index: opens the index.
        searcher: finds the photos of a query.

    Raises:
        QueryError: nothing of a folder is in the index, or no photo answers the query.
    """
    if not where:
        return All(())
    if folders := folders_of(where):
        if top is not None:
            raise QueryError("Only the hits of a query can be limited in number, not the photos of a folder.")
        return within(folders, index)
    query = query_of(where)
    hits = searcher.all_that_answer(query, top or max(1, index().photos.count(missing=False)))
    if not hits:
        asked = " ".join(query)
        raise QueryError(
            f"No photo answers {asked}: lens search --all shows what is nearest by its words, if it has any."
        )
    return Among(frozenset(match.id for match in hits))


def _named(where: Where) -> Sequence[str | Path]:
    return [where] if isinstance(where, str | Path) else where


def _is_folder(named: str | Path) -> bool:
    """Whether it is there as a folder, or is one of a store: that is not asked."""
    try:
        path = path_of(named)
        return isinstance(named, Path) or is_remote(path) or path.expanduser().is_dir()
    except (OSError, RuntimeError, ValueError):  # words that can be no path
        return False

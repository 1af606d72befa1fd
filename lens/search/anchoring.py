"""Queries made independent of the folder they were asked in, so that another process can answer them."""

import re
from collections.abc import Sequence
from dataclasses import replace

from lens.search.parsing import file_at, parse
from lens.search.syntax import Example, Filter, Leaf, with_leaves
from lens_indexes.remote import path_of

__all__ = ["anchored"]


def anchored(query: str | Sequence[str]) -> str:
    """A query with the paths in it absolute.

    Raises:
        QueryError: it cannot be understood.
    """
    return str(with_leaves(parse(query), _anchored))


def _anchored(leaf: Leaf) -> Leaf:
    if isinstance(leaf, Example):
        return replace(leaf, path=_absolute(leaf.path))
    if isinstance(leaf, Filter):
        similar = leaf.name == "similar" and file_at(leaf.value)
        if similar or (leaf.name == "folder" and re.match(r"(\.{1,2}([/\\]|$)|~)", leaf.value)):
            return replace(leaf, value=_absolute(leaf.value))
    return leaf


def _absolute(text: str) -> str:
    try:
        return str(path_of(text).expanduser().absolute())
    except (OSError, RuntimeError, ValueError):  # a home of nobody; said where it is looked for
        return text

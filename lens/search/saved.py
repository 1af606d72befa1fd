"""Saved queries within queries: `saved:NAME` stands for what was saved under that name."""

from collections.abc import Callable

from lens.errors import QueryError
from lens.search.parsing import parse
from lens.search.syntax import Filter, Leaf, Node, with_leaves
from lens_indexes import Index

__all__ = ["spelled_out"]


def spelled_out(node: Node, index: Callable[[], Index], within: tuple[str, ...] = ()) -> Node:
    """A query with every `saved:NAME` replaced by what it stands for.

    Args:
        node: the query.
        index: opens the index, which only saved queries need.
        within: the names that are being replaced.

    Raises:
        QueryError: there is no such name, or one stands for itself.
    """

    def replaced(leaf: Leaf) -> Node:
        if not isinstance(leaf, Filter) or leaf.name != "saved":
            return leaf
        if leaf.value in within:
            raise QueryError(f"saved:{leaf.value} stands for itself: lens saved list shows what is saved.")
        saved = index().saved.all()
        if leaf.value not in saved:
            raise QueryError(f"Nothing is saved as {leaf.value}: lens saved list shows what is.")
        return spelled_out(parse(saved[leaf.value]), index, (*within, leaf.value))

    return with_leaves(node, replaced)

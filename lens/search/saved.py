"""Saved queries within queries: `saved:NAME` stands for what was saved under that name."""

from lens.errors import QueryError
from lens.search.parsing import parse
from lens.search.syntax import And, Filter, Leaf, Node, Not, Or, Sum, with_leaves
from lens_indexes import SideTables

__all__ = ["spelled_out"]


MOST_WITHIN = 3  # saved queries that stand within each other
DEEPEST = 150  # nodes below each other, however they came there


def spelled_out(node: Node, tables: SideTables) -> Node:
    """A query with every `saved:NAME` replaced by what it stands for.

    Args:
        node: the query.
        tables: which hold what is saved.

    Raises:
        QueryError: there is no such name, or one stands for itself.
    """
    whole = _spelled_out(node, tables, ())
    if _depth(whole) > DEEPEST:
        raise QueryError("The saved queries make this query too deep: save simpler ones.")
    return whole


def _spelled_out(node: Node, tables: SideTables, within: tuple[str, ...]) -> Node:
    def replaced(leaf: Leaf) -> Node:
        if not isinstance(leaf, Filter) or leaf.name != "saved":
            return leaf
        if leaf.value in within:
            raise QueryError(f"saved:{leaf.value} stands for itself: lens saved list shows what is saved.")
        if len(within) == MOST_WITHIN:
            raise QueryError(f"saved:{leaf.value} stands in more than {MOST_WITHIN} saved queries within each other.")
        rows = tables.rows("saved")
        saved = dict(zip(rows.texts("name"), rows.texts("query"), strict=True))
        if leaf.value not in saved:
            raise QueryError(f"Nothing is saved as {leaf.value}: lens saved list shows what is.")
        return _spelled_out(parse(saved[leaf.value]), tables, (*within, leaf.value))

    return with_leaves(node, replaced)


def _depth(node: Node) -> int:
    """How many nodes stand below each other."""
    deepest, left = 0, [(node, 1)]
    while left:
        here, depth = left.pop()
        deepest = max(deepest, depth)
        match here:
            case And(parts) | Or(parts):
                left += [(part, depth + 1) for part in parts]
            case Sum(terms):
                left += [(term.node, depth + 1) for term in terms]
            case Not(part):
                left.append((part, depth + 1))
    return deepest

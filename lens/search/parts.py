"""The filters of a query one by one, as a window shows them."""

from collections.abc import Iterator
from dataclasses import dataclass

from lens.search.parsing import parse
from lens.search.syntax import And, Filter, Node, Not, Sum

__all__ = ["FilterPart", "filter_parts"]


@dataclass(frozen=True)
class FilterPart:
    """A filter that all photos of an answer meet."""

    text: str
    """As it is typed, with its sign."""
    rest: str
    """The query without it."""


def filter_parts(query: str) -> list[FilterPart]:
    """The filters that stand beside everything else; those of alternatives or within brackets are left out.

    Raises:
        QueryError: it cannot be understood.
    """
    return [
        FilterPart(str(part), "" if rest is None else str(rest))
        for part, rest in (_parts(parse(query)) if query.strip() else ())
    ]


def _parts(node: Node) -> Iterator[tuple[Node, Node | None]]:
    """Each filter, and what is left without it."""
    match node:
        case Filter() | Not(Filter()):
            yield node, None
        case Sum(terms):
            for at, term in enumerate(terms):
                if isinstance(term.node, Filter):
                    others = (*terms[:at], *terms[at + 1 :])
                    yield Sum((term,)), Sum(others) if others else None
        case And(parts):
            for at, part in enumerate(parts):
                for found, rest in _parts(part):
                    kept = () if rest is None else (rest,)
                    left = (*parts[:at], *kept, *parts[at + 1 :])
                    yield found, And(left) if len(left) > 1 else left[0] if left else None

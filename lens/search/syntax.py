"""What a query says, as a tree that prints as the text it came from; docs/QUERY.md has the grammar."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

__all__ = ["And", "Example", "Filter", "Leaf", "Node", "Not", "Or", "Sum", "Term", "Words", "leaves", "with_leaves"]

_BARE = re.compile(r"[^\s()\"]+")


@dataclass(frozen=True)
class Words:
    """Text that is sought."""

    text: str
    quoted: bool = False
    """Whether it stood between quotation marks: apart from other words, and never the name of a photo."""

    def __str__(self) -> str:
        return _quoted(self.text) if self.quoted else self.text


@dataclass(frozen=True)
class Example:
    """A photo file, or a part of one."""

    path: str
    box: tuple[int, int, int, int] | None = None
    """x, y, width, height in pixels of the upright photo."""

    def __str__(self) -> str:
        text = self.path if self.box is None else f"{self.path}#{','.join(map(str, self.box))}"
        return text if _BARE.fullmatch(text) else _quoted(text)


@dataclass(frozen=True)
class Filter:
    """`name:value`."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}:{self.value if _BARE.fullmatch(self.value) else _quoted(self.value)}"


@dataclass(frozen=True)
class Term:
    """A part of a sum."""

    node: "Node"
    weight: float = 1.0
    """Below zero where it is taken away."""


@dataclass(frozen=True)
class Sum:
    """What stands side by side: vectors are added, filters all hold."""

    terms: tuple[Term, ...]

    def __str__(self) -> str:
        shown, begun = [], False
        for term in self.terms:
            bare = isinstance(term.node, Words) and not term.node.quoted
            if bare and term.weight == 1 and not begun:
                shown.append(str(term.node))
                begun = True
                continue
            sign = "-" if term.weight < 0 else "+" if bare and term.weight == 1 else ""
            weight = "" if abs(term.weight) == 1 else f"{Decimal(repr(abs(term.weight))).normalize():f}:"
            shown.append(f"{sign}{weight}{_atom(term.node)}")
        return " ".join(shown)


@dataclass(frozen=True)
class And:
    """Everything holds."""

    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return " AND ".join(_bracketed(part) if isinstance(part, And | Or) else str(part) for part in self.parts)


@dataclass(frozen=True)
class Or:
    """Something of it holds."""

    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return " OR ".join(_bracketed(part) if isinstance(part, Or) else str(part) for part in self.parts)


@dataclass(frozen=True)
class Not:
    """It does not hold."""

    part: "Node"

    def __str__(self) -> str:
        return f"NOT {_bracketed(self.part) if isinstance(self.part, And | Or) else self.part}"


Leaf: TypeAlias = Words | Example | Filter
Node: TypeAlias = Leaf | Sum | And | Or | Not


def leaves(node: Node) -> Iterator[Leaf]:
    """The words, photos and filters of a query, in order."""
    if isinstance(node, Sum):
        for term in node.terms:
            yield from leaves(term.node)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from leaves(part)
    elif isinstance(node, Not):
        yield from leaves(node.part)
    else:
        yield node


def with_leaves(node: Node, change: Callable[[Leaf], Node]) -> Node:
    """A query with each of its words, photos and filters changed."""
    if isinstance(node, Sum):
        return Sum(tuple(replace(term, node=with_leaves(term.node, change)) for term in node.terms))
    if isinstance(node, And | Or):
        return type(node)(tuple(with_leaves(part, change) for part in node.parts))
    return Not(with_leaves(node.part, change)) if isinstance(node, Not) else change(node)


def _atom(node: Node) -> str:
    """A node as the grammar takes it behind a sign or a weight; no second sign may follow there."""
    if isinstance(node, Words) and not node.quoted:
        bare = " " not in node.text and not node.text.startswith("-")
    else:
        bare = isinstance(node, Words | Filter | Example)
    return str(node) if bare else _bracketed(node)


def _bracketed(node: Node) -> str:
    return f"({node})"


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'

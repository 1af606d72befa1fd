"""Which photos answer a query, and how well.

One vector is answered by cosines. AND, OR and NOT between several are fuzzy logic (Zadeh, Fuzzy Sets, 1965) over
standard scores: how many standard deviations a photo's cosine lies above the mean of all photos, since cosines with
words and with photos have different ranges. AND takes the smallest, OR the largest, and NOT takes what is above zero
away from the rest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lens.errors import QueryError
from lens.search.bands import UNJUDGED, Judge
from lens.search.composing import Composer, is_filter, is_vector, row_like
from lens.search.filters import condition_of
from lens.search.match import Match
from lens.search.nearest import matches_of
from lens.search.syntax import And, Filter, Node, Not, Or, Sum, Term, leaves
from lens_indexes import SideTables, VectorBlock, best
from lens_indexes.filters import All, Condition, Negation, Some
from lens_indexes.roots import Root

__all__ = ["Answering", "condition", "filters_of", "ranking_of"]

Scores: TypeAlias = NDArray[np.float32]
Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Graded:
    """How well each of n photos answers a part of a query."""

    scores: Scores
    """(n,), finite, larger is better."""
    mask: Mask
    """(n,), which photos come into question."""


def condition(node: Node, roots: Sequence[Root], tables: SideTables) -> Condition:
    """A query of filters alone as one condition; `roots` and `tables` as `condition_of` has them.

    Raises:
        QueryError: a filter makes no sense in this index.
    """
    match node:
        case And(parts):
            return All(tuple(condition(part, roots, tables) for part in parts))
        case Or(parts):
            return Some(tuple(condition(part, roots, tables) for part in parts))
        case Not(part):
            return Negation(condition(part, roots, tables))
        case Sum(terms):
            return condition(And(tuple(_clause(term) for term in terms)), roots, tables)
        case Filter():
            return condition_of(node, roots, tables)
    raise QueryError(f"{node} is no filter.")


class Answering:
    """Answers queries over one block of vectors.

    Args:
        block: all photos that can be found.
        composer: knows the words and photos of the queries.
        judge: who judges the hits of a query that is one vector.
        tables: for filters by what is not among the facts of photos.
    """

    def __init__(
        self, block: VectorBlock, composer: Composer, judge: Callable[[Node], Judge], tables: SideTables
    ) -> None:
        self._block, self._composer, self._judge, self._tables = block, composer, judge, tables

    def matches(self, node: Node, top: int) -> list[Match]:
        """The best photos for one query; the photos behind `similar:` are left out.

        Raises:
            QueryError: a part of it makes no sense in this index.
        """
        if not len(self._block):
            return []
        ranking = ranking_of(node)
        if ranking is None:
            graded = self._graded(node)
            rows = best(graded.scores, np.flatnonzero(graded.mask & ~self._left_out(node)), top)
            return matches_of(self._block, rows.tolist(), graded.scores[rows].tolist(), [UNJUDGED] * len(rows))
        vector, filters = self._composer.vector(ranking), filters_of(node)
        mask = ~self._left_out(node)
        if filters:
            mask &= self._filtered(And(filters)).mask
        rows, scores = self._block.nearest(vector, top, mask)
        judgements = self._judge(ranking)(vector, self._block.vectors[rows])
        return matches_of(self._block, rows.tolist(), scores.clip(-1, 1).tolist(), judgements)

    def _left_out(self, node: Node) -> Mask:
        """(n,), the photos behind `similar:`."""
        mask = np.zeros(len(self._block), bool)
        for leaf in leaves(node):
            if isinstance(leaf, Filter) and leaf.name == "similar":
                row = row_like(leaf, self._block)
                if row is not None:
                    mask[row] = True
        return mask

    def _graded(self, node: Node) -> Graded:
        if is_vector(node):
            cosines = self._block.vectors @ self._composer.vector(node)
            return Graded(cosines.clip(-1, 1), np.ones(len(self._block), bool))
        match node:
            case And(parts):
                return self._all(parts)
            case Or(parts):
                return self._some(parts)
            case Not(part):
                return self._all((node,)) if not is_filter(part) else self._filtered(node)
            case Sum(terms):
                added = tuple(term for term in terms if is_vector(term.node))
                others = tuple(_clause(term) for term in terms if not is_vector(term.node))
                return self._all((Sum(added), *others) if added else others)
        return self._filtered(node)

    def _filtered(self, node: Node) -> Graded:
        mask = self._block.meeting(condition(node, self._block.roots, self._tables))
        return Graded(mask.astype(np.float32), mask)

    def _all(self, parts: tuple[Node, ...]) -> Graded:
        """The smallest of the standard scores, less what lies above zero of those that are negated."""
        filters = tuple(part for part in parts if is_filter(part))
        negated = [part.part for part in parts if isinstance(part, Not) and not is_filter(part)]
        wanted = [self._graded(part) for part in parts if not isinstance(part, Not) and not is_filter(part)]
        masks = [each.mask for each in wanted] + ([self._filtered(And(filters)).mask] if filters else [])
        mask = reduce(np.logical_and, masks, np.ones(len(self._block), bool))
        if len(wanted) == 1 and not negated:
            return Graded(wanted[0].scores, mask)
        if not wanted and len(negated) == 1:
            unwanted = self._graded(negated[0])
            return Graded(np.where(unwanted.mask, -_standard(unwanted), -_standard(unwanted).min()), mask)
        standards = [_standard(each) for each in wanted]
        scores = reduce(np.minimum, standards) if standards else np.zeros(len(self._block), np.float32)
        for part in negated:
            unwanted = self._graded(part)
            scores = scores - np.where(unwanted.mask, _standard(unwanted).clip(0), 0)
        return Graded(scores.astype(np.float32), mask)

    def _some(self, parts: tuple[Node, ...]) -> Graded:
        """The largest of the standard scores; what only a filter asks for is as good as the best."""
        ranked = [self._graded(part) for part in parts if not is_filter(part)]
        standards = [_standard(each) for each in ranked]
        lowest, highest = min(each.min() for each in standards), max(each.max() for each in standards)
        columns = [np.where(each.mask, standard, lowest) for each, standard in zip(ranked, standards, strict=True)]
        masks = [each.mask for each in ranked]
        for part in parts:
            if is_filter(part):
                masks.append(self._filtered(part).mask)
                columns.append(np.where(masks[-1], highest, lowest))
        return Graded(reduce(np.maximum, columns).astype(np.float32), reduce(np.logical_or, masks))


def ranking_of(node: Node) -> Node | None:
    """The part of a query that ranks the photos, if that is one vector and all else are filters."""
    if is_vector(node):
        return node
    if isinstance(node, And):
        ranking = [part for part in node.parts if not is_filter(part)]
        return ranking_of(ranking[0]) if len(ranking) == 1 else None
    if isinstance(node, Sum):
        ranked = tuple(term for term in node.terms if not is_filter(term.node))
        return Sum(ranked) if ranked and all(is_vector(term.node) for term in ranked) else None
    return None


def filters_of(node: Node) -> tuple[Node, ...]:
    """The filters that stand beside the one vector of a query, each of which a photo has to meet."""
    if isinstance(node, And):
        parts = node.parts
    elif isinstance(node, Sum) and not is_vector(node):
        parts = tuple(_clause(term) for term in node.terms if is_filter(term.node))
    else:
        return ()
    return tuple(part for part in parts if is_filter(part)) + tuple(
        inner for part in parts if not is_filter(part) for inner in filters_of(part)
    )


def _standard(graded: Graded) -> Scores:
    """(n,), standard deviations above the mean; 0 where all are alike."""
    spread = graded.scores.std()
    standard: Scores = (graded.scores - graded.scores.mean()) / (spread if spread > 0 else 1)
    return standard


def _clause(term: Term) -> Node:
    """A part of a sum that is no vector, as a part of an AND.

    Raises:
        QueryError: it has a weight.
    """
    if abs(term.weight) != 1:
        raise QueryError(
            f"{str(term.node)[:60]} cannot weigh {abs(term.weight):g}: only words and photos have weights."
        )
    return term.node if term.weight > 0 else Not(term.node)

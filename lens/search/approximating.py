"""Answers a query from the candidates that an approximate index names for it, whose vectors are then compared."""

from typing import TYPE_CHECKING

from lens.errors import QueryError
from lens.models.encoders.base import ImageEncoder
from lens.search.answering import Answering, condition, filters_of, ranking_of
from lens.search.bands import Judges
from lens.search.composing import Composer, is_vector
from lens.search.match import Match
from lens.search.parsing import file_at
from lens.search.syntax import And, Filter, Node, leaves
from lens_indexes import Approximate, SideTables
from lens_indexes.approximate import CANDIDATES

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Approximating"]

FEWEST = 1_000
"""Candidates, at the least."""
MOST = 50_000
"""Photos that are fetched one by one, where that many meet the filters and none of them is near."""
MORE = 8
"""Times as many are looked at when few of the first meet the filters of a query."""


class Approximating:
    """Searches by one approximate index.

    Args:
        approximate: the index.
        encoder: whose vectors it knows.
        judges: of the collection.
        tables: for filters by what is not among the facts of photos.
    """

    def __init__(self, approximate: Approximate, encoder: ImageEncoder, judges: Judges, tables: SideTables) -> None:
        self._approximate, self._encoder, self._judges, self._tables = approximate, encoder, judges, tables

    def matches(self, node: Node, top: int) -> list[Match] | None:
        """The best photos for a query of one vector and filters; None where as well all vectors may be compared.

        Few photos that meet the filters are all compared.

        Raises:
            QueryError: a part of it makes no sense in this index.
        """
        approximate, ranking = self._approximate, ranking_of(node)
        if ranking is None:
            raise QueryError(f"{str(node)[:60]} is more than one vector.")
        named = [self._named(leaf) for leaf in leaves(node) if isinstance(leaf, Filter) and is_vector(leaf)]
        composer = Composer([node], self._encoder, approximate.block(*named))
        vector = composer.vector(ranking)
        judge = self._judges.of(ranking, self._encoder, approximate.sample)

        def among(candidates: "pa.Table") -> list[Match]:
            block = approximate.block(candidates, *named)
            return Answering(block, composer, lambda _: judge, self._tables).matches(node, top)

        filters = filters_of(node)
        for times in (1, MORE) if filters else (1,):
            found = among(approximate.near(vector, times * max(FEWEST, CANDIDATES * top)))
            if len(found) == top or not filters:
                return found
        wanted = condition(And(filters), approximate.roots, self._tables)
        ids = self._tables.index().photos.matching(wanted)["id"].to_pylist()
        return among(approximate.of(ids)) if len(ids) <= MOST else None

    def _named(self, leaf: Filter) -> "pa.Table":
        """The photos that `id:` or `similar:` may mean."""
        file = file_at(leaf.value) if leaf.name == "similar" else None
        return self._approximate.at(file) if file else self._approximate.beginning(leaf.value.lower())

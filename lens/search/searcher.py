"""Answers queries of one index, with as little loaded as each needs."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lens.indexing.lane import column_of
from lens.models.catalog import DEFAULT_ENCODER
from lens.models.encoders.base import ImageEncoder
from lens.models.loaded import AnEncoder, LoadedEncoders
from lens.search.answering import Answering, condition, ranking_of
from lens.search.approximating import Approximating
from lens.search.bands import Judge, Judges
from lens.search.composing import Composer, is_filter, is_vector
from lens.search.evidence import FIRST
from lens.search.match import Band, Match, reaching
from lens.search.nearest import Listed, nearest
from lens.search.parsing import file_at, parse
from lens.search.saved import spelled_out
from lens.search.sorting import COLUMNS, Order, first_to_last, sorted_match, values_of
from lens.search.syntax import And, Example, Filter, Node, leaves
from lens_indexes import Index, Mirror, SideTables, VectorBlock, beside, open_mirror
from lens_indexes.facts import columns_of_table
from lens_indexes.filters import Among, Condition
from lens_indexes.roots import Root

__all__ = ["EVERYTHING", "Searcher", "has_pixels"]

TOP, EVERYTHING = 20, 1 << 31
QUERIES_AT_ONCE = 256  # the scores of one block of queries stay small, however many are asked


class Searcher:
    """Searches of one index.

    Args:
        uri: of the index.
        encoders: as they are loaded.
        index: opens the index.
    """

    def __init__(self, uri: str, encoders: LoadedEncoders, index: Callable[[], Index]) -> None:
        self._uri, self._encoders, self._index = uri, encoders, index
        self.tables, self._beside = SideTables(uri, index), beside(uri, index)
        self._mirror: Mirror | None = None
        self._judges = Judges()
        self.stays_warm = False

    def answer(
        self, queries: Sequence[str | Sequence[str]], top: int, encoder: AnEncoder | None, least: Band
    ) -> list[list[Match]]:
        """The best photos for each query; see `Library.search`."""
        nodes = [spelled_out(parse(query), self.tables) for query in queries]
        ranked = [node for node in nodes if not is_filter(node)]
        found: dict[Node, list[Match]] = {node: list(self._listed(node)[:top]) for node in nodes if is_filter(node)}
        if ranked:
            chosen, block = self._chosen(encoder, words_only=not any(map(has_pixels, ranked)))
            if block is None:
                found.update(self._approximately(ranked, max(top, FIRST), chosen))
                ranked = [node for node in ranked if node not in found]
        if ranked:
            block = self._whole(chosen) if block is None else block
            for start in range(0, len(ranked), QUERIES_AT_ONCE):
                some = ranked[start : start + QUERIES_AT_ONCE]
                # at least as many as tell whether the thing is there, so that a band does not hang on `top`
                found.update(zip(some, self._ranked(some, max(top, FIRST), chosen, block), strict=True))
        return [reaching(least, found[node])[:top] for node in nodes]

    def all_that_answer(
        self, query: str | Sequence[str], top: int | None = None, encoder: AnEncoder | None = None
    ) -> list[Match]:
        """The photos for one query that is asked to do something with them.

        Args:
            query: as `Library.search` takes it.
            top: how many at the most; by default 20, or all where there are only filters.
            encoder: whose vectors to search; by default the index's own default.
        """
        most = top or (EVERYTHING if is_filter(spelled_out(parse(query), self.tables)) else TOP)
        return self.answer([query], most, encoder, Band.LIKELY)[0]

    def _ranked(self, nodes: list[Node], top: int, encoder: ImageEncoder, block: VectorBlock) -> list[list[Match]]:
        composer = Composer(nodes, encoder, block)

        def judge(node: Node) -> Judge:
            return self._judges.of(node, encoder, block)

        answering = Answering(block, composer, judge, self.tables)
        plain = [node for node in nodes if _is_plain(node)]
        found: dict[Node, list[Match]] = {}
        if plain:
            vectors = np.stack([composer.vector(node) for node in plain])
            found.update(zip(plain, nearest(block, vectors, top, list(map(judge, plain))), strict=True))
        return [found[node] if node in found else answering.matches(node, top) for node in nodes]

    def browse(self, query: str, top: int, order: Order) -> Sequence[Match]:
        """What somebody looks through; see `Library.browse`."""
        node = spelled_out(parse(query), self.tables) if query.strip() else And(())
        if is_filter(node):
            return self._listed(node, Order.DATE if order == Order.RELEVANCE else order)
        found = self.answer([query], top, None, Band.REST)[0]
        return found if order == Order.RELEVANCE else self._sorted(reaching(Band.LIKELY, found) or found, order)

    def _listed(self, node: Node, order: Order = Order.DATE) -> Sequence[Match]:
        """The photos that meet filters, sorted."""
        return self._meeting(lambda roots: condition(node, roots, self.tables), order)

    def _meeting(self, wanted: Callable[[Sequence[Root]], Condition], order: Order) -> Sequence[Match]:
        """The photos that meet a condition, sorted.

        Where the index has a mirror of its present state that knows all photos, LanceDB is not even imported.
        """
        mirror = self._mirrored()
        block = mirror.everything() if mirror else None
        if block is None:
            return self._meeting_in_table(wanted, order)
        rows = np.flatnonzero(block.meeting(wanted(block.roots)))
        values = values_of(block.columns, order)[rows]
        by = first_to_last(values)  # a block is in the order of root and path, which is that of equal ones
        return Listed(block, rows[by], order, values[by])

    def _meeting_in_table(self, wanted: Callable[[Sequence[Root]], Condition], order: Order) -> list[Match]:
        index = self._index()
        roots = index.roots.by_name()
        names = ("root", "path", "content_hash", *COLUMNS[order])
        table = index.photos.matching(wanted([*roots.values()]), names)
        table = table.sort_by([("root", "ascending"), ("path", "ascending")])
        values, rows = values_of(columns_of_table(table), order), table.to_pylist()
        found = [(rows[at], values[at]) for at in first_to_last(values)]
        return [
            sorted_match(
                Match(rank, roots[row["root"]].absolute(row["path"]), 1.0, row["id"], row["content_hash"]), order, value
            )
            for rank, (row, value) in enumerate(found, start=1)
        ]

    def _sorted(self, matches: Sequence[Match], order: Order) -> list[Match]:
        """Photos that were found, sorted by something else."""
        found = {match.id: match for match in matches}
        again = self._meeting(lambda _: Among(frozenset(found)), order)
        return [replace(each, **vars(found[each.id]) | {"rank": rank}) for rank, each in enumerate(again, start=1)]

    def _approximately(self, nodes: list[Node], top: int, encoder: ImageEncoder) -> dict[Node, list[Match]]:
        """The matches of those queries that an approximate index can answer; of none if there is no such index."""
        column = column_of(encoder.info)
        approximate = self._index().approximate(column)
        if approximate is None or approximate.is_wide(top):
            return {}
        self._index().photos.check(column)
        approximating = Approximating(approximate, encoder, self._judges, self.tables)
        found = {node: approximating.matches(node, top) for node in nodes if ranking_of(node) is not None}
        return {node: matches for node, matches in found.items() if matches is not None}

    def searched(self, asked: AnEncoder | None, *, words_only: bool = False) -> tuple[ImageEncoder, VectorBlock]:
        """The encoder to search with, and all vectors that the same revision of it made.

        Where the index has a mirror of its present state, LanceDB is not even imported; nor is torch for words alone.
        """
        chosen, block = self._chosen(asked, words_only=words_only)
        return chosen, self._whole(chosen) if block is None else block

    def _chosen(self, asked: AnEncoder | None, *, words_only: bool) -> tuple[ImageEncoder, VectorBlock | None]:
        """The encoder to search with, and its vectors where the index has a mirror of its present state."""
        mirror = self._mirrored()
        name = asked or (mirror.default if mirror else self._index().photos.default()) or DEFAULT_ENCODER
        words = self._encoders.words(name) if words_only else None
        chosen = words or (self._encoders.get(name) if asked else self._encoders.again(str(name)))
        return chosen, mirror.block(column_of(chosen.info)) if mirror else None

    def _whole(self, encoder: ImageEncoder) -> VectorBlock:
        column = column_of(encoder.info)
        self._index().photos.check(column)
        return self._index().block(column)

    def warm(self) -> None:
        """Load what the first search by words would, if that takes neither LanceDB nor torch."""
        if mirror := self._mirrored():
            name = mirror.default or DEFAULT_ENCODER
            words: Any = self._encoders.words(name) or (self._encoders.get(name) if name == DEFAULT_ENCODER else None)
            if words:
                words.encode_texts(["anything"])

    def _mirrored(self) -> Mirror | None:
        """The mirror of the index's present state; the same one as before, with what it has mapped, while it is."""
        mirror = open_mirror(self._beside)
        if self.stays_warm:
            self._mirror = mirror = self._mirror if self._mirror == mirror else mirror
        return mirror


def _is_plain(node: Node) -> bool:
    """Whether a query is one vector, and any photo may answer it."""
    return is_vector(node) and not any(isinstance(leaf, Filter) and leaf.name == "similar" for leaf in leaves(node))


def has_pixels(node: Node) -> bool:
    """Whether a photo may have to be encoded for a query."""
    return any(
        isinstance(leaf, Example) or (isinstance(leaf, Filter) and leaf.name == "similar" and file_at(leaf.value))
        for leaf in leaves(node)
    )

"""Regions that answer a query: that thing rather than that picture."""

from collections.abc import Callable, Collection, Mapping, Sequence
from math import ceil
from pathlib import Path

import numpy as np

from lens.errors import QueryError
from lens.indexing.lane import column_of
from lens.models.loaded import AnEncoder
from lens.search.answering import condition, filters_of, ranking_of
from lens.search.composing import Composer
from lens.search.match import Part, RegionMatch
from lens.search.parsing import file_at, parse
from lens.search.saved import spelled_out
from lens.search.searcher import Searcher, has_pixels
from lens.search.syntax import And, Example, Node, leaves
from lens_indexes import Index, RegionRow, best
from lens_indexes.filters import Negation, OneOf

__all__ = ["RegionSearch"]


class RegionSearch:
    """Searches the regions of one index.

    Args:
        searcher: of the photos.
        index: opens the index.
    """

    def __init__(self, searcher: Searcher, index: Callable[[], Index]) -> None:
        self._searcher, self._index = searcher, index

    def answer(
        self, query: str | Sequence[str], top: int, encoder: AnEncoder | None = None, *, others: bool = False
    ) -> list[RegionMatch]:
        """The regions nearest to a query, best first; those that are rejected, or of a hidden source, are left out.

        Args:
            query: words, photos and parts of photos, and filters, which say in which photos.
            top: how many to find at the most.
            encoder: whose vectors to search; by default the index's own default.
            others: leave out what is itself in the query: all regions of a photo, or that lie on a part of it.

        Raises:
            QueryError: there is nothing to rank by, or no region has a vector.
        """
        node = spelled_out(parse(query), self._searcher.tables)
        ranking = ranking_of(node)
        if ranking is None:
            raise QueryError(f"Regions are ranked by words or photos, added up: {str(node)[:60]} is not of that kind.")
        chosen, block = self._searcher.searched(encoder, words_only=not has_pixels(ranking))
        vector = Composer([node], chosen, block).vector(ranking)
        index = self._index()
        ids, vectors = index.regions.vectors(column_of(chosen.info))
        if not ids:
            raise QueryError(f"No region has a vector of {chosen.info.name}: lens label finds things and makes them.")
        photos = self._photos(node)
        asked = self._asked(ranking, photos) if others else frozenset[str]()
        shown = self._shown(photos) - asked
        there = np.fromiter((number for number, id_ in enumerate(ids) if id_ in shown), np.int64)
        scores = vectors @ vector
        order = best(scores, there, top)
        rows = index.regions.get([ids[number] for number in order])
        return [
            RegionMatch(
                rank,
                photos[row.photo][0],
                score,
                row.photo,
                photos[row.photo][1],
                region=row.id,
                box=touched(row),
                category=row.category,
                source=row.source,
            )
            for rank, (row, score) in enumerate(zip(rows, scores[order].clip(-1, 1).tolist(), strict=True), start=1)
        ]

    def _photos(self, node: Node) -> dict[str, tuple[Path, str]]:
        """Where the photos lie that meet the filters of a query, and their content hash, by id."""
        index = self._index()
        roots = index.roots.by_name()
        wanted = condition(And(filters_of(node)), [*roots.values()], self._searcher.tables)
        rows = index.photos.matching(wanted, ["root", "path", "content_hash"]).to_pylist()
        return {row["id"]: (roots[row["root"]].absolute(row["path"]), row["content_hash"]) for row in rows}

    def _shown(self, photos: Collection[str]) -> frozenset[str]:
        """The ids of the regions in photos whose source is not hidden."""
        index = self._index()
        hidden = OneOf("source", tuple(index.hidden.names()))
        rows = index.regions.matching(Negation(hidden), ["photo"])
        pairs = zip(rows["id"].to_pylist(), rows["photo"].to_pylist(), strict=True)
        return frozenset(id_ for id_, photo in pairs if photo in photos)

    def _asked(self, ranking: Node, photos: Mapping[str, tuple[Path, str]]) -> frozenset[str]:
        """The ids of regions that are themselves what is asked for."""
        parts = {file_at(leaf.path): leaf.box for leaf in leaves(ranking) if isinstance(leaf, Example)}
        same = {id_: parts[path] for id_, (path, _) in photos.items() if path in parts}
        rows = self._index().regions.of_photos(same)
        return frozenset(row.id for row in rows if _lies_on(row, same[row.photo]))


def touched(row: RegionRow) -> Part:
    """x, y, width and height of the pixels that a region's box touches."""
    x0, y0, x1, y1 = row.box
    return int(x0), int(y0), ceil(x1) - int(x0), ceil(y1) - int(y0)


def _lies_on(row: RegionRow, part: Part | None) -> bool:
    """Whether half of a region, or of the part, is in the other."""
    if part is None:
        return True
    one, other = touched(row), part
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return 2 * max(width, 0) * max(height, 0) > min(one[2] * one[3], other[2] * other[3])

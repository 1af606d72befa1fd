"""Answers queries of one index, with as little loaded as each needs."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from lens.indexing.lane import column_of
from lens.models.catalog import DEFAULT_ENCODER
from lens.models.encoders.base import ImageEncoder
from lens.models.loaded import AnEncoder, LoadedEncoders
from lens.search.answering import Answering, condition
from lens.search.bands import Judge, Judges
from lens.search.composing import Composer, is_filter, is_vector
from lens.search.evidence import FIRST
from lens.search.match import Band, Match, reaching
from lens.search.nearest import Listed, nearest
from lens.search.parsing import file_at, parse
from lens.search.saved import spelled_out
from lens.search.syntax import And, Example, Filter, Node, leaves
from lens_indexes import Index, Mirror, VectorBlock, local_folder, open_mirror

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
        self._mirror: Mirror | None = None
        self._judges = Judges()
        self.stays_warm = False

    def answer(
        self, queries: Sequence[str | Sequence[str]], top: int, encoder: AnEncoder | None, least: Band
    ) -> list[list[Match]]:
        """The best photos for each query; see `Library.search`."""
        nodes = [spelled_out(parse(query), self._index) for query in queries]
        ranked = [node for node in nodes if not is_filter(node)]
        found: dict[Node, list[Match]] = {node: list(self._listed(node)[:top]) for node in nodes if is_filter(node)}
        if ranked:
            chosen, block = self.searched(encoder, words_only=not any(map(has_pixels, ranked)))
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
        most = top or (EVERYTHING if is_filter(spelled_out(parse(query), self._index)) else TOP)
        return self.answer([query], most, encoder, Band.LIKELY)[0]

    def _ranked(self, nodes: list[Node], top: int, encoder: ImageEncoder, block: VectorBlock) -> list[list[Match]]:
        composer = Composer(nodes, encoder, block)

        def judge(node: Node) -> Judge:
            return self._judges.of(node, encoder, block)

        answering = Answering(block, composer, judge, self._index)
        plain = [node for node in nodes if _is_plain(node)]
        found: dict[Node, list[Match]] = {}
        if plain:
            vectors = np.stack([composer.vector(node) for node in plain])
            found.update(zip(plain, nearest(block, vectors, top, list(map(judge, plain))), strict=True))
        return [found[node] if node in found else answering.matches(node, top) for node in nodes]

    def browse(self, query: str, top: int) -> Sequence[Match]:
        """What somebody looks through; see `Library.browse`."""
        node = spelled_out(parse(query), self._index) if query.strip() else And(())
        return self._listed(node) if is_filter(node) else self.answer([query], top, None, Band.REST)[0]

    def _listed(self, node: Node) -> Sequence[Match]:
        """The photos that meet filters, newest first; a photo without a date is as old as its file.

        Where the index has a mirror of its present state that knows all photos, LanceDB is not even imported.
        """
        mirror = self._mirrored()
        block = mirror.everything() if mirror else None
        if block is None:
            return self._listed_in_table(node)
        rows = np.flatnonzero(block.meeting(condition(node, block.roots, self._index)))
        # A block is in the order of root and path, which is that of photos of the same moment.
        return Listed(block, rows[np.argsort(-_moments(block, rows).astype(np.int64), kind="stable")])

    def _listed_in_table(self, node: Node) -> list[Match]:
        index = self._index()
        roots = index.roots.by_name()
        names = ("id", "root", "path", "content_hash", "taken_at", "mtime_ns")
        rows = index.photos.matching(condition(node, [*roots.values()], self._index), names).to_pylist()
        rows.sort(key=lambda row: (row["root"], row["path"]))
        rows.sort(key=lambda row: row["taken_at"] or _written(row["mtime_ns"]), reverse=True)
        return [
            Match(rank, roots[row["root"]].absolute(row["path"]), 1.0, row["id"], row["content_hash"])
            for rank, row in enumerate(rows, start=1)
        ]

    def searched(self, asked: AnEncoder | None, *, words_only: bool = False) -> tuple[ImageEncoder, VectorBlock]:
        """The encoder to search with, and the vectors that the same revision of it made.

        Where the index has a mirror of its present state, LanceDB is not even imported; nor is torch for words alone.
        """
        mirror = self._mirrored()
        default = mirror.default if mirror else self._index().photos.default()
        name = asked or default or DEFAULT_ENCODER
        chosen = self._encoders.words(name) if words_only else None
        if chosen is None:
            chosen = self._encoders.get(name) if asked else self._encoders.again(str(name))
        column = column_of(chosen.info)
        block = mirror.block(column) if mirror else None
        if block is None:
            self._index().photos.check(column)
            block = self._index().block(column)
        return chosen, block

    def _mirrored(self) -> Mirror | None:
        """The mirror of the index's present state; the same one as before, with what it has mapped, while it is."""
        folder = local_folder(self._uri)
        mirror = open_mirror(folder) if folder else None
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


def _moments(block: VectorBlock, rows: NDArray[np.intp]) -> NDArray[np.datetime64]:
    """(k,), when photos were taken, else when their files were written; local time, without a zone."""
    taken, written = (np.asarray(block.columns[name])[rows] for name in ("taken_at", "mtime_ns"))
    unknown = np.isnat(taken)
    taken[unknown] = np.array([_written(each) for each in written[unknown].tolist()], taken.dtype)
    moments: NDArray[np.datetime64] = taken
    return moments


def _written(mtime_ns: float) -> datetime:
    """Local time, without a zone."""
    return datetime.fromtimestamp(mtime_ns / 1e9, UTC).astimezone().replace(tzinfo=None)

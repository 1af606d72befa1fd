"""Two sources of labels compared, at the desk."""

from collections import Counter

from lens import Library
from lens.reviewing.comparing import CategoryScore, Comparison
from lens.search.syntax import Filter
from lens_gui.compare.judged import Judged
from lens_gui.curate.found import Part, Piece
from lens_indexes import Index
from lens_indexes.filters import Among

__all__ = ["Judge"]

MOST = 500
"""Photos that are shown at once."""


class Judge:
    """Keeps the last comparison, so that its photos can be asked for; each method is an order."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._held: Comparison | None = None

    def sources(self) -> list[str]:
        """Those that have labels, by name."""
        return [source.name for source in self._library.labels.sources.all()]

    def judge(self, found: str, truth: str) -> Judged:
        """Judge a source by another."""
        held = self._held = self._library.reviewing.compare(found, truth)
        photos = "1 photo" if held.photos == 1 else f"{held.photos:,} photos"
        return Judged(
            found,
            truth,
            f"{photos} that both have looked at. {_said(held.overall, mean=True)}",
            tuple(score.category for score in held.categories),
            tuple(_said(score) for score in held.categories),
            tuple(map(tuple, held.confusion.tolist())),
        )

    def differing(self, kind: str, truly: str | None = None, called: str | None = None) -> Part:
        """The photos that differ in one way: `missed`, `spurious` or `confused`; or with what is so and was called so.

        The heading is the query that finds them, where there is one.
        """
        held = self._held
        if held is None:
            return Part("", (), ())
        meant = Counter(
            each.photo
            for each in held.differences
            if (each.kind == kind if kind else (each.truly, each.called) == (truly, called))
        )
        index = Index.open(self._library.uri)
        ids = sorted(meant, key=lambda id_: (-meant[id_], id_))
        paths = index.paths(ids)
        there = [id_ for id_ in ids if id_ in paths]
        rows = index.photos.matching(Among(frozenset(there[:MOST])), ["content_hash"]).to_pylist()
        hashes = {row["id"]: row["content_hash"] for row in rows}
        pieces = tuple(
            Piece(id_, paths[id_], hashes[id_], f"{meant[id_]:,}" if meant[id_] > 1 else "") for id_ in there[:MOST]
        )
        return Part(_query(held, kind, truly, called), tuple(there), pieces)


def _query(held: Comparison, kind: str, truly: str | None, called: str | None) -> str:
    """What finds the same photos in a search; empty if nothing does so exactly."""
    sources = f"{held.found} vs {held.truth}"
    if kind:
        return str(Filter(kind, sources))
    if truly is None or called is None:
        return str(Filter("missed" if called is None else "spurious", f"{sources}: {truly or called}"))
    return ""


def _said(score: CategoryScore, *, mean: bool = False) -> str:
    told = []
    if score.recall is not None:
        told.append(f"{score.right:,} of {score.true:,} found ({score.recall:.0%})")
    if score.precision is not None:
        told.append(f"{score.precision:.0%} of {score.found:,} right")
    if score.ap is not None and score.ap50 is not None:
        told.append(f"{'mean ' if mean else ''}AP {score.ap:.3f}, at half an overlap {score.ap50:.3f}")
    return "; ".join(told) + "." if told else ""

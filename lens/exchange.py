"""Regions to and from other programs, for one index."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from lens.errors import QueryError
from lens.export import Choice, ExportReport, ImportReport, Pictures, Wish, export, import_regions
from lens.export.preview import Preview, preview
from lens.indexing.report import Report, nothing_to_tell
from lens.models.loaded import AnEncoder
from lens.search.searcher import EVERYTHING, Searcher
from lens_indexes import Index, RegionState

__all__ = ["Exchange"]

REVIEWED = (RegionState.ACCEPTED, RegionState.EDITED)


class Exchange:
    """Exports and imports. Got from `Library.exchange`.

    Args:
        index: opens the index.
        searcher: finds the photos of a query.
    """

    def __init__(self, index: Callable[[], Index], searcher: Searcher) -> None:
        self._index, self._searcher = index, searcher

    def export(
        self,
        format: str,  # noqa: A002
        place: str | Path,
        query: str | Sequence[str] = (),
        *,
        top: int | None = None,
        encoder: AnEncoder | None = None,
        states: Collection[RegionState] = REVIEWED,
        sources: Collection[str] = (),
        categories: Collection[str] = (),
        pictures: Pictures | None = None,
        shares: Sequence[float] = (),
        force: bool = False,
        on_progress: Report = nothing_to_tell,
    ) -> ExportReport:
        """Write the regions of photos in a format of other programs, wholly or not at all.

        Args:
            format: a key of `lens.export.FORMATS`.
            place: a file, where the format can be one and the suffix is its own; else a folder.
            query: whose photos; all if it is empty. Photos without regions are exported too.
            top: how many photos at the most; by default 20 for words and examples, all for filters.
            encoder: whose vectors to search; by default the index's own default.
            states: which regions; by default those that people have accepted or edited.
            sources: of which sources; all that are not hidden if there are none.
            categories: of which categories; all if there are none.
            pictures: whether photos are copied, linked to or left; by default as the format needs it.
            shares: of the photos for train, val and test, as 0.8, 0.1, 0.1; what is alike stays together.
            force: put it in the place of an earlier export.
            on_progress: told how many photos are done.

        Raises:
            ExportError: it cannot be done; nothing is left behind.
            QueryError: the query cannot be understood, or a source or category is not there.
        """
        index = self._index()
        hidden = frozenset(index.hidden.names())
        choice = Choice(frozenset(states), frozenset(sources), frozenset(categories), hidden)
        wish = Wish(format, Path(place).expanduser().absolute(), choice, pictures, tuple(shares), force)
        _check_names(index, sources, categories)
        ids = [match.id for match in self._searcher.all_that_answer(query, top, encoder)] if query else None
        words = query if isinstance(query, str) else " ".join(query)
        about = f"Exported by Lens: {' '.join(words.split()) or 'all photos'}."
        return export(index, ids, wish, about, on_progress)

    def preview(
        self,
        query: str | Sequence[str] = (),
        *,
        states: Collection[RegionState] = REVIEWED,
        sources: Collection[str] = (),
        categories: Collection[str] = (),
    ) -> Preview:
        """Count what `export` would write of all photos that answer a query, and what it would leave out.

        Raises:
            QueryError: the query cannot be understood, or a source or category is not there.
        """
        index = self._index()
        hidden = frozenset(index.hidden.names())
        _check_names(index, sources, categories)
        found = self._searcher.all_that_answer(query, EVERYTHING) if query else None
        ids = None if found is None else frozenset(match.id for match in found)
        return preview(index, ids, Choice(frozenset(states), frozenset(sources), frozenset(categories), hidden))

    def import_file(
        self,
        format: str,  # noqa: A002
        path: str | Path,
        source: str,
        *,
        root_hint: str | Path | None = None,
        on_progress: Report = nothing_to_tell,
    ) -> ImportReport:
        """Read the regions of a file or folder of another program into a new source, all of them or none.

        They are accepted, unless the file says that they are proposed. Photos are known by content hash where the file
        has one, by path, and by a name and a size that one photo alone has.

        Args:
            format: a key of `lens.export.READERS`.
            path: the file, or the folder that the format is.
            source: a name that no source has.
            root_hint: the folder that names of photos start from.
            on_progress: told how many regions are read.

        Raises:
            ImportRefused: something in it makes no sense, which is told with its place; nothing is changed.
            NameUnknown: a source cannot have that name.
            IndexLocked: another process writes to the index.
        """
        hint = Path(root_hint).expanduser().absolute() if root_hint else None
        place = Path(path).expanduser().absolute()
        return import_regions(self._index(), format, place, source, hint=hint, on_progress=on_progress)


def _check_names(index: Index, sources: Collection[str], categories: Collection[str]) -> None:
    known = index.regions.sources()
    for what, asked, there in (
        ("source", sources, {source.name for source in known}),
        ("category", categories, {name for source in known for name in source.categories}),
    ):
        unknown = sorted(set(asked) - there)
        if unknown:
            raise QueryError(
                f"There is no {what} {', '.join(unknown)}; there are: {', '.join(sorted(there)) or 'none'}."
            )

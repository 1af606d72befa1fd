"""What people keep in an index under a name: queries, and albums of photos."""

from collections.abc import Callable, Sequence

from lens.errors import NameUnknown
from lens.models.loaded import AnEncoder
from lens.search.anchoring import anchored
from lens.search.searcher import Searcher
from lens_indexes import Index

__all__ = ["KeptAlbums", "KeptQueries"]

LONGEST_NAME = 100


class KeptQueries:
    """Saved queries; `saved:NAME` in another query stands for one.

    Args:
        index: opens the index.
    """

    def __init__(self, index: Callable[[], Index]) -> None:
        self._index = index

    def all(self) -> dict[str, str]:
        """Queries by name."""
        return self._index().saved.all()

    def add(self, name: str, query: str | Sequence[str]) -> str:
        """Save a query, in the place of one of that name: what was saved, paths in it made absolute.

        Raises:
            QueryError: it cannot be understood.
            NameUnknown: the name can be none.
        """
        whole, index = anchored(query), self._index()
        with index.writing():
            index.saved.add(_checked(name), whole)
        return whole

    def drop(self, name: str) -> str:
        """Remove a saved query: what it was.

        Raises:
            NameUnknown: there is none of that name.
        """
        index = self._index()
        held = index.saved.all()
        if name not in held:
            raise NameUnknown(f"Nothing is saved as {name}: lens saved list shows what is.")
        with index.writing():
            index.saved.drop(name)
        return held[name]


class KeptAlbums:
    """Albums: named lists of photos, which `album:NAME` in a query finds again.

    Args:
        index: opens the index.
        searcher: finds photos to add.
    """

    def __init__(self, index: Callable[[], Index], searcher: Searcher) -> None:
        self._index, self._searcher = index, searcher

    def all(self) -> dict[str, int]:
        """How many photos are in each, by name."""
        return self._index().albums.names()

    def add(
        self,
        name: str,
        query: str | Sequence[str],
        top: int | None = None,
        encoder: AnEncoder | None = None,
        *,
        dry_run: bool = False,
    ) -> int:
        """Put the photos that answer a query into an album, which is made if there is none: how many are new to it.

        Args:
            name: of the album.
            query: as `Library.search` takes it.
            top: how many photos at the most; by default 20, or all where there are only filters.
            encoder: whose vectors to search; by default the index's own default.
            dry_run: only count.

        Raises:
            QueryError: the query cannot be understood.
            NameUnknown: the name can be none.
        """
        ids = [match.id for match in self._searcher.all_that_answer(query, top, encoder)]
        index = self._index()
        if dry_run:
            return len(set(ids) - set(index.albums.ids(_checked(name))))
        with index.writing():
            return len(index.albums.add(_checked(name), ids))

    def put(self, name: str, ids: Sequence[str]) -> list[str]:
        """Put photos into an album by their ids: those that are new to it.

        Raises:
            NameUnknown: the name can be none.
        """
        index = self._index()
        with index.writing():
            return index.albums.add(_checked(name), ids)

    def have(self, name: str, ids: Sequence[str]) -> list[str]:
        """Have exactly these photos in an album, by their ids: those that were put into it.

        Raises:
            NameUnknown: the name can be none.
        """
        index = self._index()
        with index.writing():
            index.albums.drop(_checked(name))
            return index.albums.add(name, ids)

    def take(self, name: str, ids: Sequence[str]) -> list[str]:
        """Take photos out of an album by their ids: those that were in it. An album is gone with its last photo."""
        index = self._index()
        with index.writing():
            held = set(index.albums.ids(name))
            gone = [id_ for id_ in ids if id_ in held]
            index.albums.take(name, gone)
        return gone

    def ids(self, name: str) -> list[str]:
        """The photos of an album, in the order in which they were added; none if there is no such album."""
        return self._index().albums.ids(name)

    def drop(self, name: str) -> int:
        """Remove an album, not its photos: how many were in it.

        Raises:
            NameUnknown: there is none of that name.
        """
        index = self._index()
        held = index.albums.names()
        if name not in held:
            raise NameUnknown(f"There is no album {name}: lens album list shows them.")
        with index.writing():
            index.albums.drop(name)
        return held[name]


def _checked(name: str) -> str:
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise NameUnknown(f"A name has from 1 to {LONGEST_NAME} letters that can be printed.")
    return name

"""Sources of regions as people see them: what is in each, and whether it is shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lens.errors import NameUnknown
from lens.labeling.report import Failed
from lens_indexes import Index
from lens_indexes.filters import OneOf

__all__ = ["LabelSource", "LabelSources"]

LONGEST_NAME = 100


@dataclass(frozen=True)
class LabelSource:
    """A named set of regions, such as what one detector found, what a file brought, or what a person drew."""

    name: str
    photos: int
    """That have regions of it."""
    regions: int
    states: Mapping[str, int]
    """How many regions are in each state."""
    categories: Mapping[str, int]
    """How many of each, most first."""
    looked: int
    """Photos that were looked through for it, also where nothing was found."""
    failed: int
    """Photos that could not be looked through."""
    hidden: bool
    """Whether its regions are left out of queries and sheets."""


class LabelSources:
    """The sources of an index.

    Args:
        index: opens the index.
    """

    def __init__(self, index: Callable[[], Index]) -> None:
        self._index = index

    def all(self) -> list[LabelSource]:
        """Every source, by name; also one for which nothing was found."""
        index = self._index()
        hidden, looked = index.hidden.names(), index.labelled.by_source()
        held = {source.name: source for source in index.regions.sources()}
        found = []
        for name in sorted({*held, *looked}):
            source, (done, failed) = held.get(name), looked.get(name, (0, 0))
            categories = source.categories if source else {}
            found.append(
                LabelSource(
                    name,
                    photos=source.photos if source else 0,
                    regions=source.regions if source else 0,
                    states=source.states if source else {},
                    categories=dict(sorted(categories.items(), key=lambda pair: (-pair[1], pair[0]))),
                    looked=done,
                    failed=failed,
                    hidden=name in hidden,
                )
            )
        return found

    def get(self, name: str) -> LabelSource:
        """One source.

        Raises:
            NameUnknown: there is none of that name.
        """
        for source in self.all():
            if source.name == name:
                return source
        raise NameUnknown(f"There is no source {name!r}: lens sources list shows them.")

    def failed(self, name: str) -> list[Failed]:
        """The photos that could not be looked through for a source, and why, in the order of their paths.

        Raises:
            NameUnknown: there is none of that name.
        """
        self.get(name)
        index = self._index()
        reasons, roots = index.labelled.failures(name), index.roots.by_name()
        places = [(id_, roots[root].absolute(path)) for id_, root, path in index.photos.places() if id_ in reasons]
        return sorted((Failed(path, reasons[id_]) for id_, path in places), key=lambda failed: failed.path)

    def rename(self, old: str, new: str) -> LabelSource:
        """Call a source otherwise: what it was.

        Raises:
            NameUnknown: there is none of that name, the new name can be none, or it is taken.
        """
        if any(source.name == new for source in self.all()):
            raise NameUnknown(f"There is a source {new!r} already: lens sources merge puts two together.")
        held = self.get(old)
        self._move(old, checked_name(new), hidden=held.hidden)
        return held

    def merge(self, name: str, into: str) -> LabelSource:
        """Put all regions of a source into another: what it was.

        Raises:
            NameUnknown: one of the two is not there, or they are one.
        """
        if name == into:
            raise NameUnknown(f"{name!r} cannot be put into itself.")
        held = self.get(name)
        self._move(name, into, hidden=self.get(into).hidden)
        return held

    def drop(self, name: str) -> LabelSource:
        """Remove a source with all its regions for good: what it was.

        Raises:
            NameUnknown: there is none of that name.
        """
        held, index = self.get(name), self._index()
        with index.writing():
            index.labelled.forget_source(name)  # first: what is killed between is looked for again, not lost
            index.regions.delete(index.regions.matching(OneOf("source", (name,)))["id"].to_pylist())
            index.hidden.set(name, hidden=False)
        return held

    def hide(self, name: str, *, hidden: bool = True) -> LabelSource:
        """Leave a source out of queries and sheets, or show it again: what it was.

        Raises:
            NameUnknown: there is none of that name.
        """
        held, index = self.get(name), self._index()
        with index.writing():
            index.hidden.set(name, hidden=hidden)
        return held

    def _move(self, old: str, new: str, *, hidden: bool) -> None:
        index = self._index()
        with index.writing():
            index.regions.rename_source(old, new)
            index.labelled.rename_source(old, new)
            index.hidden.set(old, hidden=False)
            index.hidden.set(new, hidden=hidden)


def checked_name(name: str) -> str:
    """A name that a source can have.

    Raises:
        NameUnknown: it can be none.
    """
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise NameUnknown(f"A source's name has from 1 to {LONGEST_NAME} letters that can be printed.")
    return name

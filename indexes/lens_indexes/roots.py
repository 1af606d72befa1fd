"""Named root folders, so that an index and its photos can move.

Every path in the index starts from a root; only this table knows where the roots lie on this machine.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lens_indexes.deleting import quoted
from lens_indexes.errors import IndexDamaged
from lens_indexes.failures import told_clearly
from lens_indexes.remote import path_of
from lens_indexes.schema import root_schema


@dataclass(frozen=True)
class Root:
    """A folder whose photos are indexed."""

    name: str
    folder: Path  # absolute, of this machine or of a store

    def absolute(self, path: str) -> Path:
        """Where a photo of this root lies."""
        return self.folder / path


class RootsByName(dict[str, Root]):
    """Roots by name; a name that is not among them is damage."""

    def __missing__(self, name: str) -> Root:
        raise IndexDamaged(
            f"The index has photos below a root {name!r} that it does not know: lens verify lists them. "
            "Your photos are untouched: restore the index from a backup, or index anew."
        )


class Roots:
    """The table of roots."""

    def __init__(self, uri: str, table: Any) -> None:
        self._uri = uri
        self._table = table

    def all(self) -> list[Root]:
        """Every root, by name."""
        with told_clearly(self._uri):
            rows = self._table.search().to_arrow().to_pylist()
        return sorted((Root(row["name"], path_of(row["folder"])) for row in rows), key=lambda root: root.name)

    def by_name(self) -> RootsByName:
        """Every root, under its name."""
        return RootsByName({root.name: root for root in self.all()})

    def move(self, name: str, folder: Path) -> None:
        """Let a root lie at another absolute folder."""
        import pyarrow as pa

        moved = pa.table({"name": [name], "folder": [str(folder)]}, schema=root_schema())
        with told_clearly(self._uri):
            self._table.merge_insert("name").when_matched_update_all().execute(moved)

    def remove(self, names: Collection[str]) -> None:
        """Know roots of these names no more; nothing may be left below them."""
        if names:
            with told_clearly(self._uri):
                self._table.delete(f"name IN ({quoted(names)})")

    def add(self, folder: Path) -> Root:
        """A new root for an absolute folder, named after it."""
        import pyarrow as pa

        taken = {root.name for root in self.all()}
        base = folder.name or "root"
        names = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
        root = Root(next(name for name in names if name not in taken), folder)
        with told_clearly(self._uri):
            self._table.add(pa.table({"name": [root.name], "folder": [str(folder)]}, schema=root_schema()))
        return root


def place_below(roots: Iterable[Root], path: Path) -> tuple[str, str]:
    """The name of the root nearest above an absolute path, and the path from there.

    Raises:
        ValueError: no root holds it.
    """
    held = innermost(roots, path)
    if held is None:
        raise ValueError(f"{path} is below no root")
    return held[0].name, held[1]


def innermost(roots: Iterable[Root], path: Path) -> tuple[Root, str] | None:
    """The root nearest above an absolute path, and the path from there; None if no root holds it."""
    holding = [root for root in roots if path.is_relative_to(root.folder)]
    if not holding:
        return None
    root = max(holding, key=lambda root: len(root.folder.parts))
    return root, path.relative_to(root.folder).as_posix()

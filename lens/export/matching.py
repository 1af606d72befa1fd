"""Which photo of the index a name in another program's file means."""

import csv
from collections import defaultdict
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

from lens.errors import ImportRefused
from lens.export.exporting import MANIFEST
from lens.export.found import Known, Size
from lens.photos.orientation import swaps_sides
from lens_indexes import Index
from lens_indexes.filters import All

__all__ = ["PhotoFinder"]

EXAMPLES = 5
COLUMNS = ("root", "path", "content_hash", "width", "height", "orientation")


class PhotoFinder:
    """Finds photos, and counts what it does not find.

    By content hash where the file or the list of an export beside it gives one; by the absolute path; by the path from
    the folder that names start from, from the file's own folder, or from a root; and by a file name and a size in
    pixels that one photo alone has.

    Args:
        index: that the photos are in.
        folder: that the file lies in.
        hint: the folder that names start from, if it is said.
    """

    def __init__(self, index: Index, folder: Path, hint: Path | None) -> None:
        self._starts = [start for start in (hint, folder) if start]
        self._by_place: dict[str, Known] = {}
        self._by_hash: dict[str, Known] = {}
        self._by_part: defaultdict[str, list[Known]] = defaultdict(list)
        self._listed = _listed(folder / MANIFEST)
        self.matched: set[str] = set()
        """Ids of the photos that were found."""
        self.turned: set[str] = set()
        """Those of them that were labelled as their pixels are stored."""
        self.unmatched: dict[str, str] = {}
        """Why a name was not, by name."""
        roots = index.roots.by_name()
        for batch in index.photos.matching(All(()), COLUMNS).to_batches():
            for row in batch.to_pylist():
                size = row["width"], row["height"]
                known = Known(row["id"], row["content_hash"], size, row["orientation"])
                self._by_place[str(roots[row["root"]].absolute(row["path"]))] = known
                self._by_hash.setdefault(known.content_hash, known)
                path = PurePosixPath(row["path"])
                for part in {row["path"], f"{row['root']}/{row['path']}", path.name, path.stem}:
                    self._by_part[part].append(known)

    def find(self, name: str, size: Size | None = None, content_hash: str | None = None) -> Known | None:
        """The photo that a name means; None if there is none, which is counted.

        Args:
            name: a path with `/` or `\\`, or a file name, with or without suffix.
            size: of the photo as the file has it.
            content_hash: likewise.
        """
        place, listed = self._listed.get(name) or self._listed.get(PurePosixPath(name).name) or ("", None)
        found = self._by_place.get(place) or self._at(name) or self._called(name, size)
        wanted = content_hash or listed
        if wanted and (found is None or found.content_hash != wanted):
            found = self._by_hash.get(wanted, found)
        if found is None:
            several = len(self._by_part.get(PurePosixPath(name.replace("\\", "/")).name, ()))
            self.unmatched[name] = "several photos of the index have this name" if several > 1 else "not in the index"
            return None
        if size and size != found.size:
            if not _is_unturned(found, size):
                lying = size == found.size[::-1]
                self.unmatched[name] = "labelled on its side" if lying else "its size is another in the index"
                return None
            self.turned.add(found.id)
            found = replace(found, unturned=True)
        self.matched.add(found.id)
        return found

    def examples(self) -> tuple[str, ...]:
        """Some names that were not found, each with the reason."""
        return tuple(f"{name}: {reason}" for name, reason in list(self.unmatched.items())[:EXAMPLES])

    def _at(self, name: str) -> Known | None:
        with suppress(OSError, RuntimeError, ValueError):  # what can be no path
            if name in self._by_place:  # as of a store, which is nowhere below a folder
                return self._by_place[name]
            for start in self._starts:
                place = start / name
                for form in (place, place.resolve()):
                    if str(form) in self._by_place:
                        return self._by_place[str(form)]
        return None

    def _called(self, name: str, size: Size | None) -> Known | None:
        whole = name.replace("\\", "/").removeprefix("./")
        for part in (whole, PurePosixPath(whole).name):
            held = self._by_part.get(part, [])
            if len(held) > 1 and size:
                held = [known for known in held if known.size == size or _is_unturned(known, size)]
            if len(held) == 1:
                return held[0]
        return None


def _is_unturned(photo: Known, size: Size) -> bool:
    """Whether this is the size of the pixels as they are stored, which are turned on their side."""
    return swaps_sides(photo.orientation) and size == photo.size[::-1]


def _listed(manifest: Path) -> dict[str, tuple[str, str]]:
    """The path and the content hash of each photo of an export, by the names it has there: file, file name and stem."""
    found: dict[str, tuple[str, str]] = {}
    several: set[str] = set()
    try:
        with manifest.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for name in {row["name"], row["file"], PurePosixPath(row["file"]).name}:
                    several |= {name} & found.keys()
                    found[name] = row["path"], row["content_hash"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise ImportRefused(f"{manifest} is no list of an export ({error}): remove it, or mend it.") from error
    return {name: entry for name, entry in found.items() if name not in several}

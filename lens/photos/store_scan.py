"""Which photos lie below a folder of an object store."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from lens.photos.scan import FOUND_SUFFIXES, SIDECAR_SUFFIX, FoundPhoto, Unreadable, passes_over, pattern_of
from lens.photos.xmp import sidecar_names
from lens_indexes.remote import RemotePath

__all__ = ["scan_store"]

_NO_PATH = "has an object whose name is empty or a dot, to which no path leads; rename that"


def scan_store(
    root: RemotePath, *, exclude: Sequence[str] = (), include_hidden: bool = False
) -> Iterator[FoundPhoto | Unreadable]:
    """Every photo below a folder of a store, in an order that depends on names alone; one listing for each folder.

    A folder that cannot be listed is told as unreadable, so that nothing is said of what is in it.

    Args:
        root: what `relative` paths start from.
        exclude: as `scan` takes it.
        include_hidden: likewise.
    """
    excluded = pattern_of(exclude)
    waiting = [(root, ".")]
    while waiting:
        folder, relative = waiting.pop()
        try:
            entries = folder.entries()
        except OSError as error:
            yield Unreadable(relative, (error.strerror or str(error)).lower(), is_folder=True, size=0, mtime_ns=0)
            continue
        sidecars = {name: path for name, path, _ in entries if name[-4:].lower() == SIDECAR_SUFFIX}
        below = "" if relative == "." else relative + "/"
        folders = []
        for name, path, is_folder in entries:
            inner = below + name
            if path.name != name or name == "..":
                yield Unreadable(relative, _NO_PATH, is_folder=False, size=0, mtime_ns=0)
            elif passes_over(name, inner, excluded, include_hidden):
                continue
            elif is_folder:
                folders.append((path, inner))
            elif PurePosixPath(name).suffix.lower() in FOUND_SUFFIXES:
                status = path.stat()
                beside = [sidecars[each] for each in sidecar_names(name) if each in sidecars] if sidecars else []
                changed = max((each.stat().st_mtime_ns for each in beside), default=0)
                yield FoundPhoto(str(path), inner, status.st_size, status.st_mtime_ns, changed)
        waiting.extend(reversed(folders))

"""Photos that a file names, in the place of looking through folders.

It is text, a path a line in UTF-8, or Parquet with a column `path`. Paths are absolute, or begin at the root; those
below a folder of a store may be URIs.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from pathlib import Path

from lens.errors import ManifestError
from lens.photos.scan import FoundPhoto, Unreadable, is_passed_over
from lens.photos.xmp import sidecar_names
from lens_indexes.remote import REQUESTS_AT_ONCE, RemotePath, path_of

__all__ = ["PARQUET", "listed"]

PARQUET = ".parquet"
ROWS_AT_ONCE = 10_000
NOT_THERE = "named in the manifest and not there"


def listed(manifest: Path, root: Path, exclude: Sequence[str] = ()) -> Iterator[FoundPhoto | Unreadable]:
    """Every photo that a manifest names, in its order; what is not there is told as unreadable.

    Args:
        manifest: the file; `.parquet` says that it is one.
        root: what all of them lie below, absolute.
        exclude: glob patterns of names or paths below `root` to leave out; hidden files are as good as others.

    Raises:
        ManifestError: it cannot be read, or names something that does not lie below `root`.
    """
    if isinstance(root, RemotePath):
        yield from _listed_on_store(manifest, root, exclude)
        return
    for number, path in enumerate(_paths(manifest), start=1):
        place = Path(os.path.normpath(root / path))
        if not place.is_relative_to(root):  # it may by way of a link
            place = Path(os.path.realpath(place.parent), place.name)
        if not place.is_relative_to(root) or place == root:
            raise ManifestError(f"{manifest} names {path} (number {number}), which does not lie below {root}.")
        relative = place.relative_to(root)
        if not is_passed_over(relative, exclude, include_hidden=True):
            yield _look_at(place, relative.as_posix())


def _listed_on_store(manifest: Path, root: RemotePath, exclude: Sequence[str]) -> Iterator[FoundPhoto | Unreadable]:
    named = _named_on_store(manifest, root)
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        while some := list(islice(named, ROWS_AT_ONCE // 10)):
            wanted = [
                (root / each, each) for each in some if not is_passed_over(Path(each), exclude, include_hidden=True)
            ]
            yield from pool.map(_look_at_store, *zip(*wanted, strict=True)) if wanted else ()


def _named_on_store(manifest: Path, root: RemotePath) -> Iterator[str]:
    """The paths below the root."""
    for number, path in enumerate(_paths(manifest), start=1):
        place = path_of(path) if path_of(path).is_absolute() else root / path
        if not place.is_relative_to(root) or place == root or ".." in place.parts:
            raise ManifestError(f"{manifest} names {path} (number {number}), which does not lie below {root}.")
        yield place.relative_to(root).as_posix()


def _look_at_store(place: RemotePath, relative: str) -> FoundPhoto | Unreadable:
    """A photo of a store, which is asked for what is called like it; its side-cars are among that."""
    try:
        there = {path.name: path.stat() for path in place.beginning(place.stem)}
    except OSError as error:
        return Unreadable(relative, (error.strerror or str(error)).lower(), is_folder=False, size=0, mtime_ns=0)
    if place.name not in there:
        return Unreadable(relative, NOT_THERE, is_folder=False, size=0, mtime_ns=0)
    status = there[place.name]
    changed = max((there[name].st_mtime_ns for name in sidecar_names(place.name) if name in there), default=0)
    return FoundPhoto(str(place), relative, status.st_size, status.st_mtime_ns, changed)


def _look_at(place: Path, relative: str) -> FoundPhoto | Unreadable:
    try:
        status = place.stat()
    except FileNotFoundError:
        return Unreadable(relative, NOT_THERE, is_folder=False, size=0, mtime_ns=0)
    except (OSError, ValueError) as error:  # a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        return Unreadable(relative, reason, is_folder=False, size=0, mtime_ns=0)
    if not stat.S_ISREG(status.st_mode):
        return Unreadable(relative, "not a regular file", False, size=status.st_size, mtime_ns=status.st_mtime_ns)
    return FoundPhoto(str(place), relative, status.st_size, status.st_mtime_ns, _changed(place))


def _changed(photo: Path) -> int:
    """When a side-car of it changed last, in nanoseconds; 0 if there is none."""
    latest = 0
    for name in sidecar_names(photo.name):
        with suppress(OSError):
            latest = max(latest, photo.with_name(name).stat().st_mtime_ns)
    return latest


def _paths(manifest: Path) -> Iterator[str]:
    try:
        yield from _rows(manifest) if manifest.suffix.lower() == PARQUET else _lines(manifest)
    except UnicodeDecodeError:
        raise ManifestError(f"{manifest} is not text in UTF-8; a Parquet file is called .parquet.") from None
    except OSError as error:
        raise ManifestError(f"{manifest} cannot be read: {error.strerror or error}.") from None


def _lines(manifest: Path) -> Iterator[str]:
    with manifest.open(encoding="utf-8-sig", newline="\n") as lines:
        for line in lines:
            if path := line.rstrip("\r\n"):
                yield path


def _rows(manifest: Path) -> Iterator[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with manifest.open("rb") as data, pq.ParquetFile(data) as file:
            if "path" not in file.schema_arrow.names:
                raise ManifestError(f"{manifest} has no column `path`.")
            for batch in file.iter_batches(ROWS_AT_ONCE, columns=["path"]):
                yield from (path for path in batch["path"].cast(pa.string()).to_pylist() if path)
    except pa.ArrowException as error:
        raise ManifestError(f"{manifest} cannot be read as Parquet: {str(error).splitlines()[0]}") from None

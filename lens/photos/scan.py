"""Which photos lie under a folder.

A scan names every photo, and everything that keeps it from naming one: nothing is passed over in silence
except what was excluded and what is no photo.
"""

import fnmatch
import os
import re
import stat
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lens.errors import FolderError
from lens.photos.xmp import sidecar_names
from lens_indexes.remote import KEPT_OUT, RemotePath, path_of

PHOTO_SUFFIXES = frozenset(
    """.jpg .jpeg .jpe .jfif .mpo .png .apng .webp .tif .tiff .gif .bmp .dib .avif .heic .heif .hif
    .jp2 .j2k .jpx .jpf .jpc .j2c .pbm .pgm .ppm .pnm .pfm .psd .tga .qoi .ico""".split()  # noqa: SIM905
)
"""Suffixes, in lower case with the dot, of the files that `read_photo` reads by itself, or HEIC with pillow-heif."""

RAW_SUFFIXES = frozenset(
    """.3fr .arw .cr2 .cr3 .crw .dcr .dng .erf .iiq .kdc .mef .mos .mrw .nef .nrw .orf .pef .raf .raw
    .rw2 .rwl .sr2 .srf .srw .x3f""".split()  # noqa: SIM905
)
"""Suffixes of cameras' RAW files, read where rawpy is installed. Only DNG is tested: see `lens/photos/raw.py`."""

SIDECAR_SUFFIX = ".xmp"
FOUND_SUFFIXES = PHOTO_SUFFIXES | RAW_SUFFIXES
"""Of what a scan takes for photos."""
_NEVER_ENTERED = frozenset({"@eaDir", "node_modules", ".git", "System Volume Information"})
_RENAME = "the name is not UTF-8; rename the {}"


@dataclass(frozen=True, slots=True)
class FoundPhoto:
    """A file that by its name is a photo."""

    place: str
    """Absolute path, or URI; links in it are not resolved. A run holds one for each file, so it is no `Path`."""
    relative: str
    """The path below the scanned root, with `/` on every system."""
    size: int
    """Bytes."""
    mtime_ns: int
    sidecar_mtime_ns: int = 0
    """Of the XMP side-car beside it that changed last; 0 if there is none."""

    @property
    def path(self) -> Path:
        """Where it lies; on a store, with its size and time known."""
        path = path_of(self.place)
        return path.known(self.size, self.mtime_ns) if isinstance(path, RemotePath) else path


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A folder or file that is there and cannot be looked at."""

    relative: str
    """The path below the scanned root, `.` for the root itself; bytes that are not UTF-8 are written as `\\xe9`."""
    reason: str
    is_folder: bool
    """Whether photos below it may exist unseen."""
    size: int
    """Bytes; 0 if unknown."""
    mtime_ns: int
    """0 if unknown."""


def check_folder(path: str | Path) -> Path:
    """The resolved absolute path of a folder that can be listed.

    Args:
        path: of this machine, or of a store.

    Raises:
        FolderError: there is nothing at `path`, it is a file, its name is not UTF-8, or it may not be listed.
    """
    path = path_of(path).expanduser()
    if isinstance(path, RemotePath):
        return _check_remote(path)
    try:
        resolved = path.resolve(strict=True)
        if not resolved.is_dir():
            raise FolderError(f"{path} is a file, not a folder; name the folder it is in: {resolved.parent}")
        with os.scandir(resolved):
            pass
    except FileNotFoundError:
        raise FolderError(
            f"{_printable(str(path))}: there is no such folder; check the name, or whether its drive is mounted"
        ) from None
    except PermissionError:
        raise FolderError(f"{path} may not be read (permission denied); ask its owner, or leave it out") from None
    except (OSError, RuntimeError, ValueError) as error:  # a link to itself; a NUL in the name; a drive that fails
        reason = getattr(error, "strerror", None) or str(error)
        raise FolderError(f"{_printable(str(path))} cannot be read: {reason}") from None
    if not _is_utf8(str(resolved)):
        raise FolderError(f"{_printable(str(resolved))}: the name is not UTF-8; rename the folder")
    return resolved


def _check_remote(path: RemotePath) -> RemotePath:
    if path.holds_key:
        raise FolderError(f"The name of a folder {KEPT_OUT}.")
    try:
        if not stat.S_ISDIR(path.stat().st_mode):
            raise FolderError(f"{path} is a photo, not a folder; name the folder it is in: {path.parent}")
    except FileNotFoundError:
        raise FolderError(f"There is nothing at {path}: check the name.") from None
    except OSError as error:
        raise FolderError(f"{path} is out of reach: {error.strerror}") from None
    return path


def scan(
    root: Path,
    *,
    folder: Path | None = None,
    exclude: Sequence[str] = (),
    include_hidden: bool = False,
) -> Iterator[FoundPhoto | Unreadable]:
    """Every photo below `folder`, in an order that depends on names alone.

    Links are followed. Every real folder is visited once, by its own path rather than through a link where it has both,
    so a link that leads back up ends there.

    Args:
        root: What `relative` paths start from.
        folder: Where to look; `root` itself or a folder inside it. `None`: `root`.
        exclude: Glob patterns; a file or folder is left out if its name or its path below `root` matches one.
        include_hidden: Also what begins with a dot; macOS's `._*` shadows are never photos.

    Raises:
        ValueError: `folder` is not inside `root`.
    """
    top = root.absolute()
    start = top if folder is None else folder.absolute()
    excluded = pattern_of(exclude)
    waiting = [(str(start), start.relative_to(top).as_posix())]
    linked: deque[tuple[str, str]] = deque()  # entered only after all that is reached without them
    visited: set[tuple[int, int]] = set()

    while waiting or linked:
        path, relative = waiting.pop() if waiting else linked.popleft()
        try:
            status = os.stat(path)  # noqa: PTH116 - a Path for each of many folders costs more than the call
            if (status.st_dev, status.st_ino) in visited:
                continue
            visited.add((status.st_dev, status.st_ino))
            with os.scandir(path) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            yield Unreadable(relative, _why(error), is_folder=True, size=0, mtime_ns=0)
            continue

        sidecars = {entry.name: entry for entry in entries if entry.name[-4:].lower() == SIDECAR_SUFFIX}
        below = "" if relative == "." else relative + "/"
        folders: list[tuple[str, str]] = []
        for entry in entries:
            inner = below + entry.name
            if passes_over(entry.name, inner, excluded, include_hidden):
                continue
            if _is_folder(entry):
                if not _is_utf8(entry.name):
                    yield Unreadable(_printable(inner), _RENAME.format("folder"), is_folder=True, size=0, mtime_ns=0)
                else:
                    (linked if entry.is_symlink() else folders).append((entry.path, inner))
            elif (found := _look_at(entry, inner, sidecars)) is not None:
                yield found
        waiting.extend(reversed(folders))


def is_passed_over(relative: Path, exclude: Sequence[str], *, include_hidden: bool) -> bool:
    """Whether a scan goes by what has this path below its root, or by a folder that it is in; see `scan`."""
    excluded = pattern_of(exclude)
    return any(
        passes_over(inner.name, inner.as_posix(), excluded, include_hidden)
        for inner in (relative, *relative.parents)
        if inner.name
    )


def pattern_of(exclude: Sequence[str]) -> re.Pattern[str]:
    """What `passes_over` takes for glob patterns."""
    return re.compile("|".join(fnmatch.translate(pattern.rstrip("/")) for pattern in exclude) or r"(?!)")


def passes_over(name: str, inner: str, excluded: re.Pattern[str], include_hidden: bool) -> bool:
    """Whether a scan goes by a name, and the path below the root that ends in it."""
    if name.startswith("._") or name in _NEVER_ENTERED or (name[0] == "." and not include_hidden):
        return True
    return bool(excluded.match(name) or excluded.match(inner))


def _look_at(
    entry: os.DirEntry[str], relative: str, sidecars: Mapping[str, os.DirEntry[str]]
) -> FoundPhoto | Unreadable | None:
    """What one entry that is no folder is, `sidecars` being in the same folder; `None`: no photo."""
    is_photo = os.path.splitext(entry.name)[1].lower() in FOUND_SUFFIXES  # noqa: PTH122 - as above
    if not is_photo and not entry.is_symlink():
        return None
    try:
        status = entry.stat()
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not entry.is_symlink():
            return None  # gone since the folder was listed
        reason = "a link to nothing" if isinstance(error, FileNotFoundError) else _why(error)
        # Without a photo's suffix it may have led to a folder, perhaps on a drive that is not mounted now.
        return Unreadable(_printable(relative), reason, is_folder=not is_photo, size=0, mtime_ns=0)
    if not is_photo:
        return None
    if _is_utf8(entry.name) and stat.S_ISREG(status.st_mode):
        changed = _changed(sidecars[name] for name in sidecar_names(entry.name) if name in sidecars) if sidecars else 0
        return FoundPhoto(entry.path, relative, status.st_size, status.st_mtime_ns, changed)
    reason = "not a regular file" if _is_utf8(entry.name) else _RENAME.format("file")
    return Unreadable(_printable(relative), reason, False, size=status.st_size, mtime_ns=status.st_mtime_ns)


def _changed(sidecars: Iterable[os.DirEntry[str]]) -> int:
    """When the last of them changed, in nanoseconds; 0 if there is none."""
    latest = 0
    for sidecar in sidecars:
        with suppress(OSError):  # gone since the folder was listed
            latest = max(latest, sidecar.stat().st_mtime_ns)
    return latest


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself, or into a folder that may not be entered: `_look_at` says which
        return False


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _printable(name: str) -> str:
    return os.fsencode(name).decode(errors="backslashreplace")


def _why(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "permission denied"
    return (error.strerror or str(error)).lower()

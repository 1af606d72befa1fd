"""Paths to photos on an object store, such as `s3://bucket/2023/a.jpg`."""

import errno
import io
import os
import re
import stat
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PosixPath
from typing import Any, NoReturn

from lens_indexes.stores import INSTALLED_BY, mtime_ns_of, status_of, store_of, told_as_os_error

__all__ = ["KEPT_OUT", "REQUESTS_AT_ONCE", "RemotePath", "is_remote", "path_of"]

KEPT_OUT = "must hold no key: put it where the store's own programs look (docs/REMOTE.md)"
"""What is told of a path with user and password."""
REQUESTS_AT_ONCE = 16
"""That it is worth while to make of a store, which takes its time for each."""
BLOCK = 1 << 16  # bytes that a part of an object is read in, enough for what cameras write before the pixels
_SCHEME = re.compile(rf"({'|'.join(INSTALLED_BY)}):/+")


def path_of(path: str | Path) -> Path:
    """A path of this machine, or of a store where it begins with the scheme of one."""
    if isinstance(path, RemotePath):
        return path
    return RemotePath(str(path)) if _SCHEME.match(str(path)) else Path(path)


def is_remote(path: Path) -> bool:
    """Whether it leads to a store."""
    return isinstance(path, RemotePath) and path.is_absolute()


class RemotePath(PosixPath):
    """A path on an object store, which prints as its URI and can be read; nothing is ever written there.

    All that fails is an `OSError`, whatever the library of the store calls it.
    """

    _status: os.stat_result | None = None

    def __str__(self) -> str:
        text = super().__str__()
        scheme, slash, rest = text.partition(":/")
        return f"{scheme}://{rest}" if slash and scheme in INSTALLED_BY else text

    def __fspath__(self) -> str:
        return str(self)

    def as_uri(self) -> str:
        """The path itself."""
        return str(self)

    def known(self, size: int, mtime_ns: int) -> "RemotePath":
        """The same path, whose size in bytes and time need not be asked for."""
        path = RemotePath(self)
        path._status = status_of(size, mtime_ns)
        return path

    @property
    def holds_key(self) -> bool:
        """Whether it names a user, as in `s3://user:password@bucket`; such a path is never asked for."""
        return any("@" in part or ":" in part for part in self.parts[1:2])

    # What a path of this machine answers by itself

    def is_absolute(self) -> bool:
        """Whether it begins with a scheme; `relative_to` gives what does not."""
        return bool(_SCHEME.match(str(self)))

    def absolute(self) -> "RemotePath":
        """Itself."""
        return self

    def expanduser(self) -> "RemotePath":
        """Itself."""
        return self

    def resolve(self, strict: bool = False) -> "RemotePath":
        """Itself: stores have no links.

        Raises:
            FileNotFoundError: there is nothing, and `strict` is set.
        """
        if strict:
            self.stat()
        return self

    # What the store is asked

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Its size, and its time as `mtime_ns_of` has it. A folder is what other names begin with."""
        if self._status is None:
            with self._asking() as store:
                info = store.info(str(self))
            if info["type"] == "directory":
                return os.stat_result((stat.S_IFDIR | 0o555, 0, 0, 1, 0, 0, 0, 0, 0, 0))
            self._status = status_of(info["size"], mtime_ns_of(info))
        return self._status

    def exists(self, *, follow_symlinks: bool = True) -> bool:
        """Whether there is something; False also if the store does not say."""
        return self._is(lambda _: True)

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """Whether there is an object; False also if the store does not say."""
        return self._is(stat.S_ISREG)

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """Whether there is something below it; False also if the store does not say."""
        return self._is(stat.S_ISDIR)

    def is_symlink(self) -> bool:
        """Never."""
        return False

    def iterdir(self) -> Generator["RemotePath", None, None]:
        """What lies in a folder, by name; objects with their size and time known."""
        yield from (path for name, path, _ in self.entries() if path.name == name)

    def entries(self) -> list[tuple[str, "RemotePath", bool]]:
        """The names in a folder, sorted, each with its path and whether it is a folder itself; read page by page.

        No path leads to an object whose name is empty (as in `a//b`) or a dot: there, the path has another name.
        """
        with self._asking() as store:
            listed = store.ls(str(self), detail=True)
        here = str(self).partition("://")[2] + "/"
        found = []
        for info in listed:
            name = info["name"].removeprefix(here).rstrip("/")
            if info["type"] == "directory":
                found.append((name, self / name, True))
            elif name:  # else it is what some programs make to have a folder
                found.append((name, self._object(name, info), False))
        return sorted(found, key=lambda entry: entry[0])

    def beginning(self, stem: str) -> list["RemotePath"]:
        """The objects beside this one whose names begin so, in one request."""
        with self._asking() as store:
            listed = store.find(str(self.parent), prefix=stem, maxdepth=1, detail=True)
        named = {info["name"].rpartition("/")[2]: info for info in listed.values()}
        return [self.parent._object(name, named[name]) for name in sorted(named) if name.startswith(stem)]

    def read_bytes(self) -> bytes:
        """The whole object, in one request."""
        with self._asking() as store:
            data: bytes = store.cat_file(str(self))
        return data

    def read_range(self, start: int, end: int) -> bytes:
        """The bytes from `start` to before `end`."""
        with self._asking() as store:
            data: bytes = store.cat_file(str(self), start=start, end=end)
        return data

    def open(
        self,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> Any:
        """A file that is read part by part, by requests for ranges.

        Raises:
            OSError: it is to be written, or is not there.
        """
        if set(mode) - set("rbt"):
            self._refuse()
        data = io.BufferedReader(_Object(self), BLOCK)
        return data if "b" in mode else io.TextIOWrapper(data, encoding, errors, newline)

    def _object(self, name: str, info: Mapping[str, Any]) -> "RemotePath":
        return (self / name).known(info["size"], mtime_ns_of(info))

    def _is(self, kind: Callable[[int], bool]) -> bool:
        try:
            return kind(self.stat().st_mode)
        except OSError:
            return False

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        """The store, of which all failures are an `OSError`."""
        scheme, bucket = self.parts[0].removesuffix(":"), self.parts[1] if len(self.parts) > 1 else ""
        if self.holds_key:
            raise PermissionError(errno.EACCES, f"its name {KEPT_OUT}")
        if not bucket:
            raise FileNotFoundError(errno.ENOENT, "it names no bucket")
        if os.environ.get("LENS_OFFLINE"):
            raise OSError(errno.ENETUNREACH, "it is not on this machine, and Lens was told to stay offline")
        try:
            yield store_of(scheme, os.getpid())
        except ImportError as error:
            raise OSError(errno.ENOSYS, f"{scheme}:// needs: {INSTALLED_BY[scheme]}") from error
        except Exception as error:  # each store's library has errors of its own
            raise told_as_os_error(error) from error

    # What would write

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise OSError(errno.EROFS, "Lens writes nothing to a store of photos")

    mkdir = touch = rename = replace = unlink = rmdir = chmod = _refuse
    symlink_to = hardlink_to = write_bytes = write_text = _refuse


class _Object(io.RawIOBase):
    """An object that is read by requests for ranges."""

    def __init__(self, path: RemotePath) -> None:
        self._path, self._at, self._size = path, 0, path.stat().st_size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self._size - self._at)
        if count <= 0:
            return 0
        data = self._path.read_range(self._at, self._at + count)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

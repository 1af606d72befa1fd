"""Keeping an index up to date: run again for the folders in which something changed, once they have come to rest."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import psutil
import watchfiles

from lens.config import thumbnail_folder
from lens.errors import FolderError, PruneRefused
from lens.indexing.plan import Scope
from lens.indexing.report import IndexReport
from lens.photos.scan import PHOTO_SUFFIXES, RAW_SUFFIXES, SIDECAR_SUFFIX, check_folder, is_passed_over
from lens_indexes import local_folder
from lens_indexes.remote import is_remote, path_of

QUIET = 2.0  # seconds without a change after which a burst of them is over
LONGEST = 30.0  # seconds a change waits at the most, however many more come
POLL = 10.0  # seconds between two looks at every file where the system tells of no changes
LOOK = 1.0  # seconds between two looks whether the folders themselves are still there
NETWORK = frozenset(
    "9p afpfs afs ceph cifs davfs drvfs glusterfs lustre ncpfs nfs nfs4 smb3 smbfs vboxsf webdav".split()  # noqa: SIM905
)

Tell = Callable[[str], None]


def keep_indexed(
    uri: str,
    folders: Sequence[str | Path],
    index: Callable[[Sequence[Path]], IndexReport],
    *,
    exclude: Sequence[str] = (),
    include_hidden: bool = False,
    poll: bool = False,
    on_report: Callable[[IndexReport], None],
    on_trouble: Tell,
) -> None:
    """Index the folders, then those that change, until interrupted; what is wrong with a folder is told and outwaited.

    Args:
        uri: of the index, which may lie in a folder that is watched.
        folders: must be there at the beginning.
        index: indexes some of the folders, as `Library.index` does.
        exclude: as `Library.index` takes it.
        include_hidden: likewise.
        poll: look at every file now and then rather than trust the system to tell of changes.
        on_report: takes the report of every run.
        on_trouble: takes a line for the user, such as that a folder is not there any more.

    Raises:
        FolderError: a folder is not there at the beginning, or is on a store.
    """
    for folder in map(path_of, folders):
        if is_remote(folder):
            check_folder(folder)
            raise FolderError(
                f"{folder} cannot be watched, since a store tells of no changes: run lens index as needed."
            )
    scope = Scope(tuple(check_folder(folder) for folder in folders), tuple(exclude), include_hidden)
    own = [folder.resolve() for folder in (local_folder(uri), thumbnail_folder()) if folder]

    def run(changed: Sequence[Path]) -> None:
        try:
            on_report(index(changed))
        except PruneRefused as refused:
            on_report(refused.report)
            on_trouble(str(refused))
        except FolderError as error:
            if len(changed) == 1:
                on_trouble(str(error))
            else:  # the others are not to wait for it
                for folder in changed:
                    run([folder])

    for changed in changed_folders(scope, own, on_trouble, poll=poll):
        run(changed)


def changed_folders(scope: Scope, own: Sequence[Path], tell: Tell, *, poll: bool = False) -> Iterator[list[Path]]:
    """The folders that are there, then again and again those in which something changed.

    What changes while the caller is at work is not missed.

    Args:
        scope: the folders, absolute, and which of their files count.
        own: folders of Lens's own, which change with every run.
        tell: see `on_trouble` of `keep_indexed`.
        poll: see there.
    """
    burst = _Burst()
    begun = False
    there: dict[Path, tuple[int, int] | None] = dict.fromkeys(scope.folders, (0, 0))
    while True:
        before, there = there, _identities(scope.folders)
        for folder in scope.folders:
            if there[folder] is None and before[folder] is not None:
                tell(f"{folder} is empty or not there now, and is waited for; what the index has of it is kept.")
        present = [folder for folder in scope.folders if there[folder]]
        burst.add(present)  # something may have changed before they were watched
        remote = [folder for folder in present if _is_remote(folder)]
        if remote and not poll:
            tell(f"{', '.join(map(str, remote))}: a network drive, whose files are looked at every {POLL:.0f} s.")
        polling = poll or bool(remote)
        try:
            for changes in _changes(present, polling):
                burst.add(_affected(changes, scope, own))
                if burst.is_over(QUIET + (POLL if polling else 0) if begun else 0):
                    begun = True
                    yield burst.take()
                if _identities(scope.folders) != there:
                    break
        except (OSError, RuntimeError) as error:  # RuntimeError is how watchfiles passes on what its watcher has met
            if not polling and not isinstance(error, FileNotFoundError):  # there are more folders than may be watched
                tell(f"The folders cannot be watched ({error}): their files are looked at every {POLL:.0f} s instead.")
                poll = True
            time.sleep(LOOK)


class _Burst:
    """The folders of changes that follow close upon one another."""

    def __init__(self) -> None:
        self._folders: set[Path] = set()
        self._first: float | None = None  # seconds of the monotonic clock
        self._last = 0.0

    def add(self, folders: Iterable[Path]) -> None:
        """Changes in these folders were seen just now."""
        new = set(folders)
        if new:
            self._last = time.monotonic()
            self._first = self._last if self._first is None else self._first
            self._folders |= new

    def is_over(self, quiet: float) -> bool:
        """Whether it is time to act: nothing came for `quiet` seconds, or it goes on for too long."""
        now = time.monotonic()
        return self._first is not None and (now - self._last >= quiet or now - self._first >= LONGEST)

    def take(self) -> list[Path]:
        """The folders, which the next burst begins without."""
        folders, self._folders, self._first = self._folders, set(), None
        return sorted(folders)


def _changes(folders: Sequence[Path], polling: bool) -> Iterator[set[watchfiles.main.FileChange]]:
    """What changed, as it changes; an empty set now and then where nothing does."""
    return watchfiles.watch(
        *folders,
        watch_filter=None,
        rust_timeout=int(LOOK * 1000),
        yield_on_timeout=True,
        force_polling=polling or None,  # None: the package knows systems on which it must
        poll_delay_ms=int(POLL * 1000),
        ignore_permission_denied=True,
    )


def _affected(changes: set[watchfiles.main.FileChange], scope: Scope, own: Sequence[Path]) -> set[Path]:
    """The folders of the scope in which a photo, or a folder of some, may have changed."""
    folders = set()
    for change, place in changes:
        path = Path(place)
        if any(map(path.is_relative_to, own)) or not _may_matter(change, path):
            continue
        folders |= {
            folder
            for folder in scope.folders
            if path.is_relative_to(folder)
            and not is_passed_over(path.relative_to(folder), scope.exclude, include_hidden=scope.include_hidden)
        }
    return folders


def _may_matter(change: watchfiles.Change, path: Path) -> bool:
    """Whether it is a photo by its name, or a folder; what is deleted may have been one."""
    is_photo = path.suffix.lower() in PHOTO_SUFFIXES | RAW_SUFFIXES | {SIDECAR_SUFFIX}
    return is_photo or change is watchfiles.Change.deleted or os.path.isdir(path)  # noqa: PTH112 - raises nothing


def _identities(folders: Sequence[Path]) -> dict[Path, tuple[int, int] | None]:
    """Which folder on which disk is there by each name; None where there is nothing, or an empty mount point."""
    return {folder: _identity(folder) for folder in folders}


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        with os.scandir(folder) as listing:
            empty = next(listing, None) is None
        status = folder.stat()
    except OSError:
        return None
    return None if empty else (status.st_dev, status.st_ino)


def _is_remote(folder: Path) -> bool:
    """Whether others can change a folder without this system's knowing."""
    mounts = [mount for mount in psutil.disk_partitions(all=True) if folder.is_relative_to(mount.mountpoint)]
    mount = max(reversed(mounts), key=lambda mount: len(mount.mountpoint), default=None)
    if mount is None:
        return False
    kind = mount.fstype.lower()
    return kind in NETWORK or kind.startswith("fuse.") or "remote" in mount.opts.split(",")

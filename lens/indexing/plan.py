"""What a run has to do: the folders as they are, held against the index as it is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from lens.config import thumbnail_folder
from lens.errors import FolderError
from lens.indexing.ledger import Ledger, State
from lens.photos.manifest import listed
from lens.photos.scan import FOUND_SUFFIXES, FoundPhoto, Unreadable, is_passed_over, scan
from lens.photos.store_scan import scan_store
from lens_indexes import KnownPhoto, SkippedRow
from lens_indexes.remote import RemotePath, is_remote, path_of

SCANNED_BETWEEN_REPORTS = 1000


@dataclass(frozen=True)
class Scope:
    """Which files a run looks at."""

    folders: tuple[Path, ...]
    """Absolute."""
    exclude: tuple[str, ...] = ()
    """Glob patterns of names or paths to leave out."""
    include_hidden: bool = False
    manifest: Path | None = None
    """A file that names the photos of the one folder, which is then not looked through."""


@dataclass
class Plan:
    """What a run has to do, filled while the folders are scanned."""

    ledger: Ledger
    """Of each file and photo."""
    refused: list[tuple[Path, Unreadable]] = field(default_factory=list)
    """What the scan itself could not get at, with the folder that its relative path starts from."""
    still_skipped: list[SkippedRow] = field(default_factory=list)
    stale_skips: list[SkippedRow] = field(default_factory=list)
    """Rows in `skipped` of this run's folders that this run decides anew."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in the folders, and nothing of them in the index."""
        ledger = self.ledger
        return not (self.refused or self.still_skipped or any(map(ledger.count, State)) or ledger.lost())


def make_plan(
    scope: Scope,
    ledger: Ledger,
    skipped: Sequence[SkippedRow],
    columns: frozenset[str],
    reader: str,
    *,
    scanned: Callable[[int], None],
) -> Plan:
    """Scan the folders and decide what has to be read.

    Args:
        scope: where to look.
        ledger: what the index holds.
        skipped: what it lists as skipped.
        columns: the vector columns that every photo is to have.
        reader: names the present reader; files that another reader skipped are tried again.
        scanned: told now and then how many files were seen.

    Raises:
        ManifestError: the manifest cannot be read, or names what is not below the folder.
        FolderError: a folder has no photos at all while the index has some from it, as when a drive is not mounted, or
            is on a store that does not answer any more.
    """
    plan = Plan(ledger)
    skips = {ledger.place(row.root, row.path): row for row in skipped}
    thumbnails = _with_slash(thumbnail_folder().resolve())  # theirs would be new photos, run after run
    seen = 0
    unreadable_folders: list[str] = []
    for folder in scope.folders:
        seen_before = seen
        for item in _photos(scope, folder):
            if isinstance(item, Unreadable):
                if item.is_folder and item.relative == "." and is_remote(folder):
                    raise FolderError(f"{folder} is out of reach: {item.reason}. Nothing was changed.")
                if item.is_folder:
                    unreadable_folders.append(_with_slash(folder / item.relative))
                _place_unreadable(plan, skips, folder, item)
            elif not item.place.startswith(thumbnails) and not ledger.is_found(item.place):
                seen += 1
                _place(plan, skips.get(item.place), item, columns, reader)
                if seen % SCANNED_BETWEEN_REPORTS == 0:
                    scanned(seen)
        if seen == seen_before and not (scope.manifest and _holds_anything(folder)):
            _check_not_unmounted(folder, ledger)
    below = [_with_slash(folder) for folder in scope.folders]
    ledger.compare(below, unreadable_folders)
    _find_in_other_case(ledger)
    ledger.keep_gone(partial(_has_gone, scope))
    kept = {row.id for row in plan.still_skipped}
    refused = {str(folder / item.relative) for folder, item in plan.refused}
    for place, row in skips.items():
        looked_at = not scope.manifest or place in refused or ledger.is_found(place)
        if looked_at and place.startswith(tuple(below)) and row.id not in kept:
            plan.stale_skips.append(row)
    return plan


def _photos(scope: Scope, folder: Path) -> Iterator[FoundPhoto | Unreadable]:
    if scope.manifest:
        return listed(scope.manifest, folder, scope.exclude)
    if isinstance(folder, RemotePath):
        return scan_store(folder, exclude=scope.exclude, include_hidden=scope.include_hidden)
    return scan(folder, exclude=scope.exclude, include_hidden=scope.include_hidden)


def _holds_anything(folder: Path) -> bool:
    """Whether there is anything in a folder.

    Raises:
        FolderError: it is out of reach.
    """
    try:
        return any(folder.iterdir())
    except OSError as error:
        raise FolderError(f"{folder} is out of reach: {error.strerror}. Nothing was changed.") from error


def _find_in_other_case(ledger: Ledger) -> None:
    """Recognise photos whose name changed in case only: on most Macs and Windows the old name still leads to them."""
    recognised: set[str] = set()
    for number, found, known in ledger.in_other_case():
        if known not in recognised and _same_file(known, found):
            ledger.recognise(number, known)
            recognised.add(known)


def _same_file(one: str, other: str) -> bool:
    try:
        return Path(one).samefile(other)
    except OSError:
        return False


def _has_gone(scope: Scope, place: str) -> bool:
    """Whether a file that was not found is gone. Of a store all that is found was listed: it is not asked."""
    path = path_of(place)
    if is_remote(path) and not scope.manifest and path.suffix.lower() in FOUND_SUFFIXES:
        below = (path.relative_to(folder) for folder in scope.folders if path.is_relative_to(folder))
        if not any(is_passed_over(each, scope.exclude, include_hidden=scope.include_hidden) for each in below):
            return True
    return is_gone(place)


def is_gone(place: str) -> bool:
    """Whether a file is certainly no longer there; a folder or store that is out of reach proves nothing."""
    try:
        path_of(place).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _place(plan: Plan, skipped: SkippedRow | None, found: FoundPhoto, columns: frozenset[str], reader: str) -> None:
    known = plan.ledger.known(found.place)
    if skipped and (skipped.size, skipped.mtime_ns, skipped.reader) == (found.size, found.mtime_ns, reader):
        plan.still_skipped.append(skipped)
        state = State.STILL_SKIPPED
    elif known is None or _differs(known, found) or not columns <= known.encoded:
        state = State.WORK
    else:
        state = State.RETURNED if known.missing else State.UNCHANGED
    plan.ledger.put(found, state, known)


def _differs(known: KnownPhoto, found: FoundPhoto) -> bool:
    """Whether a file or its side-car may have changed since the index looked at it."""
    before = (known.size, known.mtime_ns, known.sidecar_mtime_ns)
    return before != (found.size, found.mtime_ns, found.sidecar_mtime_ns)


def _place_unreadable(plan: Plan, skips: Mapping[str, SkippedRow], folder: Path, item: Unreadable) -> None:
    skipped = skips.get(str(folder / item.relative))
    if skipped and (skipped.size, skipped.mtime_ns, skipped.reason) == (item.size, item.mtime_ns, item.reason):
        plan.still_skipped.append(skipped)
    else:
        plan.refused.append((folder, item))


def _check_not_unmounted(folder: Path, ledger: Ledger) -> None:
    if known := ledger.present(_with_slash(folder)):
        doubt = "is it the right store" if is_remote(folder) else "is its drive mounted"
        raise FolderError(
            f"{folder} has no photos now, and {known} were indexed from it: {doubt}? "
            "Nothing was changed. If they are gone for good: lens forget " + str(folder)
        )


def _with_slash(folder: Path) -> str:
    return str(folder / "_")[:-1]

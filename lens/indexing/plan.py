"""What a run has to do: the folders as they are, held against the index as it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lens.config import thumbnail_folder
from lens.errors import FolderError
from lens.photos.scan import FoundPhoto, Unreadable, scan
from lens_indexes import EncoderColumn, Index, KnownPhoto, SkippedRow
from lens_indexes.roots import Root

SCANNED_BETWEEN_REPORTS = 1000


@dataclass(frozen=True)
class Scope:
    """Which files a run looks at."""

    folders: tuple[Path, ...]
    """Absolute."""
    exclude: tuple[str, ...] = ()
    """Glob patterns of names or paths to leave out."""
    include_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """A file that must be read, and the photo that was at its place when the index last looked."""

    found: FoundPhoto
    known: KnownPhoto | None


@dataclass
class Plan:
    """What a run has to do, filled while the folders are scanned."""

    work: list[Work] = field(default_factory=list)
    returned: list[KnownPhoto] = field(default_factory=list)
    """Were missing and are back as they were."""
    unchanged: int = 0
    refused: list[tuple[Path, Unreadable]] = field(default_factory=list)
    """What the scan itself could not get at, with the folder that its relative path starts from."""
    still_skipped: list[SkippedRow] = field(default_factory=list)
    stale_skips: list[SkippedRow] = field(default_factory=list)
    """Rows in `skipped` of this run's folders that this run decides anew."""
    gone: list[KnownPhoto] = field(default_factory=list)
    """In the index, below the folders, and no longer on the disk."""


@dataclass(frozen=True)
class Snapshot:
    """The index as it was when the run began, by absolute path."""

    roots: dict[str, Root] = field(default_factory=dict)
    photos: dict[str, KnownPhoto] = field(default_factory=dict)
    skipped: dict[str, SkippedRow] = field(default_factory=dict)

    @classmethod
    def of(cls, index: Index, encoders: Sequence[EncoderColumn]) -> "Snapshot":
        """Read the index, and which photos have vectors of `encoders`."""
        snapshot = cls(roots=index.roots.by_name())
        snapshot.photos.update({snapshot.place(row.root, row.path): row for row in index.photos.known(encoders)})
        snapshot.skipped.update({snapshot.place(row.root, row.path): row for row in index.skipped.all()})
        return snapshot

    def place(self, root: str, path: str) -> str:
        """The absolute path of a photo."""
        return str(self.roots[root].absolute(path))


def make_plan(
    scope: Scope, snapshot: Snapshot, columns: frozenset[str], reader: str, scanned: Callable[[int], None]
) -> Plan:
    """Scan the folders and decide what has to be read.

    Args:
        scope: where to look.
        snapshot: what the index holds.
        columns: the vector columns that every photo is to have.
        reader: names the present reader; files that another reader skipped are tried again.
        scanned: told now and then how many files were seen.

    Raises:
        FolderError: a folder has no photos at all while the index has some from it, as when a drive is not mounted.
    """
    plan = Plan()
    thumbnails = _with_slash(thumbnail_folder().resolve())  # theirs would be new photos, run after run
    seen: set[str] = set()
    unreadable_folders: list[str] = []
    for folder in scope.folders:
        found_before = len(seen)
        for item in scan(folder, exclude=scope.exclude, include_hidden=scope.include_hidden):
            if isinstance(item, Unreadable):
                if item.is_folder:
                    unreadable_folders.append(str(folder / item.relative))
                _place_unreadable(plan, snapshot, folder, item)
            elif item.place not in seen and not item.place.startswith(thumbnails):
                seen.add(item.place)
                _place(plan, snapshot, item, columns, reader)
            if len(seen) % SCANNED_BETWEEN_REPORTS == 0:
                scanned(len(seen))
        if len(seen) == found_before:
            _check_not_unmounted(folder, snapshot)
    below = tuple(_with_slash(folder) for folder in scope.folders)
    out_of_reach = tuple(_with_slash(Path(folder)) for folder in unreadable_folders)
    unseen = {
        place: photo
        for place, photo in snapshot.photos.items()
        if place.startswith(below) and place not in seen and not place.startswith(out_of_reach)
    }
    _find_in_other_case(plan, unseen)
    plan.gone = [photo for place, photo in unseen.items() if is_gone(Path(place))]
    kept = {row.id for row in plan.still_skipped}
    plan.stale_skips = [
        row for place, row in snapshot.skipped.items() if place.startswith(below) and row.id not in kept
    ]
    return plan


def _find_in_other_case(plan: Plan, unseen: dict[str, KnownPhoto]) -> None:
    """Recognise photos whose name changed in case only: on most Macs and Windows the old name still leads to them."""
    by_folded = {place.casefold(): place for place in unseen}
    for number, work in enumerate(plan.work if by_folded else ()):
        place = by_folded.get(work.found.place.casefold())
        if work.known is None and place and _same_file(place, work.found.place):
            plan.work[number] = Work(work.found, unseen.pop(place))
            del by_folded[place.casefold()]


def _same_file(one: str, other: str) -> bool:
    try:
        return Path(one).samefile(other)
    except OSError:
        return False


def is_gone(path: Path) -> bool:
    """Whether a file is certainly no longer there; a folder that may not be entered proves nothing."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _place(plan: Plan, snapshot: Snapshot, found: FoundPhoto, columns: frozenset[str], reader: str) -> None:
    place = found.place
    known = snapshot.photos.get(place)
    skipped = snapshot.skipped.get(place)
    if skipped and (skipped.size, skipped.mtime_ns, skipped.reader) == (found.size, found.mtime_ns, reader):
        plan.still_skipped.append(skipped)
    elif known is None or (known.size, known.mtime_ns) != (found.size, found.mtime_ns) or not columns <= known.encoded:
        plan.work.append(Work(found, known))
    elif known.missing:
        plan.returned.append(known)
    else:
        plan.unchanged += 1


def _place_unreadable(plan: Plan, snapshot: Snapshot, folder: Path, item: Unreadable) -> None:
    skipped = snapshot.skipped.get(str(folder / item.relative))
    if skipped and (skipped.size, skipped.mtime_ns, skipped.reason) == (item.size, item.mtime_ns, item.reason):
        plan.still_skipped.append(skipped)
    else:
        plan.refused.append((folder, item))


def _check_not_unmounted(folder: Path, snapshot: Snapshot) -> None:
    below = _with_slash(folder)
    known = sum(place.startswith(below) and not photo.missing for place, photo in snapshot.photos.items())
    if known:
        raise FolderError(
            f"{folder} has no photos now, and {known} were indexed from it: is its drive mounted? "
            "Nothing was changed. If they are gone for good: lens forget " + str(folder)
        )


def _with_slash(folder: Path) -> str:
    return str(folder / "_")[:-1]

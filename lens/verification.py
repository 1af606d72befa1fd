"""Whether an index is sound, and whether the files are as it knows them."""

from pathlib import Path

from lens.status import is_there
from lens_indexes import Index, KnownPhoto, Problem, problems, region_problems
from lens_indexes.roots import Root


def verify(index: Index) -> list[Problem]:
    """What is wrong in the tables and with the files, one entry for each kind of problem."""
    return problems_of(index) + _files(index)


def problems_of(index: Index) -> list[Problem]:
    """What is wrong in the tables alone."""
    return problems(index) + region_problems(index)


def _files(index: Index) -> list[Problem]:
    """Photos whose file is not as it was when it was indexed; those that are marked missing are not looked for."""
    away = Problem("folder away", "Folders are not there: mount the drive, or lens move-root, or lens forget.")
    gone = Problem("file gone", "Files are gone: lens index FOLDER hides them.")
    changed = Problem("file changed", "Files have changed since they were indexed: lens index FOLDER reads them again.")
    out_of_reach = Problem("file out of reach", "Files may not be looked at: check their permissions, or the drive.")
    roots: dict[str, Root] = {}
    for root in index.roots.all():
        if is_there(root.folder):
            roots[root.name] = root
        else:
            away.add(str(root.folder))
    for photo in index.photos.each():
        if photo.missing or photo.root not in roots:
            continue
        place = roots[photo.root].absolute(photo.path)
        try:
            if not _is_as_indexed(place, photo):
                changed.add(str(place))
        except (FileNotFoundError, NotADirectoryError):
            gone.add(str(place))
        except OSError:
            out_of_reach.add(str(place))
    return [problem for problem in (away, gone, changed, out_of_reach) if problem.count]


def _is_as_indexed(place: Path, photo: KnownPhoto) -> bool:
    status = place.stat()
    return (status.st_size, status.st_mtime_ns) == (photo.size, photo.mtime_ns)

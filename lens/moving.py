"""A folder of photos that has moved: the index follows it, and encodes nothing again."""

import random
from dataclasses import dataclass
from pathlib import Path

from lens.errors import MoveRefused
from lens.photos.scan import check_folder
from lens_indexes import Index, KnownPhoto
from lens_indexes.roots import Root, innermost

LOOKED_FOR = 100


@dataclass(frozen=True)
class RootMove:
    """A root that was moved, or in a dry run would be."""

    old: Path
    new: Path
    photos: int
    """That the index has of the root."""
    looked_for: int
    """Photos of a sample, at most 100."""
    found: int
    """How many of the sample are in the new place, with the size that they had."""
    left: list[Path]
    """Roots of their own below the old folder, which stay where they were."""


def move_root(index: Index, old: Path, new: Path, *, dry_run: bool, force: bool) -> RootMove:
    """Take over that the photos below `old`, the folder of a root, now lie below `new`; see `Library.move_root`."""
    roots = index.roots.all()
    root = _root_at(old, roots)
    folder = check_folder(new)
    photos, already = _photos_of(root, folder, roots, index)
    if already:
        raise MoveRefused(
            f"{already:,} photos below {folder} are in the index already: lens index {folder} finds there what has "
            "moved, by its content, and encodes nothing again."
        )
    sample = random.Random(0).sample(photos, min(LOOKED_FOR, len(photos)))
    found = sum(_is_there(folder / photo.path, photo) for photo in sample)
    if sample and not found and not force:
        raise MoveRefused(
            f"None of {len(sample)} photos of {root.folder} is in {folder}: nothing was changed. "
            "Check the folder, or say --force."
        )
    left = [other.folder for other in roots if other != root and other.folder.is_relative_to(root.folder)]
    if not dry_run:
        with index.writing():
            index.roots.move(root.name, folder)
    return RootMove(root.folder, folder, len(photos), len(sample), found, left)


def _root_at(old: Path, roots: list[Root]) -> Root:
    """The root whose folder is `old`, which need not exist any longer."""
    places = (old.absolute(), old.resolve())
    for root in roots:
        if root.folder in places:
            return root
    above = next((held[0] for place in places if (held := innermost(roots, place))), None)
    if above:
        raise MoveRefused(
            f"{old} is a part of the root {above.folder}, and only a whole root can be moved: lens index FOLDER, "
            "on the new folder, finds by its content what has moved, and encodes nothing again."
        )
    known = ", ".join(str(root.folder) for root in roots) or "none yet"
    raise MoveRefused(f"{old} is no root of the index (its roots: {known}).")


def _photos_of(root: Root, folder: Path, roots: list[Root], index: Index) -> tuple[list[KnownPhoto], int]:
    """The photos of a root, and how many photos of other roots lie below `folder`."""
    others = {other.name: other for other in roots if other != root}
    photos, already = [], 0
    for photo in index.photos.each():
        if photo.root == root.name:
            photos.append(photo)
        elif photo.root in others and others[photo.root].absolute(photo.path).is_relative_to(folder):
            already += 1
    return photos, already


def _is_there(place: Path, photo: KnownPhoto) -> bool:
    try:
        return place.stat().st_size == photo.size
    except OSError:
        return False

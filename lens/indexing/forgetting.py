"""Removing photos from the index on the user's word."""

from collections.abc import Sequence
from pathlib import Path

from lens.errors import QueryError
from lens_indexes import Index


def forget_photos(index: Index, places: Sequence[Path], *, dry_run: bool) -> int:
    """Remove everything known of the photos, and of the folders, at or below absolute paths; see `Library.forget`."""
    roots = index.roots.by_name()
    folders = [root.folder for root in roots.values()]
    photos = [(roots[root].absolute(path), id_) for id_, root, path in index.photos.places()]
    skipped = [(roots[row.root].absolute(row.path), row.id) for row in index.skipped.all()]
    emptied = {name for name, root in roots.items() if _is_below(root.folder, places)}
    for place in places:
        if not any(_is_below(path, [place]) for path in [*(path for path, _ in photos + skipped), *folders]):
            raise QueryError(f"Nothing at {place} is in the index: nothing was forgotten.")
    photo_ids = {id_ for path, id_ in photos if _is_below(path, places)}
    skipped_ids = {id_ for path, id_ in skipped if _is_below(path, places)}
    if not dry_run:
        with index.writing():
            index.forget(photo_ids)
            index.skipped.remove(skipped_ids)
            index.roots.remove(emptied)
    return len(photo_ids) + len(skipped_ids)


def _is_below(path: Path, places: Sequence[Path]) -> bool:
    """Whether a path lies at or below one of the places, as they are named or where their links lead."""
    return any(path.is_relative_to(place) or path.is_relative_to(place.resolve()) for place in places)

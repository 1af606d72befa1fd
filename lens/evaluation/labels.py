"""What photos show, as far as somebody has said it: by folders, by keywords, or in a file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from lens.curation.collection import CuratedPhoto
from lens.errors import EvaluationError
from lens.meta import photo_finder, read_table
from lens_indexes import Index

__all__ = ["FOLDERS", "KEYWORDS", "Captions", "Said", "captions_of", "classes_of"]

Said: TypeAlias = Sequence[tuple[str, str]]
"""Ids of photos, each with something that is said of it."""
Captions: TypeAlias = str | Path | Said
"""What is said of photos, or a CSV file that says it."""
FOLDERS, KEYWORDS = "folders", "tags"


def classes_of(labels: str, photos: Sequence[CuratedPhoto], index: Index) -> dict[str, str]:
    """The one class of each photo that has one, by its id.

    Tags that Lens gave are an encoder's opinion and would judge it by itself: only those in the photos' own files and
    side-cars count, and only of photos that have a single one.

    Args:
        labels: `folders`: the name of the folder that a photo lies in; `tags`: its keyword; else a CSV file whose first
            column names photos as `Library.meta.import_csv` takes them, and whose second their classes.
        photos: all of them.
        index: where they are.

    Raises:
        EvaluationError: the file has more than two columns, or names no photo of the index.
        MetaError: it cannot be read.
    """
    if labels == FOLDERS:
        return {photo.id: photo.path.parent.name for photo in photos}
    if labels == KEYWORDS:
        return {photo.id: photo.keywords[0] for photo in photos if len(photo.keywords) == 1}
    return dict(captions_of(labels, index))


def captions_of(file: Captions, index: Index) -> Said:
    """The id of each photo that a file names, with what it says of it; a photo may have several captions.

    Args:
        file: a CSV file of photos and captions; what is no file is taken as it is.
        index: where the photos are.

    Raises:
        EvaluationError: the file has more than two columns, or names no photo of the index.
        MetaError: it cannot be read.
    """
    if not isinstance(file, str | Path):
        return file
    file = Path(file).expanduser()
    heading, rows = read_table(file)
    if len(heading) != 2:
        raise EvaluationError(f"{file} needs two columns, photos and what they show, and has {len(heading)}.")
    photo_of = photo_finder(index, file.absolute().parent)
    said = ((photo_of(cell), text.strip()) for cell, text in rows)
    found = [(id_, text) for id_, text in said if id_ is not None and text]
    if not found:
        raise EvaluationError(f"No photo that {file} names is in the index.")
    return found

"""Photos that come from other programs, pasted or dropped."""

import hashlib
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage

from lens.config import cache_folder
from lens.search.syntax import Example

__all__ = ["MOST_PASTED", "can_be_sought", "example_of"]

MOST_PASTED = 20
"""Pasted pictures that are kept, so that a search for one can be repeated; the oldest go."""


def can_be_sought(data: QMimeData) -> bool:
    """Whether there is a photo in it."""
    return data.hasImage() or any(url.isLocalFile() for url in data.urls())


def example_of(data: QMimeData) -> Example | None:
    """The photo to search by; a picture that is in no file is put into one. None if there is none."""
    files = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    if files:
        return Example(files[0])
    picture = data.imageData() if data.hasImage() else None
    return Example(str(_kept(picture))) if isinstance(picture, QImage) and not picture.isNull() else None


def _kept(picture: QImage) -> Path:
    folder = cache_folder() / "pasted"
    folder.mkdir(parents=True, exist_ok=True)
    pixels = picture.convertToFormat(QImage.Format.Format_RGB888)
    file = folder / f"{hashlib.sha256(bytes(pixels.constBits())).hexdigest()[:16]}.png"
    pixels.save(str(file))
    newest_first = sorted(folder.glob("*.png"), key=lambda each: each.stat().st_mtime_ns, reverse=True)
    for old in newest_first[MOST_PASTED:]:
        old.unlink(missing_ok=True)
    return file

"""Photos that come from other programs, pasted or dropped."""

import hashlib
from pathlib import Path
from urllib.parse import unquote

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage

from lens.config import cache_folder
from lens.search.syntax import Example
from lens_indexes.remote import is_remote, path_of

__all__ = ["MOST_PASTED", "can_be_sought", "example_of"]

MOST_PASTED = 20
"""Pasted pictures that are kept, so that a search for one can be repeated; the oldest go."""


def can_be_sought(data: QMimeData) -> bool:
    """Whether there is a photo in it."""
    return data.hasImage() or bool(_files(data))


def example_of(data: QMimeData) -> Example | None:
    """The photo to search by; a picture that is in no file is put into one. None if there is none."""
    if files := _files(data):
        return Example(files[0])
    picture = data.imageData() if data.hasImage() else None
    return Example(str(_kept(picture))) if isinstance(picture, QImage) and not picture.isNull() else None


def _files(data: QMimeData) -> list[str]:
    """Of this machine, or of a store."""
    told = [(url, unquote(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))) for url in data.urls()]
    return [
        url.toLocalFile() if url.isLocalFile() else text
        for url, text in told
        if url.isLocalFile() or is_remote(path_of(text))
    ]


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

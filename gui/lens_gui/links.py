"""How other programs are told of files."""

from pathlib import Path
from urllib.parse import quote

from PySide6.QtCore import QUrl

from lens_indexes.remote import is_remote

__all__ = ["link_to"]


def link_to(path: Path) -> QUrl:
    """The URL of a file or a folder, be it on a store."""
    return QUrl(quote(str(path), safe=":/")) if is_remote(path) else QUrl.fromLocalFile(str(path))

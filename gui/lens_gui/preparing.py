"""What searches of the window read, written before they need it."""

from contextlib import suppress

from lens import Library
from lens_indexes import Index, RowsChanged

__all__ = ["prepare_searches"]


def prepare_searches(uri: str) -> None:
    """Write what searches read, which is outdated: the window would have to load LanceDB, and stand still."""
    index = Index.open(uri)
    for encoder in index.photos.encoders():
        with suppress(RowsChanged):
            index.keep_mirror(encoder)
    Library.open(uri).prepare_filters()

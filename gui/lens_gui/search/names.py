"""What an index knows by name: `python -m lens_gui.search.names URI` tells it."""

import sys
from dataclasses import dataclass, field

from lens import Library
from lens.errors import LensError
from lens_gui.asking import tell

__all__ = ["FLAGGED", "Names"]

FLAGGED = "flagged"
"""The album of flagged photos."""


@dataclass(frozen=True)
class Names:
    """Names that people can use."""

    completions: list[str] = field(default_factory=list)
    """What can be typed, in alphabetical order."""
    albums: list[str] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    """Queries that were saved."""
    flagged: list[str] = field(default_factory=list)
    """The ids of the flagged photos."""


def read(uri: str) -> Names:
    """Find out the names; none if there is no index."""
    library = Library.open(uri)
    try:
        albums, saved = sorted(library.albums.all()), sorted(library.saved.all())
        return Names(library.completions(), albums, saved, library.albums.ids(FLAGGED))
    except LensError:
        return Names()


if __name__ == "__main__":
    tell(lambda: read(sys.argv[1]))

"""Lens: find, name and label the photos on your own disk.

The library both faces (the command line and the window) stand on. `Library` is the one object to start from:

    from lens import Library

    library = Library.open()
    library.index(["~/Photos"])
    for match in library.search("a dog on a beach", top=5):
        print(match.score, match.path)
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lens.library import Library as Library

__version__ = "0.1.0"
__all__ = ["Library", "__version__"]


def __getattr__(name: str) -> object:
    """Import the library when it is first used, so that `lens --help` need not wait for it."""
    if name == "Library":
        from lens.library import Library

        return Library
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

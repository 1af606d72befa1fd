"""What could stand in a query of an index: the names of filters, and the values they have there."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from lens.search.filters import FILTERS
from lens.search.index_filters import SETS
from lens.search.syntax import Filter
from lens_indexes import Index

__all__ = ["completions"]

MOST = 2000
"""Values of one filter: more would not be looked through, and slow down typing."""


def completions(index: Index) -> list[str]:
    """Filters as they are typed, in alphabetical order: `camera:` alone, and with what the photos have."""
    facts = index.photos.facts(["path", "taken_at", "camera", "lens", "place", "format", "keywords"])
    tags = {tag for found in index.tags.sets() for tag in found.tags}
    regions = index.regions.sources()
    values: dict[str, Iterable[str]] = {
        "date": {f"{moment:%Y}" for moment in facts["taken_at"] if moment},
        "rating": (">=3", ">=4", "5"),
        "camera": _named(facts["camera"]),
        "lens": _named(facts["lens"]),
        "place": _named(facts["place"]),
        "format": {name.lower() for name in _named(facts["format"])},
        "folder": {folder for path in facts["path"] for folder in PurePosixPath(path).parent.parts},
        "tag": tags | {word for words in facts["keywords"] for word in words or ()},
        "has": {category for source in regions for category in source.categories},
        "source": {source.name for source in regions},
        "saved": index.saved.all(),
        "album": index.albums.names(),
        "orientation": ("landscape", "portrait", "square"),
        "is": SETS,
    }
    names = {f"{name}:" for name in (*FILTERS, *values)} | {f"meta.{name}:" for name in index.meta.names()}
    whole = (str(Filter(name, value)) for name, some in values.items() for value in sorted(some)[:MOST] if value)
    return sorted({*names, *whole}, key=str.lower)


def _named(column: Iterable[str | None]) -> set[str]:
    return {value for value in column if value}

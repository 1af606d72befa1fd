"""What each filter of a query means: `name:value` as a condition on the facts of photos."""

import re
from collections.abc import Callable, Sequence
from functools import partial

from lens.errors import QueryError
from lens.search import filter_values as values
from lens.search.afar import comes_from_afar
from lens.search.index_filters import FROM_INDEX, meta
from lens.search.syntax import Filter
from lens_indexes import SideTables
from lens_indexes.filters import Below, Condition, Contains, Some
from lens_indexes.remote import path_of
from lens_indexes.roots import Root

__all__ = ["FILTERS", "check_filter", "condition_of", "in_folder"]


def check_filter(filter_: Filter) -> None:
    """Make sure that a filter's value can be understood, whatever index it will be asked of.

    Raises:
        QueryError: says what was expected.
    """
    if not filter_.value.strip():
        raise QueryError(f"{filter_.name}: needs a value behind the colon, without a space.")
    try:
        filter_.value.encode()
    except UnicodeEncodeError:
        raise QueryError(f"The value of {filter_.name}: is not text.") from None
    reader = FILTERS.get(filter_.name)
    if reader:
        reader(filter_.value)


def condition_of(filter_: Filter, roots: Sequence[Root], tables: SideTables) -> Condition:
    """A filter as a condition on the photos of one index.

    Args:
        filter_: of a query.
        roots: of the index.
        tables: what is not among the facts of photos.

    Raises:
        QueryError: its value makes no sense, or the index has nothing of the kind.
    """
    if filter_.name == "folder":
        return in_folder(filter_.value, roots)
    if filter_.name.startswith("meta."):
        return meta(filter_, tables)
    if filter_.name in FROM_INDEX:
        return FROM_INDEX[filter_.name](filter_.value, tables)
    reader = FILTERS[filter_.name]
    condition = reader(filter_.value) if reader else None
    if condition is None:
        raise QueryError(f"{filter_.name}: is no filter by itself.")
    return condition


FILTERS: dict[str, Callable[[str], Condition | None] | None] = {
    "date": values.date,
    "folder": None,
    "camera": partial(Contains, "camera"),
    "lens": partial(Contains, "lens"),
    "near": values.near,
    "place": partial(Contains, "place"),
    "tag": None,
    "rating": values.rating,
    "format": values.format_,
    "size": values.size,
    "orientation": values.orientation,
    "has": None,
    "label": values.label,
    "source": None,
    "missed": values.check_versus,
    "spurious": values.check_versus,
    "confused": values.check_versus,
    "is": values.is_,
    "album": None,
    "saved": None,
    "similar": None,
    "id": None,
}
"""By name, what reads the value; None where only an index can say what it means."""


def in_folder(value: str, roots: Sequence[Root]) -> Condition:
    """Below a folder of the disk, or a folder of that name wherever it is.

    Raises:
        QueryError: nothing of it is in the index.
    """
    text = value.replace("\\", "/")
    if not re.match(r"(\.{1,2}(/|$)|~|/|[A-Za-z]:/|(s3|gs|az)://)", text):
        return Below(text.strip("/"))
    try:
        place = path_of(value) if comes_from_afar() else path_of(value).expanduser().absolute()
    except (RuntimeError, ValueError) as error:
        raise QueryError(f"{value} can be no folder: {error}.") from None
    places = {place} if comes_from_afar() else {place, place.resolve()}
    below: list[Condition] = []
    for root in roots:
        if any(root.folder.is_relative_to(each) for each in places):
            below.append(Below("", root.name))
        else:
            held = [each for each in places if each.is_relative_to(root.folder)]
            below += [Below(each.relative_to(root.folder).as_posix(), root.name) for each in held]
    if not below:
        raise QueryError(f"Nothing of {value} is in the index: lens status lists its folders.")
    return Some(tuple(below))

"""What each filter of a query means: `name:value` as a condition on the facts of photos."""

import difflib
import math
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from lens.errors import QueryError
from lens.photos.scan import RAW_SUFFIXES
from lens.search.spans import Span, number, period, span
from lens.search.syntax import Filter
from lens_indexes.filters import (
    All,
    Among,
    Below,
    Compare,
    Condition,
    Contains,
    Listed,
    Negation,
    OneOf,
    Operator,
    Pixels,
    Shape,
    Some,
    Within,
)
from lens_indexes.roots import Root

if TYPE_CHECKING:
    from lens_indexes import Index

__all__ = ["FILTERS", "check_filter", "condition_of"]

_FORMATS = {"JPG": "JPEG", "TIF": "TIFF", "HEIC": "HEIF", "JP2": "JPEG2000"}
_BYTES = {"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9}
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)\s*([a-z]*)", re.IGNORECASE | re.ASCII)
_LABEL = re.compile(r"(?P<name>.+?)(?:(?P<operator>>=|<=|>|<|=)(?P<score>.*))?", re.DOTALL)


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


def condition_of(filter_: Filter, roots: Sequence[Root], index: Callable[[], "Index"]) -> Condition:
    """A filter as a condition on the photos of one index.

    Args:
        filter_: of a query.
        roots: of the index.
        index: opens the index, for what is not among the facts of photos.

    Raises:
        QueryError: its value makes no sense, or the index has nothing of the kind.
    """
    if filter_.name == "folder":
        return _folder(filter_.value, roots)
    if filter_.name.startswith("meta."):
        return _meta(filter_, index())
    if filter_.name in _FROM_INDEX:
        return _FROM_INDEX[filter_.name](filter_.value, index())
    reader = FILTERS[filter_.name]
    condition = reader(filter_.value) if reader else None
    if condition is None:
        raise QueryError(f"{filter_.name}: is no filter by itself.")
    return condition


def _between(column: str, value: Span[float] | Span[datetime]) -> Condition:
    return All(tuple(Compare(column, operator, limit) for operator, limit in _limits(value)))


def _limits(value: Span[float] | Span[datetime]) -> list[tuple[Operator, float | datetime]]:
    limits: list[tuple[Operator, float | datetime]] = []
    if value.low is not None:
        limits.append((">" if value.open_low else ">=", value.low))
    if value.high is not None:
        limits.append(("<" if value.open_high else "<=", value.high))
    return limits


def _date(value: str) -> Condition:
    return _between("taken_at", span(value, period, whole=True))


def _rating(value: str) -> Condition:
    return _between("rating", span(value, number, whole=False))


def _near(value: str) -> Condition:
    parts = value.split(",")
    if len(parts) != 3:
        raise QueryError("near: takes latitude, longitude and kilometres, as in near:48.86,2.35,5.")
    lat, lon, km = (number(part.strip())[0] for part in parts)
    if not -90 <= lat <= 90 or not -180 <= lon <= 180 or km < 0:
        raise QueryError("near: takes degrees from -90 to 90 and from -180 to 180, and kilometres.")
    return Within(lat, lon, km)


def _format(value: str) -> Condition:
    name = value.upper().lstrip(".")
    if name == "RAW":
        return OneOf("format", tuple(sorted(suffix[1:].upper() for suffix in RAW_SUFFIXES)))
    return OneOf("format", (_FORMATS.get(name, name),))


def _size(value: str) -> Condition:
    units: set[bool] = set()

    def read(text: str) -> tuple[float, float]:
        found = _SIZE.fullmatch(text)
        unit = found[2].lower() if found else "?"
        if found is None or (unit != "mp" and unit not in _BYTES):
            raise QueryError(f"{text or 'Nothing'} is no size; 12mp, 500kb or 3mb was expected, as in size:>=12mp.")
        units.add(unit == "mp")
        amount = float(found[1]) * (1e6 if unit == "mp" else _BYTES[unit])
        return amount, amount

    limits = _limits(span(value, read, whole=False))
    if len(units) > 1:
        raise QueryError("A size is in megapixels (mp) or in bytes (kb, mb, gb), not in both.")
    if units.pop():
        return All(tuple(Pixels(operator, float(limit)) for operator, limit in limits if isinstance(limit, float)))
    return All(tuple(Compare("size", operator, limit) for operator, limit in limits))


def _orientation(value: str) -> Condition:
    match value.lower():
        case "landscape" | "portrait" | "square" as shape:
            return Shape(shape)
    raise QueryError(f"There is no orientation {value}: landscape, portrait or square was expected.")


def _is(value: str) -> None:
    if value.lower() != "duplicate":
        raise QueryError(f"There is no is:{value}: is:duplicate was expected.")


def _label(value: str) -> None:
    found = _LABEL.fullmatch(value)
    if found and found["operator"]:
        score, _ = number(found["score"])
        if not math.isfinite(score) or not 0 <= score <= 1:
            raise QueryError("The score of a label is from 0 to 1, as in label:dog>=0.4.")


def _versus(value: str) -> tuple[str, str, str | None]:
    """Two sources, and a category if only that is meant."""
    sources, _, category = value.partition(": ")
    found, _, truth = sources.partition(" vs ")
    if not found.strip() or not truth.strip():
        raise QueryError('Two sources were expected, as in missed:"owlv2 vs me" or missed:"owlv2 vs me: dog".')
    return found.strip(), truth.strip(), category.strip() or None


def _check_versus(value: str) -> None:
    _versus(value)


FILTERS: dict[str, Callable[[str], Condition | None] | None] = {
    "date": _date,
    "folder": None,
    "camera": partial(Contains, "camera"),
    "lens": partial(Contains, "lens"),
    "near": _near,
    "place": partial(Contains, "place"),
    "tag": None,
    "rating": _rating,
    "format": _format,
    "size": _size,
    "orientation": _orientation,
    "has": None,
    "label": _label,
    "source": None,
    "missed": _check_versus,
    "spurious": _check_versus,
    "confused": _check_versus,
    "is": _is,
    "album": None,
    "saved": None,
    "similar": None,
    "id": None,
}
"""By name, what reads the value; None where only an index can say what it means."""


def _folder(value: str, roots: Sequence[Root]) -> Condition:
    """Below a folder of the disk, or a folder of that name wherever it is."""
    text = value.replace("\\", "/")
    if not re.match(r"(\.{1,2}(/|$)|~|/|[A-Za-z]:/)", text):
        return Below(text.strip("/"))
    try:
        place = Path(value).expanduser().absolute()
    except (RuntimeError, ValueError) as error:
        raise QueryError(f"{value} can be no folder: {error}.") from None
    places = {place, place.resolve()}
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


_NOT_REJECTED = Negation(OneOf("state", ("rejected",)))


def _has(value: str, index: "Index", *more: Condition) -> Condition:
    """With a region of this category that is not rejected and of no hidden source."""
    shown = Negation(OneOf("source", tuple(index.hidden.names())))
    return Among(index.regions.photos(All((Listed("category", value), _NOT_REJECTED, shown, *more))))


def _labelled(value: str, index: "Index") -> Condition:
    """The same, with a score."""
    found = _LABEL.fullmatch(value)
    if found is None or not found["operator"]:
        return _has(value, index)
    operator = cast("Operator", found["operator"])
    return _has(found["name"].strip(), index, Compare("score", operator, number(found["score"])[0]))


def _source(value: str, index: "Index") -> Condition:
    """With a region of this source that is not rejected; it is named, and may be hidden."""
    return Among(index.regions.photos(All((Listed("source", value), _NOT_REJECTED))))


def _differing(kind: str, value: str, index: "Index") -> Condition:
    """Photos about which two sources differ in one way."""
    from lens.reviewing.comparing import differences  # looks at all regions, and is heavy to import

    found, truth, category = _versus(value)
    return Among(
        frozenset(
            each.photo
            for each in differences(index, found, truth)
            if each.kind == kind and (category is None or category in {each.called, each.truly})
        )
    )


def _in_set(value: str, index: "Index") -> Condition:
    return Among(SETS[value.lower()](index))


def _duplicates(index: "Index") -> frozenset[str]:
    """The ids of photos that have a duplicate, those that would be kept included."""
    from lens.curation.finding import duplicate_ids  # compares all photos the first time, and is heavy to import

    return duplicate_ids(index)


SETS: dict[str, Callable[["Index"], frozenset[str]]] = {"duplicate": _duplicates}
"""By the word behind `is:`, which photos of an index it means."""


def _tag(value: str, index: "Index") -> Condition:
    """Among the keywords that the photo's files give it, or among the tags that Lens has given it."""
    return Some((Listed("keywords", value), Among(index.tags.photos(value))))


def _album(value: str, index: "Index") -> Condition:
    ids = index.albums.ids(value)
    if not ids:
        raise QueryError(f"There is no album {value}: lens album list shows them.")
    return Among(frozenset(ids))


def _meta(filter_: Filter, index: "Index") -> Condition:
    """Numbers and dates are compared, text is sought in text."""
    name = filter_.name.removeprefix("meta.")
    known = index.meta.names()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f" – did you mean meta.{close[0]}:?" if close else ". lens meta list shows them."
        raise QueryError(f"There is no imported column {name}{hint}")
    meant: list[Condition] = [Contains("text", filter_.value)]
    with suppress(QueryError):
        meant.append(_between("number", span(filter_.value, number, whole=False)))
    with suppress(QueryError):
        meant.append(_between("moment", span(filter_.value, period, whole=True)))
    return Among(frozenset(index.meta.ids(name, Some(tuple(meant)))))


_FROM_INDEX: dict[str, Callable[[str, "Index"], Condition]] = {
    "has": _has,
    "label": _labelled,
    "source": _source,
    "missed": partial(_differing, "missed"),
    "spurious": partial(_differing, "spurious"),
    "confused": partial(_differing, "confused"),
    "is": _in_set,
    "tag": _tag,
    "album": _album,
}

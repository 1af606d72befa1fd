"""Conditions on the facts of photos, and which rows meet them.

They are worked out over the columns as Arrow has them: no text of a user ever becomes SQL or a pattern. A fact that is
not known meets no condition, and so meets every `Not` of one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "All",
    "Among",
    "Below",
    "Compare",
    "Condition",
    "Contains",
    "Listed",
    "Mask",
    "Negation",
    "OneOf",
    "Pixels",
    "Shape",
    "Some",
    "Within",
    "columns_of",
    "fits",
]

EARTH_RADIUS = 6371.0  # km, mean

Operator: TypeAlias = Literal["<", "<=", ">", ">=", "="]
Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Compare:
    """A number or a time compared with another."""

    column: str
    operator: Operator
    value: float | datetime


@dataclass(frozen=True)
class Contains:
    """A text has this in it, in capitals or not."""

    column: str
    text: str


@dataclass(frozen=True)
class OneOf:
    """A text is one of these."""

    column: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Listed:
    """A list has this text in it, in capitals or not."""

    column: str
    text: str


@dataclass(frozen=True)
class Below:
    """A photo lies in a folder: one whose name and parents these are, or below a path of a root."""

    folder: str
    """Names with `/` between them; without a `root` they may stand anywhere."""
    root: str | None = None


@dataclass(frozen=True)
class Within:
    """A photo was taken at most this far from a point."""

    lat: float
    """Degrees, WGS 84."""
    lon: float
    km: float


@dataclass(frozen=True)
class Pixels:
    """Width times height compared with a number."""

    operator: Operator
    value: float


@dataclass(frozen=True)
class Shape:
    """Wider than high, higher than wide, or neither."""

    shape: Literal["landscape", "portrait", "square"]


@dataclass(frozen=True)
class Among:
    """The photo has one of these ids."""

    ids: frozenset[str]


@dataclass(frozen=True)
class All:
    """Each of these holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Some:
    """One of these holds, or more."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Negation:
    """This does not hold."""

    part: "Condition"


Condition: TypeAlias = (
    Compare | Contains | OneOf | Listed | Below | Within | Pixels | Shape | Among | All | Some | Negation
)


def columns_of(condition: Condition) -> set[str]:
    """The columns that a condition looks at."""
    return set(_columns(condition))


def fits(condition: Condition, rows: "pa.Table") -> Mask:
    """(n,), which of n rows meet a condition; they have the columns that it looks at."""
    if isinstance(condition, All | Some):
        both = np.logical_and if isinstance(condition, All) else np.logical_or
        parts = (fits(part, rows) for part in condition.parts)
        return reduce(both, parts, np.full(len(rows), isinstance(condition, All)))
    if isinstance(condition, Negation):
        return ~fits(condition.part, rows)
    return _meets(condition, rows)


def _columns(condition: Condition) -> Iterator[str]:
    if isinstance(condition, All | Some):
        for part in condition.parts:
            yield from _columns(part)
    elif isinstance(condition, Negation):
        yield from _columns(condition.part)
    elif isinstance(condition, Compare | Contains | OneOf | Listed):
        yield condition.column
    else:
        named = {Below: ("root", "path"), Within: ("lat", "lon"), Among: ("id",)}
        yield from named.get(type(condition), ("width", "height"))


def _meets(condition: Any, rows: "pa.Table") -> Mask:
    import pyarrow.compute as pc

    found: Any
    match condition:
        case Compare(column, operator, value):
            found = _compared(rows[column], operator, value)
        case Contains(column, text):
            found = pc.match_substring(rows[column], text, ignore_case=True)
        case OneOf(column, texts):
            import pyarrow as pa

            found = pc.is_in(rows[column], value_set=pa.array(texts, pa.string()))
        case Among(ids):
            import pyarrow as pa

            found = pc.is_in(rows["id"], value_set=pa.array(ids, pa.string()))
        case Listed(column, text):
            return _lists(rows[column].combine_chunks(), text)
        case Below(folder, root):
            return _below(rows, folder, root)
        case Within(lat, lon, km):
            return _distance(rows, lat, lon) <= km
        case Pixels(operator, value):
            found = _compared(_product(rows), operator, value)
        case Shape(shape):
            name = {"landscape": pc.greater, "portrait": pc.less, "square": pc.equal}[shape]
            found = name(rows["width"], rows["height"])
    return _mask(found)


def _mask(found: Any) -> Mask:
    mask: Mask = found.fill_null(False).to_numpy(zero_copy_only=False) if hasattr(found, "type") else found
    return np.asarray(mask, bool)


def _compared(values: Any, operator: Operator, value: float | datetime) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    by = {"<": pc.less, "<=": pc.less_equal, ">": pc.greater, ">=": pc.greater_equal, "=": pc.equal}[operator]
    if isinstance(value, datetime):
        return by(values, pa.scalar(value, pa.timestamp("us")))
    return by(pc.cast(values, pa.float64()), pa.scalar(float(value)))


def _product(rows: "pa.Table") -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.multiply(pc.cast(rows["width"], pa.int64()), pc.cast(rows["height"], pa.int64()))


def _lists(lists: Any, text: str) -> Mask:
    import pyarrow.compute as pc

    found = np.zeros(len(lists), bool)
    same = pc.equal(pc.utf8_lower(pc.list_flatten(lists)), text.lower())
    found[pc.list_parent_indices(lists).filter(same).to_numpy()] = True
    return found


def _below(rows: "pa.Table", folder: str, root: str | None) -> Mask:
    import pyarrow as pa
    import pyarrow.compute as pc

    if root is not None:
        within = pc.starts_with(rows["path"], f"{folder}/") if folder else pa.scalar(True)
        return _mask(pc.and_(pc.equal(rows["root"], root), within))
    whole = pc.binary_join_element_wise("", rows["root"], rows["path"], "/")
    return _mask(pc.match_substring(whole, f"/{folder}/", ignore_case=True))


def _distance(rows: "pa.Table", lat: float, lon: float) -> NDArray[np.float64]:
    """(n,), kilometres along the great circle by the haversine formula; NaN where the place is not known."""
    lats, lons = (np.radians(rows[name].to_numpy()) for name in ("lat", "lon"))
    here_lat, here_lon = np.radians(lat), np.radians(lon)
    half = np.sin((lats - here_lat) / 2) ** 2 + np.cos(lats) * np.cos(here_lat) * np.sin((lons - here_lon) / 2) ** 2
    distance: NDArray[np.float64] = 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(half, 1)))
    return distance

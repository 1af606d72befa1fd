"""Conditions on the facts of photos, and which rows meet them.

They are worked out over columns in memory: no text of a user ever becomes SQL or a pattern. A fact that is not known
meets no condition, and so meets every `Not` of one.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lens_indexes.facts import FOLDER, Facts, Mask, columns_of_table

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
    "meets",
]

EARTH_RADIUS = 6371.0  # km, mean
SLACK = 1e-6  # degrees, for what rounding takes away

Operator: TypeAlias = Literal["<", "<=", ">", ">=", "="]


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
    """A list has this text in it, or a text is this, in capitals or not."""

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
    """(n,), which rows of a table meet a condition; it has the columns that `columns_of` the condition names."""

    def having(ids: Collection[str]) -> Mask:
        return np.fromiter((id_ in ids for id_ in rows["id"].to_pylist()), bool, len(rows))

    columns = columns_of_table(rows.select(sorted(columns_of(condition))))
    return meets(condition, Facts(len(rows), columns, having))


def meets(condition: Condition, facts: Facts) -> Mask:
    """(n,), which of n rows meet a condition."""
    match condition:
        case All(parts):
            return reduce(np.logical_and, (meets(part, facts) for part in parts), np.ones(facts.count, bool))
        case Some(parts):
            return reduce(np.logical_or, (meets(part, facts) for part in parts), np.zeros(facts.count, bool))
        case Negation(part):
            return ~meets(part, facts)
        case Among(ids):
            return facts.having(ids)
    return _meets(condition, facts.columns)


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


def _meets(condition: Condition, columns: Mapping[str, Any]) -> Mask:
    found: Any = None
    match condition:
        case Compare(column, operator, value):
            found = _compared(columns[column], operator, value)
        case Contains(column, text):
            sought = text.casefold()
            found = columns[column].where(lambda word: sought in word.casefold())
        case Listed(column, text):
            sought = text.casefold()
            found = columns[column].where(lambda word: sought == word.casefold())
        case OneOf(column, texts):
            found = columns[column].where(frozenset(texts).__contains__)
        case Below(folder, root):
            found = columns[FOLDER].where(_below(folder, root))
        case Within():
            found = _within(condition, columns["lat"], columns["lon"])
        case Pixels(operator, value):
            found = _compared(columns["width"] * columns["height"], operator, value)
        case Shape(shape):
            by = {"landscape": np.greater, "portrait": np.less, "square": np.equal}[shape]
            found = by(columns["width"], columns["height"])
    mask: Mask = found
    return mask


def _compared(values: Any, operator: Operator, value: float | datetime) -> Any:
    by = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "=": np.equal}[operator]
    return by(values, np.datetime64(value, "us") if isinstance(value, datetime) else value)


def _below(folder: str, root: str | None) -> Callable[[str], bool]:
    """What holds of the root and folders of a photo that lies below a folder; a root's name has no `/` in it."""
    if root is not None:
        start = f"{root}/{folder}/" if folder else f"{root}/"
        return lambda place: place.startswith(start)
    within = f"/{folder}/".casefold()
    return lambda place: within in f"/{place}".casefold()


def _within(circle: Within, lats: NDArray[np.float64], lons: NDArray[np.float64]) -> Mask:
    """By the great circle and the haversine formula, worked out for those that are not too far north or south."""
    mask: Mask = np.abs(lats - circle.lat) <= np.degrees(circle.km / EARTH_RADIUS) + SLACK
    near = np.flatnonzero(mask)
    there_lat, there_lon = np.radians(lats[near]), np.radians(lons[near])
    lat, lon = np.radians(circle.lat), np.radians(circle.lon)
    half = np.sin((there_lat - lat) / 2) ** 2 + np.cos(there_lat) * np.cos(lat) * np.sin((there_lon - lon) / 2) ** 2
    mask[near] = 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(half, 1))) <= circle.km
    return mask

"""What photos can be sorted by, beside how well they answer."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lens.search.match import Match
from lens_indexes.facts import Column

__all__ = ["COLUMNS", "Order", "SortedMatch", "Values", "first_to_last", "sorted_match", "values_of"]

Values: TypeAlias = NDArray[Any]
"""(n,) numbers, NaN where not known, or moments, NaT where not known."""


class Order(StrEnum):
    """What comes first: always the most of it, and last those of which it is not known."""

    RELEVANCE = "relevance"
    """How well they answer; of filters alone, which a photo meets or does not, the date."""
    DATE = "date"
    """When they were taken, else when their files were written; local time."""
    RATING = "rating"
    SIZE = "size"
    """Bytes."""
    PIXELS = "pixels"
    SHARPNESS = "sharpness"
    """From 0 to 1."""


COLUMNS = {
    Order.DATE: ("taken_at", "mtime_ns"),
    Order.RATING: ("rating",),
    Order.SIZE: ("size",),
    Order.PIXELS: ("width", "height"),
    Order.SHARPNESS: ("sharpness",),
}


@dataclass(frozen=True, kw_only=True)
class SortedMatch(Match):
    """A photo of an answer that is sorted by something of the photo itself."""

    order: Order
    value: float | datetime | None
    """Of the photo; None where it is not known."""


def sorted_match(match: Match, order: Order, value: Any) -> SortedMatch:
    """A photo with what it is sorted by, one of `Values`."""
    known = None if value != value else value.item()  # noqa: PLR0124 - NaN and NaT alone differ from themselves
    return SortedMatch(**vars(match), order=order, value=known)


def values_of(columns: Mapping[str, Column], order: Order) -> Values:
    """What photos are sorted by, from their columns."""
    held: list[NDArray[Any]] = [np.asarray(columns[name]) for name in COLUMNS[order]]
    match order:
        case Order.DATE:
            taken, written = held
            return np.where(np.isnat(taken), _local(written), taken)
        case Order.PIXELS:
            width, height = held
            pixels: Values = width * height
            return pixels
        case _:
            return held[0]


def first_to_last(values: Values) -> NDArray[np.intp]:
    """(n,), the places of values, the largest first, the unknown last; equal ones stay as they are."""
    if values.dtype.kind == "M":  # NaT would be the first
        numbers = values.astype(np.int64)
        return np.argsort(np.where(np.isnat(values), np.iinfo(np.int64).max, -numbers), kind="stable")
    return np.argsort(-values, kind="stable")  # NaN is sorted last


def _local(written: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """(n,), nanoseconds since 1970 as local time, without a zone.

    The time zone is asked at both ends of each day; moment by moment only of days on which it changes.
    """
    moments: NDArray[np.datetime64] = (written // 1000).astype(np.int64).astype("datetime64[us]")
    days, day = np.unique(moments.astype("datetime64[D]"), return_inverse=True)
    at_begin, at_end = (_offsets(days + past) for past in (0, 1))
    offsets, changing = at_begin[day], (at_begin != at_end)[day]
    offsets[changing] = _offsets(moments[changing])
    return moments + offsets


def _offsets(moments: NDArray[np.datetime64]) -> NDArray[np.timedelta64]:
    """(n,), how far local time is ahead of UTC."""
    seconds = moments.astype("datetime64[s]").astype(np.int64).tolist()
    return np.array([time.localtime(each).tm_gmtoff for each in seconds], "timedelta64[s]")

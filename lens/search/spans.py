"""What filters compare with: `>=3`, `3..5`, `..2024-06`, as tests on a column."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from lens.errors import QueryError

__all__ = ["Span", "number", "period", "span"]

T = TypeVar("T", float, datetime)

_COMPARISON = re.compile(r"(>=|<=|>|<|=)?(.*)", re.DOTALL)
_DAY = re.compile(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,18})?", re.ASCII)


@dataclass(frozen=True)
class Span(Generic[T]):
    """From one value to another; None where it is open."""

    low: T | None = None
    high: T | None = None
    open_low: bool = False
    """Whether `low` itself is left out."""
    open_high: bool = False


def span(text: str, read: Callable[[str], tuple[T, T]], *, whole: bool) -> Span[T]:
    """Read `>=A`, `A..B`, `A..`, `..B` or `A`.

    Args:
        text: what was typed.
        read: makes the first and the last moment of `A`, which are the same where it is a point.
        whole: the last moment is the first that is no longer part of `A`.

    Raises:
        QueryError: what `read` raises, or the range is empty.
    """
    if ".." in text:
        first, _, last = text.partition("..")
        if not first and not last:
            raise QueryError("A range needs a beginning or an end.")
        low, high = read(first)[0] if first else None, read(last)[1] if last else None
        if low is not None and high is not None and (low > high or (whole and low == high)):
            raise QueryError(f"The range {text} ends before it begins.")
        return Span(low, high, open_high=whole)
    found = _COMPARISON.fullmatch(text)
    operator, value = found.groups() if found else (None, text)
    first_, last_ = read(value)
    if operator == ">=":
        return Span(low=first_)
    if operator == ">":
        return Span(low=last_, open_low=not whole)
    if operator == "<":
        return Span(high=first_, open_high=True)
    if operator == "<=":
        return Span(high=last_, open_high=whole)
    return Span(first_, last_, open_high=whole)


def number(text: str) -> tuple[float, float]:
    """A number as a span of no length.

    Raises:
        QueryError: it is none.
    """
    if not _NUMBER.fullmatch(text):
        raise QueryError(f"{text or 'Nothing'} is no number; a number, >=3 or 3..5 was expected.")
    return float(text), float(text)


def period(text: str) -> tuple[datetime, datetime]:
    """A year, month or day: its first moment, and the first after it.

    Raises:
        QueryError: it is none.
    """
    found = _DAY.fullmatch(text)
    if found is None:
        raise QueryError(f"{text or 'Nothing'} is no date; 2023, 2023-06, 2023-06-30 or a range of them was expected.")
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        start = datetime(year or 0, month or 1, day or 1)
        if day:
            return start, start + timedelta(days=1)
        if month:
            return start, datetime(start.year + month // 12, month % 12 + 1, 1)
        return start, datetime(start.year + 1, 1, 1)
    except (ValueError, OverflowError):
        raise QueryError(f"There is no such date as {text}.") from None

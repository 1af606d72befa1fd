"""How the values of filters are read: what they say of a photo's facts, or that they make no sense."""

import math
import re
from datetime import datetime

from lens.errors import QueryError
from lens.photos.scan import RAW_SUFFIXES
from lens.search.spans import Span, number, period, span
from lens_indexes.filters import All, Compare, Condition, OneOf, Operator, Pixels, Shape, Within

__all__ = [
    "LABEL",
    "between",
    "check_versus",
    "date",
    "format_",
    "is_",
    "label",
    "near",
    "orientation",
    "rating",
    "size",
    "versus",
]

_FORMATS = {"JPG": "JPEG", "TIF": "TIFF", "HEIC": "HEIF", "JP2": "JPEG2000"}
_BYTES = {"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9}
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)\s*([a-z]*)", re.IGNORECASE | re.ASCII)
LABEL = re.compile(r"(?P<name>.+?)(?:(?P<operator>>=|<=|>|<|=)(?P<score>.*))?", re.DOTALL)


def between(column: str, value: Span[float] | Span[datetime]) -> Condition:
    """A column within a span."""
    return All(tuple(Compare(column, operator, limit) for operator, limit in _limits(value)))


def _limits(value: Span[float] | Span[datetime]) -> list[tuple[Operator, float | datetime]]:
    limits: list[tuple[Operator, float | datetime]] = []
    if value.low is not None:
        limits.append((">" if value.open_low else ">=", value.low))
    if value.high is not None:
        limits.append(("<" if value.open_high else "<=", value.high))
    return limits


def date(value: str) -> Condition:
    """When it was taken: a day, month or year, or a span of them."""
    return between("taken_at", span(value, period, whole=True))


def rating(value: str) -> Condition:
    """A number of stars, or a span."""
    return between("rating", span(value, number, whole=False))


def near(value: str) -> Condition:
    """Within so many kilometres of a place."""
    parts = value.split(",")
    if len(parts) != 3:
        raise QueryError("near: takes latitude, longitude and kilometres, as in near:48.86,2.35,5.")
    lat, lon, km = (number(part.strip())[0] for part in parts)
    if not -90 <= lat <= 90 or not -180 <= lon <= 180 or km < 0:
        raise QueryError("near: takes degrees from -90 to 90 and from -180 to 180, and kilometres.")
    return Within(lat, lon, km)


def format_(value: str) -> Condition:
    """What kind of file it is; `raw` is any camera's own."""
    name = value.upper().lstrip(".")
    if name == "RAW":
        return OneOf("format", tuple(sorted(suffix[1:].upper() for suffix in RAW_SUFFIXES)))
    return OneOf("format", (_FORMATS.get(name, name),))


def size(value: str) -> Condition:
    """Pixels or bytes, or a span of them."""
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


def orientation(value: str) -> Condition:
    """Its shape."""
    match value.lower():
        case "landscape" | "portrait" | "square" as shape:
            return Shape(shape)
    raise QueryError(f"There is no orientation {value}: landscape, portrait or square was expected.")


def is_(value: str) -> None:
    """The name of a set."""
    if value.lower() != "duplicate":
        raise QueryError(f"There is no is:{value}: is:duplicate was expected.")


def label(value: str) -> None:
    """A category, and a limit for its score."""
    found = LABEL.fullmatch(value)
    if found and found["operator"]:
        score, _ = number(found["score"])
        if not math.isfinite(score) or not 0 <= score <= 1:
            raise QueryError("The score of a label is from 0 to 1, as in label:dog>=0.4.")


def versus(value: str) -> tuple[str, str, str | None]:
    """Two sources, and a category if only that is meant."""
    sources, _, category = value.partition(": ")
    found, _, truth = sources.partition(" vs ")
    if not found.strip() or not truth.strip():
        raise QueryError('Two sources were expected, as in missed:"owlv2 vs me" or missed:"owlv2 vs me: dog".')
    return found.strip(), truth.strip(), category.strip() or None


def check_versus(value: str) -> None:
    """Two sources to be compared."""
    versus(value)

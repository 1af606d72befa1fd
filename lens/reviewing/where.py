"""Which regions are meant: `score>=0.6 and category=dog` as a condition on their columns."""

import math
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lens.errors import QueryError
from lens_indexes import RegionState
from lens_indexes.filters import All, Compare, Condition, Negation, OneOf, Operator, Some

if TYPE_CHECKING:
    from lark import Lark

__all__ = ["regions_where"]

GRAMMAR = Path(__file__).with_name("where.lark")
NUMBERS = ("score",)
TEXTS = ("category", "source", "state", "prompt", "model", "id")
FIELDS = "score, " + ", ".join(TEXTS)
EXAMPLE = "'score>=0.6 and category=dog'"
LONGEST = 10_000  # characters


def regions_where(text: str) -> Condition:
    """Read what regions are meant.

    Args:
        text: comparisons of `score` with numbers, and of the texts `category`, `source`, `state`, `prompt`, `model`
            and `id` by `=` and `!=`, joined by `and`, `or`, `not` and brackets; values with spaces in quotation marks.

    Raises:
        QueryError: it cannot be understood; says where.
    """
    from lark import UnexpectedInput

    if len(text) > LONGEST:
        raise QueryError(f"What regions are meant is said in at most {LONGEST:,} characters.")
    try:
        return _read(_parser().parse(text).children[0])
    except UnexpectedInput as error:
        at = len(text) if getattr(error, "token", "") == "" else error.pos_in_stream or 0
        place = f"“{text[at : at + 24]}” is not understood" if text[at:].strip() else "Something is missing at the end"
        raise QueryError(f"{place}: which regions are meant is said as in {EXAMPLE}.") from None
    except RecursionError:
        raise QueryError("There are too many brackets in it.") from None


@cache
def _parser() -> "Lark":
    from lark import Lark

    return Lark(GRAMMAR.read_text(encoding="utf-8"), parser="lalr", propagate_positions=True)


def _read(tree: Any) -> Condition:
    if tree.data == "comparison":
        return _compared(*map(str, tree.children))
    parts = tuple(_read(child) for child in tree.children)
    if tree.data == "negation":
        return Negation(parts[0])
    if len(parts) == 1:
        return parts[0]
    return All(parts) if tree.data == "every" else Some(parts)


def _compared(name: str, operator: str, value: str) -> Condition:
    name = name.lower()
    text = re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL) if value.startswith('"') else value
    if name in NUMBERS:
        condition: Condition = _number(name, operator, text)
    elif name not in TEXTS:
        raise QueryError(f"Regions have no {name}: {FIELDS} were expected, as in {EXAMPLE}.")
    elif operator not in {"=", "!="}:
        raise QueryError(f"{name} is a text: it takes = or !=, not {operator}.")
    elif name == "state" and text not in list(RegionState):
        raise QueryError(f"There is no state {text}: {', '.join(RegionState)} were expected.")
    else:
        condition = OneOf(name, (text,))
    return Negation(condition) if operator == "!=" else condition


def _number(name: str, operator: str, text: str) -> Condition:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise QueryError(f"{name} is a number from 0 to 1, and {text} is none.")
    by: dict[str, Operator] = {">=": ">=", "<=": "<=", ">": ">", "<": "<", "=": "=", "!=": "="}
    return Compare(name, by[operator], number)

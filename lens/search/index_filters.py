"""Filters that only an index can answer: by its regions, tags, albums, duplicates and imported columns."""

import difflib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, cast

from lens.errors import QueryError
from lens.search.afar import comes_from_afar
from lens.search.filter_values import LABEL, between, versus
from lens.search.spans import number, period, span
from lens.search.syntax import Filter
from lens_indexes import SideTables, tagged
from lens_indexes.filters import All, Among, Compare, Condition, Contains, Listed, Negation, OneOf, Operator, Some

if TYPE_CHECKING:
    from lens_indexes import Index

__all__ = ["FROM_INDEX", "SETS", "meta"]

_NOT_REJECTED = Negation(OneOf("state", ("rejected",)))


def _with_region(tables: SideTables, *conditions: Condition) -> Condition:
    """With a region that meets all of these and is not rejected."""
    return Among(frozenset(tables.rows("regions").texts("photo", All((*conditions, _NOT_REJECTED)))))


def _has(value: str, tables: SideTables, *more: Condition) -> Condition:
    """With a region of this category that is not rejected and of no hidden source."""
    shown = Negation(OneOf("source", tuple(tables.rows("hidden").texts("name"))))
    return _with_region(tables, Listed("category", value), shown, *more)


def _labelled(value: str, tables: SideTables) -> Condition:
    """The same, with a score."""
    found = LABEL.fullmatch(value)
    if found is None or not found["operator"]:
        return _has(value, tables)
    operator = cast("Operator", found["operator"])
    return _has(found["name"].strip(), tables, Compare("score", operator, number(found["score"])[0]))


def _source(value: str, tables: SideTables) -> Condition:
    """With a region of this source that is not rejected; it is named, and may be hidden."""
    return _with_region(tables, Listed("source", value))


def _differing(kind: str, value: str, tables: SideTables) -> Condition:
    """Photos about which two sources differ in one way."""
    from lens.reviewing.comparing import differences  # looks at all regions, and is heavy to import

    found, truth, category = versus(value)
    return Among(
        frozenset(
            each.photo
            for each in differences(tables.index(), found, truth)
            if each.kind == kind and (category is None or category in {each.called, each.truly})
        )
    )


def _in_set(value: str, tables: SideTables) -> Condition:
    if comes_from_afar():
        raise QueryError(
            f"is:{value} may have to read photos and write to the index: ask for it on the machine itself."
        )
    return Among(SETS[value.lower()](tables.index()))


def _duplicates(index: "Index") -> frozenset[str]:
    """The ids of photos that have a duplicate, those that would be kept included."""
    from lens.curation.finding import duplicate_ids  # compares all photos the first time, and is heavy to import

    return duplicate_ids(index)


SETS: dict[str, Callable[["Index"], frozenset[str]]] = {"duplicate": _duplicates}
"""By the word behind `is:`, which photos of an index it means."""


def _tag(value: str, tables: SideTables) -> Condition:
    """Among the keywords that the photo's files give it, or among the tags that Lens has given it."""
    return Some((Listed("keywords", value), Among(tagged(tables.rows("tags"), value))))


def _album(value: str, tables: SideTables) -> Condition:
    ids = tables.rows("albums").texts("id", OneOf("name", (value,)))
    if not ids:
        raise QueryError(f"There is no album {value}: lens album list shows them.")
    return Among(frozenset(ids))


def meta(filter_: Filter, tables: SideTables) -> Condition:
    """Numbers and dates are compared, text is sought in text."""
    name, rows = filter_.name.removeprefix("meta."), tables.rows("meta")
    known = sorted(set(rows.texts("name")))
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f" – did you mean meta.{close[0]}:?" if close else ". lens meta list shows them."
        raise QueryError(f"There is no imported column {name}{hint}")
    meant: list[Condition] = [Contains("text", filter_.value)]
    with suppress(QueryError):
        meant.append(between("number", span(filter_.value, number, whole=False)))
    with suppress(QueryError):
        meant.append(between("moment", span(filter_.value, period, whole=True)))
    return Among(frozenset(rows.texts("id", All((OneOf("name", (name,)), Some(tuple(meant)))))))


FROM_INDEX: dict[str, Callable[[str, SideTables], Condition]] = {
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

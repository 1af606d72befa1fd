"""Filters that only an index can answer: by its regions, tags, albums, duplicates and imported columns."""

import difflib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, cast

from lens.errors import QueryError
from lens.search.filter_values import LABEL, between, versus
from lens.search.spans import number, period, span
from lens.search.syntax import Filter
from lens_indexes.filters import All, Among, Compare, Condition, Contains, Listed, Negation, OneOf, Operator, Some

if TYPE_CHECKING:
    from lens_indexes import Index

__all__ = ["FROM_INDEX", "SETS", "meta"]

_NOT_REJECTED = Negation(OneOf("state", ("rejected",)))


def _has(value: str, index: "Index", *more: Condition) -> Condition:
    """With a region of this category that is not rejected and of no hidden source."""
    shown = Negation(OneOf("source", tuple(index.hidden.names())))
    return Among(index.regions.photos(All((Listed("category", value), _NOT_REJECTED, shown, *more))))


def _labelled(value: str, index: "Index") -> Condition:
    """The same, with a score."""
    found = LABEL.fullmatch(value)
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

    found, truth, category = versus(value)
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


def meta(filter_: Filter, index: "Index") -> Condition:
    """Numbers and dates are compared, text is sought in text."""
    name = filter_.name.removeprefix("meta.")
    known = index.meta.names()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f" – did you mean meta.{close[0]}:?" if close else ". lens meta list shows them."
        raise QueryError(f"There is no imported column {name}{hint}")
    meant: list[Condition] = [Contains("text", filter_.value)]
    with suppress(QueryError):
        meant.append(between("number", span(filter_.value, number, whole=False)))
    with suppress(QueryError):
        meant.append(between("moment", span(filter_.value, period, whole=True)))
    return Among(frozenset(index.meta.ids(name, Some(tuple(meant)))))


FROM_INDEX: dict[str, Callable[[str, "Index"], Condition]] = {
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

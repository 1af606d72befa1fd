"""Which regions are meant is read, or refused in a line."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lens.errors import QueryError
from lens.reviewing.where import regions_where
from lens_indexes.filters import All, Compare, Negation, OneOf, Some

DOG = OneOf("category", ("dog",))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("score>=0.6 and category=dog", All((Compare("score", ">=", 0.6), DOG))),
        ("category = dog", DOG),
        ('category="a \\"red\\" car"', OneOf("category", ('a "red" car',))),
        ("not category=dog OR score<.5", Some((Negation(DOG), Compare("score", "<", 0.5)))),
        ("category!=dog", Negation(DOG)),
        (
            "(source=a or source=b) and category=dog",
            All((Some((OneOf("source", ("a",)), OneOf("source", ("b",)))), DOG)),
        ),
        ("category=or", OneOf("category", ("or",))),
    ],
)
def test_it_is_read(text, meant):
    assert regions_where(text) == meant


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "missing at the end"),
        ("score>=", "missing at the end"),
        ("score>=0.6 category=dog", "category=dog"),
        ("score>=much", "much"),
        ("score>=nan", "nan"),
        ("colour=red", "no colour"),
        ("category>dog", "takes = or !="),
        ("state=lost", "accepted"),
        ("(" * 3000 + "score>1", "not understood|brackets|missing"),
        ("x" * 20_000, "characters"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_line(text, told):
    with pytest.raises(QueryError, match=told) as refused:
        regions_where(text)
    assert "\n" not in str(refused.value)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text):
    with suppress(QueryError):
        regions_where(text)

"""The filters of a query, and the query without them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lens.search.parsing import parse
from lens.search.parts import filter_parts
from lens.search.syntax import Filter, leaves

WORDS = st.sampled_from(["", "dog", "a dog on a beach", '"in the snow"', "cat -people"])
FILTER = st.sampled_from(["date:2023", 'folder:"my trip"', "-rating:5", "camera:x", "tag:(a)"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", []),
        ("a dog", []),
        ("date:2023", [("date:2023", "")]),
        ("-date:2023", [("-date:2023", "")]),
        ("NOT date:2023", [("NOT date:2023", "")]),
        ("a dog date:2023 -folder:trip", [("date:2023", "a dog -folder:trip"), ("-folder:trip", "a dog date:2023")]),
        ('dog AND album:"my best"', [('album:"my best"', "dog")]),
        ("dog rating:5 AND cat AND tag:x", [("rating:5", "dog AND cat AND tag:x"), ("tag:x", "dog rating:5 AND cat")]),
        ("date:2023 OR date:2024", []),
        ("dog (date:2023 OR date:2024) is:duplicate", [("is:duplicate", "dog (date:2023 OR date:2024)")]),
    ],
)
def test_filters_that_stand_beside_everything_else(query: str, expected: list[tuple[str, str]]) -> None:
    assert [(part.text, part.rest) for part in filter_parts(query)] == expected


@given(WORDS, st.lists(FILTER, max_size=4), st.sampled_from([" ", " AND "]))
def test_each_filter_can_be_taken_out_alone(words: str, filters: list[str], between: str) -> None:
    query = between.join([each for each in (words, *filters) if each])
    parts = filter_parts(query)
    assert len(parts) == len(filters)
    for part in parts:
        left = [] if not part.rest else [leaf for leaf in leaves(parse(part.rest)) if isinstance(leaf, Filter)]
        [taken] = leaves(parse(part.text))
        assert sorted(map(str, [*left, taken])) == sorted(
            str(leaf) for leaf in leaves(parse(query)) if isinstance(leaf, Filter)
        )

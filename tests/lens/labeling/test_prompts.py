"""The list of what is to be labelled."""

import pytest

from lens.errors import QueryError
from lens.labeling.prompts import parse_prompts


def test_many_phrases_may_mean_one_category():
    prompts = parse_prompts(" dog,red  car , person=human| man |woman,dog=puppy")
    assert list(zip(prompts.phrases, prompts.categories, strict=True)) == [
        ("dog", "dog"),
        ("red car", "red car"),
        ("human", "person"),
        ("man", "person"),
        ("woman", "person"),
        ("puppy", "dog"),
    ]
    assert str(prompts) == "dog=dog|puppy, red car, person=human|man|woman"
    assert str(parse_prompts(str(prompts))) == str(prompts)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "A category is empty"),
        ("dog,,cat", "A category is empty"),
        ("person=", "'person=' lacks a name or a phrase"),
        ("=man", "'=man' lacks a name or a phrase"),
        ("person=man||woman", "lacks a name or a phrase"),
        ("man|woman", "cannot be understood"),
        ("a=b=c", "cannot be understood"),
        ("person=man, boss=man", "'man' cannot mean both 'person' and 'boss'"),
        ("do\x00g", "letters that can be printed"),
        ("x" * 201, "letters that can be printed"),
    ],
)
def test_what_cannot_be_understood_is_told_in_one_line(text, told):
    with pytest.raises(QueryError, match=r"^[^\n]+$") as raised:
        parse_prompts(text)
    assert told in str(raised.value)

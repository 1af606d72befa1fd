"""docs/QUERY.md says what the grammar says: its examples, its filters, and every sentence its EBNF makes."""

import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lens.search.filters import FILTERS
from lens.search.parsing import GRAMMAR, MOST_BRACKETS, parse

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "QUERY.md").read_text(encoding="utf-8")
EBNF = re.search(r"```ebnf\n(.*?)```", PAGE, re.DOTALL)[1]
SYMBOLS = r'"[^"]*"|\'[^\']*\'|\w+|[][{}()|,]'
RULES = {
    name: re.findall(SYMBOLS, re.sub(r"\(\*.*?\*\)", "", body))
    for name, body in re.findall(r"^(\w+)\s*=(.*?);(?: *\(\*.*?\*\))?$", EBNF, re.DOTALL | re.MULTILINE)
}
SAMPLES = {
    "word": ["a", "dog", "rock-n-roll", "16:9", "it's", "é", "--"],
    "phrase": ['"a dog"', '"AND"', '"\\"x\\" \\\\"'],
    "photo": ["./x.jpg", "~/a/b.png#1,2,3,4", '"../my photo.jpg"', "/x(1).jpg"],
    "filter": ["date:2023..", 'camera:"canon eos"', "tag:x", "meta.score:>=3"],
    "weight": ["2:", "0.5:"],
}


@st.composite
def sentences(draw, rule="query", depth=0):
    """One of the sentences of a rule, as a list of symbols."""
    if rule in SAMPLES:
        return [draw(st.sampled_from(SAMPLES[rule]))]
    symbols = iter([*RULES[rule], None])

    def alternatives(end):
        choices, current, one = [], [], next(symbols)
        while one != end:
            if one == "|":
                choices.append(current)
                current = []
            elif one in {"(", "[", "{"}:
                current.append((one, alternatives({"(": ")", "[": "]", "{": "}"}[one])))
            elif one != ",":
                current.append(one)
            one = next(symbols)
        return [*choices, current]

    def spoken(choices):
        made = []
        for part in draw(st.sampled_from(choices)):
            if isinstance(part, tuple):
                kind, inner = part
                most = 1 if kind == "(" else draw(st.integers(0, 1 if kind == "[" or depth else 2))
                for _ in range(most):
                    made += spoken([each for each in inner if depth < 3 or "query" not in each])
            elif part[0] in "\"'":
                made.append(part[1:-1])
            else:
                made += draw(sentences(part, depth + (part == "query")))
        return made

    return spoken(alternatives(None))


@given(sentences())
def test_every_sentence_of_the_page_is_one_of_the_grammar(symbols: list[str]):
    assume(symbols.count("NOT") + symbols.count("(") <= MOST_BRACKETS)
    text = re.sub(r"(?<!\S)(2|0\.5): (?=16)", "", " ".join(symbols))  # a weight is of no word that begins with a digit
    parse(re.sub(r"(?<!\S)(2|0\.5): ", r"\1:", text))  # and stands directly before what it weighs


def test_the_rules_of_both_are_the_same():
    grammar = GRAMMAR.read_text(encoding="utf-8").lower()
    for name in RULES:
        known = {"query": "disjunction", "phrase": "quoted", "photo": "path"}.get(name, name)
        assert re.search(rf"^\??{known}(\.\d)?:", grammar, re.MULTILINE), name


def test_every_filter_is_on_the_page():
    for name in [*FILTERS, "meta.NAME"]:
        assert f"`{name}:" in PAGE, name


@pytest.mark.parametrize("query", re.findall(r"^\| `([^`]+)`", PAGE, flags=re.MULTILINE))
def test_every_example_of_the_page_is_a_query(query):
    assert parse(str(parse(query))) == parse(query)

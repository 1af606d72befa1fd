"""The grammar: what is read prints as what is read again, and what is not is said in words, with its place."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lens.errors import QueryError
from lens.search.anchoring import anchored
from lens.search.parsing import parse
from lens.search.syntax import And, Example, Filter, Node, Not, Or, Sum, Term, Words

WORD = st.from_regex(r"[a-z]{1,6}('s|-[a-z]+)?", fullmatch=True)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip)
PATH = TEXT.filter(lambda text: not re.match(r"[\s/\\]", text) and not re.search(r"#\d+,\d+,\d+,\d+\Z", text))
BOX = st.tuples(*[st.integers(0, 9999)] * 2, *[st.integers(1, 9999)] * 2)
FILTER = st.one_of(
    st.builds(Filter, st.sampled_from(["camera", "lens", "place", "tag", "folder", "has", "source", "meta.who"]), TEXT),
    st.builds(Filter, st.just("date"), st.sampled_from(["2023", "2023-05..2024", "..2020", ">=2020-02-29"])),
    st.builds(Filter, st.just("rating"), st.sampled_from([">=3", "3..5", "4"])),
)
WORDS = st.one_of(
    st.lists(WORD, min_size=1, max_size=3).map(lambda words: Words(" ".join(words))),
    TEXT.filter(lambda text: not re.match(r"(\.{1,2}|~)?[/\\]|[A-Za-z]:[/\\]", text)).map(
        lambda text: Words(text, True)
    ),
)
EXAMPLE = st.builds(lambda path, box: Example(f"./{path}", box), PATH, st.none() | BOX)
WEIGHT = st.one_of(st.sampled_from([1.0, -1.0]), st.integers(1, 999_999).map(lambda n: n / 1000))


@st.composite
def leaves(draw):
    return draw(st.one_of(WORDS, FILTER, EXAMPLE))


@st.composite
def compounds(draw, nodes):
    parts = tuple(draw(st.lists(nodes, min_size=2, max_size=3)))
    kind = draw(st.sampled_from([And, Or, Not, Sum]))
    if kind is Sum:
        terms = tuple(Term(part, draw(WEIGHT)) for part in parts)
        return draw(st.sampled_from([Sum(terms), Sum((Term(parts[0], -1.0),))]))
    return Not(parts[0]) if kind is Not else kind(parts)


NODE = st.recursive(leaves(), compounds, max_leaves=8)
SYMBOLS = "a b dog ./x.jpg ./x.jpg#1,2,3,4 + - ( ) AND OR NOT -c +d 2: 0.5: 2:e -- --f date:2023 tag:x -tag:y , é"
PIECES = st.lists(st.sampled_from([*SYMBOLS.split(), '"', '"red car"', "\n"]), max_size=14).map(" ".join)


@given(NODE)
def test_what_is_printed_is_read_as_the_same(node: Node):
    assert parse(str(node)) == node


@example("a + --")
@given(PIECES)
def test_what_is_read_prints_as_the_same(text: str):
    try:
        node = parse(text)
    except QueryError:
        return
    assert parse(str(node)) == node


@given(st.one_of(st.text(max_size=60), PIECES))
def test_nothing_typed_is_more_than_a_query_error(text: str):
    try:
        parse(text)
    except QueryError as error:
        what, *place = str(error).splitlines()
        assert what.strip()
        assert len(place) in {0, 2}
        if place:
            assert re.fullmatch(r" +\^+", place[1])


@given(st.lists(WORD, min_size=1, max_size=8))
def test_plain_words_are_what_the_grammar_makes_of_them(words: list[str]):
    plain = parse(" ".join(words))
    assert plain == Words(" ".join(words))
    assert parse(f"({' '.join(words)})") == plain


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("a AND b OR c", Or((And((Words("a"), Words("b"))), Words("c")))),
        ("a b AND NOT c", And((Words("a b"), Not(Words("c"))))),
        ("a b NOT c", And((Words("a b"), Not(Words("c"))))),
        ("cat and dog or not", Words("cat and dog or not")),
        ("a + b c - d e", Sum((Term(Words("a")), Term(Words("b c")), Term(Words("d e"), -1)))),
        ("a -b c", Sum((Term(Words("a c")), Term(Words("b"), -1)))),
        ("a ./x.jpg b", Sum((Term(Words("a b")), Term(Example("./x.jpg"))))),
        ("2:beach dog", Sum((Term(Words("beach"), 2), Term(Words("dog"))))),
        ("./x.jpg#1,2,30,40", Example("./x.jpg", (1, 2, 30, 40))),
        ("tag:x -tag:y", Sum((Term(Filter("tag", "x")), Term(Filter("tag", "y"), -1)))),
        ('label:"traffic light">=0.4', Filter("label", "traffic light>=0.4")),
        ('"a \\"b\\" \\\\ AND"', Words('a "b" \\ AND', quoted=True)),
        ("folder:/home/me/Photos(1)", Filter("folder", "/home/me/Photos(1)")),
        ("what: a dog", Words("what: a dog")),
        ("a -- b --c", Words("a -- b --c")),
        ("see http://example.org/a", Words("see http://example.org/a")),
    ],
)
def test_precedence_and_signs(query, tree):
    assert parse(query) == tree


@pytest.mark.parametrize(
    ("query", "says", "under"),
    [
        ("a camra:canon", "did you mean camera:", "camra:canon"),
        ("colour:red", "no filter colour", "colour:red"),
        ("a date:2023-13", "no such date", "date:2023-13"),
        ("date:2024..2023 a", "ends before it begins", "date:2024..2023"),
        ("rating:>=many", "no number", "rating:>=many"),
        ("size:12cm", "no size", "size:12cm"),
        ("near:91,0,5", "degrees", "near:91,0,5"),
        ("orientation:up", "landscape, portrait or square", "orientation:up"),
        ("is:nice", "is:duplicate", "is:nice"),
        ("label:dog>=2", "from 0 to 1", "label:dog>=2"),
        ("tag: x", "needs a value", "tag:"),
        ("0:a b", "weight", "0:"),
        ("./x.jpg#1,2,0,4", "empty", "./x.jpg#1,2,0,4"),
        ('a "b', "never closed", '"'),
        ("a) b", "closes nothing", ")"),
        ("a AND OR b", "expected here", "O"),
        ("(a", "never closed", ""),
        ("a + (b OR)", "expected here", ")"),
        ("a -", "expected here", "-"),
    ],
)
def test_errors_say_what_and_where(query, says, under):
    with pytest.raises(QueryError) as raised:
        parse(query)
    what, shown, mark = str(raised.value).splitlines()
    assert says in what
    begin = mark.index("^")
    assert shown[begin : begin + mark.count("^")] == under
    assert under or begin == len(shown)


def test_the_place_of_an_error_is_shown_in_a_long_query():
    with pytest.raises(QueryError) as raised:
        parse("word " * 2000 + "colour:red" + " word" * 2000)
    _, shown, mark = str(raised.value).splitlines()
    assert len(shown) < 80
    assert shown[mark.index("^") : len(mark)] == "colour:red"


@pytest.mark.parametrize("deep", ["(" * 5000 + "a" + ")" * 5000, "NOT " * 5000 + "a", "(" * 5000])
def test_what_is_too_deep_is_refused(deep):
    with pytest.raises(QueryError, match=r"64 brackets|expected here"):
        parse(deep)


def test_a_thousand_terms_are_no_matter():
    assert len(parse("a " + "+b " * 1000).terms) == 1001


def test_anchoring_makes_paths_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x y.jpg").write_bytes(b"")
    assert (
        anchored('(dog OR "./x y.jpg"#1) folder:./trip') == f'(dog OR "{tmp_path}/x y.jpg" #1) folder:{tmp_path}/trip'
    )
    assert anchored('similar:"./x y.jpg" camera:./x') == f'similar:"{tmp_path}/x y.jpg" camera:./x'

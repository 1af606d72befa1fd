"""Filters narrow, AND, OR and NOT combine, and plain words are answered as ever."""

import shutil
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lens import Library
from lens.errors import LensError, QueryError
from lens.indexing.lane import column_of
from lens.search import Band
from lens_indexes import mirror, shortlist, top_k
from lens_indexes.index import Index
from tests.fakes import ColourEncoder, paint


class AnyWords(ColourEncoder):
    """Knows a colour for every text there is."""

    def encode_texts(self, texts):
        return super().encode_texts([f"#{zlib.crc32(text.encode(errors='replace')) & 0xFFFFFF:06x}" for text in texts])


@pytest.fixture
def indexed(library, photos, encoder, monkeypatch):
    """Four photos of plain colours, the red and the blue one with facts."""
    paint(photos / "half.png", "red", (20, 40))
    library.index([photos], encoder)
    table = Index.open(library.uri).tables["photos"]
    facts = {
        "red.png": "camera = 'Canon EOS', taken_at = timestamp '2023-05-01 10:00:00', rating = 5",
        "blue.png": "camera = 'NIKON D70', taken_at = timestamp '2024-05-01 10:00:00', rating = 3",
        "green.jpg": "taken_at = timestamp '2022-01-01 00:00:00'",
        "trip/orange.png": "taken_at = timestamp '2021-01-01 00:00:00'",
        "half.png": "taken_at = timestamp '2020-01-01 00:00:00'",
    }
    for path, values in facts.items():
        pairs = dict(pair.split(" = ") for pair in values.split(", "))
        table.update(where=f"path = '{path}'", values_sql=pairs)
    monkeypatch.chdir(photos)
    return library


def names(library, encoder, query, top=20) -> list[str]:
    return [match.path.name for match in library.search(query, top=top, encoder=encoder)]


def test_filters_alone_list_photos_newest_first(indexed, encoder):
    everything = ["blue.png", "red.png", "green.jpg", "orange.png", "half.png"]
    assert names(indexed, encoder, "date:2000..") == everything
    assert names(indexed, encoder, "date:2000..", top=2) == everything[:2]
    assert names(indexed, encoder, "camera:canon OR camera:nikon") == ["blue.png", "red.png"]
    assert names(indexed, encoder, "-rating:>=4 NOT date:2024") == ["green.jpg", "orange.png", "half.png"]
    assert names(indexed, encoder, "folder:trip") == names(indexed, encoder, "folder:./trip") == ["orange.png"]
    assert names(indexed, encoder, "orientation:portrait format:png") == ["half.png"]
    match = indexed.search("rating:5", encoder=encoder)[0]
    assert (match.rank, match.score, match.path.is_file()) == (1, 1.0, True)


@pytest.mark.parametrize(
    "query",
    ["date:2000..", "-rating:>=4", "camera:canon OR camera:nikon", "folder:trip", "NOT date:2022..", "size:<10mp"],
)
def test_filters_alone_are_answered_alike_beside_the_tables_and_by_them(indexed, encoder, query, monkeypatch):
    index = Index.open(indexed.uri)
    index.tables["photos"].update(where="path = 'green.jpg' OR path = 'half.png'", values_sql={"taken_at": "NULL"})
    by_tables = Library.open(indexed.uri).search(query)
    index.keep_mirror(column_of(encoder.info))
    with monkeypatch.context() as patched:
        patched.setattr(Index, "open", None)  # the tables cannot be asked
        assert Library.open(indexed.uri).search(query) == by_tables != []


def test_photos_without_a_vector_are_listed_too(indexed, encoder):
    index = Index.open(indexed.uri)
    column = column_of(encoder.info)
    index.tables["photos"].update(where="path = 'red.png'", values_sql={column.column: "NULL"})
    index.keep_mirror(column)
    assert len(mirror.open_mirror(index.beside).block(column)) == 4
    assert len(indexed.search("date:2000..")) == 5


def test_filters_narrow_what_words_find_and_leave_its_scores(indexed, encoder):
    alone = {match.path.name: match.score for match in indexed.search("red", encoder=encoder)}
    narrowed = indexed.search("red date:2023..", encoder=encoder)
    assert [match.path.name for match in narrowed] == ["red.png", "blue.png"]
    assert [match.score for match in narrowed] == pytest.approx([alone["red.png"], alone["blue.png"]])
    assert names(indexed, encoder, "red AND date:2023..") == ["red.png", "blue.png"]
    assert names(indexed, encoder, "red -camera:canon", top=1) == ["half.png"]
    assert names(indexed, encoder, "red date:1999") == []


def test_and_or_not(indexed, encoder):
    assert set(names(indexed, encoder, "red OR blue", top=3)) == {"red.png", "half.png", "blue.png"}
    assert names(indexed, encoder, "red AND yellow", top=1) == ["orange.png"]
    assert set(names(indexed, encoder, "(red OR blue) NOT blue", top=2)) == {"red.png", "half.png"}
    assert names(indexed, encoder, "NOT red")[-1] in {"red.png", "half.png"}
    assert names(indexed, encoder, "lime OR camera:nikon", top=2) == ["blue.png", "green.jpg"]
    assert set(names(indexed, encoder, "(red date:2023) OR (blue date:2024)")) == {"red.png", "blue.png"}


def test_standard_scores_are_the_naive_ones(indexed, encoder):
    found = {match.id: match.score for match in indexed.search("(red AND blue) OR (yellow NOT lime)", encoder=encoder)}
    index = Index.open(indexed.uri)
    rows = index.tables["photos"].search().select(["id", "colour"]).to_arrow().to_pylist()
    vectors = np.array([row["colour"] for row in rows])
    z = {}
    for word, vector in zip(words := ["red", "blue", "yellow", "lime"], encoder.encode_texts(words), strict=True):
        cosines = vectors @ vector
        z[word] = (cosines - cosines.mean()) / cosines.std()

    def standard(scores):
        return (scores - scores.mean()) / scores.std()

    both, without = np.minimum(z["red"], z["blue"]), z["yellow"] - np.maximum(z["lime"], 0)
    wanted = np.maximum(standard(both), standard(without))
    assert found == pytest.approx({row["id"]: score for row, score in zip(rows, wanted, strict=True)}, abs=1e-4)


def test_an_id_is_an_example_and_similar_leaves_it_out(indexed, encoder):
    red = indexed.search("red", top=1, encoder=encoder)[0]
    assert red.path.name in {"red.png", "half.png"}
    assert set(names(indexed, encoder, f"id:{red.id}", top=2)) == {"red.png", "half.png"}
    assert red.path.name not in names(indexed, encoder, f"similar:{red.id}")
    assert names(indexed, encoder, "similar:./red.png") == [
        match.path.name for match in indexed.similar("red.png", encoder=encoder)
    ]
    assert names(indexed, encoder, "similar:./red.png date:2024") == ["blue.png"]
    with pytest.raises(QueryError, match="no photo with the id"):
        indexed.search("id:ffffffffffffffffffff0", encoder=encoder)


def test_plain_words_are_answered_as_by_brute_force(indexed, encoder):
    index = Index.open(indexed.uri)
    rows = sorted(
        index.tables["photos"].search().select(["path", "colour"]).to_arrow().to_pylist(), key=lambda row: row["path"]
    )
    vectors = np.array([row["colour"] for row in rows], np.float32)
    order, scores = top_k(encoder.encode_texts(["some red"]), vectors, 5)
    matches = indexed.search("some red", encoder=encoder)
    assert [match.path.name for match in matches] == [rows[row]["path"].split("/")[-1] for row in order[0]]
    assert [match.score for match in matches] == pytest.approx(scores[0], abs=1e-6)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("red - red", "cancel"),
        ("2:tag:x red", "cannot weigh 2"),
        ("2:(red OR blue) lime", "cannot weigh 2"),
        ("folder:/no/such/place", "is in the index"),
        ("similar:./nothing.jpg", "no photo"),
        ("./nothing.jpg", "no photo"),
    ],
)
def test_what_makes_no_sense_is_said_so(indexed, encoder, query, says):
    with pytest.raises(QueryError, match=says):
        indexed.search(query, encoder=encoder)


def test_an_empty_index_answers_nothing(library, tmp_path, encoder):
    paint(tmp_path / "empty" / "x.png", "red")
    library.index([tmp_path / "empty"], encoder)
    library.forget([tmp_path / "empty"])
    for query in ("red", "date:2023", "red AND blue", "red date:2023", "NOT (red tag:x)", "red OR tag:x"):
        assert library.search(query, encoder=encoder) == []


def test_missing_photos_are_not_listed(indexed, encoder, photos):
    (photos / "blue.png").unlink()
    indexed.index([photos], encoder)
    assert names(indexed, encoder, "date:2024") == []
    assert "blue.png" not in names(indexed, encoder, "blue rating:3")


def test_dates_are_those_of_the_cameras_clock(indexed, encoder):
    assert names(indexed, encoder, "date:2023-05-01") == ["red.png"]
    assert names(indexed, encoder, "date:2023-05-01..2024-05") == ["blue.png", "red.png"]
    assert names(indexed, encoder, "date:<=2020") == ["half.png"]


PIECES = """red dog + - ( ) AND OR NOT -lime 2:blue ./red.png ./red.png#1,1,9,9 ./no.png similar:./red.png id:0
id:zz tag:x date:2023 date:1.. rating:>=3 camera:' folder:. folder:/ near:1,2,3 size:>1mp is:duplicate album:x saved:y
meta.z:1"""
QUERIES = st.lists(st.sampled_from([*PIECES.split(), '"', "\n"]), max_size=9).map(" ".join)


@given(st.one_of(QUERIES, st.text()))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_is_asked_there_is_an_answer_or_a_clear_line(indexed, query):
    try:
        matches = indexed.search(query, encoder=AnyWords())
    except LensError as error:
        assert str(error).splitlines()[0].endswith((".", "?", '"'))
        return
    assert [match.rank for match in matches] == list(range(1, len(matches) + 1))
    assert all(np.isfinite(match.score) for match in matches)
    assert len({match.id for match in matches}) == len(matches) <= 5


def test_many_photos_are_looked_at_twice(tmp_path, monkeypatch):
    """First along their principal axes, then those that come through in full; filters are met all the same."""
    encoder = AnyWords()
    for number in range(300):
        paint(tmp_path / "photos" / f"{number}.png", f"rgb({number % 256},{number * 7 % 256},{number * 13 % 256})")
    library = Library.open(tmp_path / "index")
    library.index([tmp_path / "photos"], encoder)
    queries = ["red", "green", "blue -red", "red format:png", "blue format:jpeg", "grey -size:>1gb"]
    exact = library.search_many(queries, encoder=encoder, least=Band.REST)
    for name, value in {"EACH": 3, "ONE_IN": 5, "AXES": 6}.items():
        monkeypatch.setattr(shortlist, name, value)
    monkeypatch.setattr(mirror, "WORTH_IT", 300)
    shutil.rmtree(tmp_path / "index" / "mirror")
    looked = []
    whole = shortlist.Shortlist.rows
    monkeypatch.setattr(shortlist.Shortlist, "rows", lambda *args: looked.append(args) or whole(*args))
    found = library.search_many(queries, encoder=encoder, least=Band.REST)
    assert len(looked) == len(queries)
    for one, other in zip(found, exact, strict=True):
        assert [match.score for match in one] == pytest.approx([match.score for match in other], abs=1e-5)
        assert [match.band for match in one] == [match.band for match in other]
        assert len({match.id for match in one} & {match.id for match in other}) >= 0.9 * len(other)

"""What is words and what is a photo."""

from pathlib import Path

import numpy as np
import pytest

from lens.errors import QueryError
from lens.search.query import Query, encode_queries
from tests.fakes import ColourEncoder, paint


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    paint(tmp_path / "a cat.jpg", "red")
    paint(tmp_path / "dog.jpg", "blue")


def test_words_are_text():
    assert Query.parse("a dog on / or near the beach") == Query.parse(["a dog on", "/ or near", "the beach"])


def test_paths_are_examples(tmp_path):
    assert Query.parse("./dog.jpg on grass") == Query("on grass", (tmp_path / "dog.jpg",))
    assert Query.parse("dog.jpg") == Query("", (tmp_path / "dog.jpg",))
    assert Query.parse(["./a cat.jpg"]) == Query.parse("./a cat.jpg") == Query("", (tmp_path / "a cat.jpg",))
    assert Query.parse([str(tmp_path / "dog.jpg"), "swims"]) == Query("swims", (tmp_path / "dog.jpg",))


def test_a_name_of_no_file_is_a_word():
    assert Query.parse("horse.jpg") == Query("horse.jpg", ())


@pytest.mark.parametrize("odd", ["~nobody-at-all runs", "~5 people", "word " * 1000, "a\0b", "/", "and/or"])
def test_odd_words_are_words(odd):
    assert Query.parse(odd).text == " ".join(odd.split())


def test_a_path_that_leads_nowhere_is_said_so():
    with pytest.raises(QueryError, match=r"no photo at \./horse.jpg"):
        Query.parse("./horse.jpg")


@pytest.mark.parametrize("nothing", ["", "   ", [], [""]])
def test_nothing_is_no_query(nothing):
    with pytest.raises(QueryError, match="What should be found"):
        Query.parse(nothing)


def test_the_parts_of_a_query_weigh_the_same():
    encoder = ColourEncoder()
    text, photo, both = encode_queries([Query.parse(q) for q in ("green", "./dog.jpg", "green ./dog.jpg")], encoder)
    np.testing.assert_allclose(both, (text + photo) / np.linalg.norm(text + photo), atol=1e-6)
    assert np.linalg.norm(both) == pytest.approx(1, abs=1e-6)


def test_a_photo_that_cannot_be_read_is_said_so():
    Path("broken.jpg").write_bytes(b"x")
    with pytest.raises(QueryError, match=r"broken.jpg cannot be searched with"):
        encode_queries([Query.parse("./broken.jpg")], ColourEncoder())

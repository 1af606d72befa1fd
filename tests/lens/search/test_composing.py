"""What is words and what is a photo, and how both become one vector."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lens.errors import QueryError
from lens.search.composing import Composer
from lens.search.parsing import parse
from lens.search.syntax import Example, Sum, Words
from lens_indexes import VectorBlock
from tests.fakes import ColourEncoder, paint

EMPTY = VectorBlock(np.empty((0, 49), np.float32), np.empty(0, np.uint8), np.empty(0, np.int64), (), {})


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    paint(tmp_path / "a cat.jpg", "red")
    paint(tmp_path / "dog.jpg", "blue")


def vectors(*queries: str) -> list[np.ndarray]:
    nodes = [parse(query) for query in queries]
    composer = Composer(nodes, ColourEncoder(), EMPTY)
    return [composer.vector(node) for node in nodes]


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def test_words_are_text():
    assert parse("a dog on / or near the beach") == parse(["a dog on", "/ or near", "the beach"])
    assert parse("a dog on / or near the beach") == Words("a dog on / or near the beach")


def test_paths_are_examples(tmp_path):
    assert {term.node for term in parse("./dog.jpg on grass").terms} == {Words("on grass"), Example("./dog.jpg")}
    assert parse("dog.jpg") == Example("./dog.jpg")
    assert parse(["./a cat.jpg"]) == parse("./a cat.jpg") == parse(["a cat.jpg"]) == Example("./a cat.jpg")
    swims = parse([str(tmp_path / "dog.jpg"), "swims"])
    assert {term.node for term in swims.terms} == {Words("swims"), Example(str(tmp_path / "dog.jpg"))}


def test_a_name_of_no_file_is_a_word():
    assert parse("horse.jpg") == Words("horse.jpg")


@pytest.mark.parametrize(
    "odd", ["~nobody-at-all runs", "~5 people", "word " * 1000, "a\0b", "/", "and/or", "16:9", "it's"]
)
def test_odd_words_are_words(odd):
    assert parse(odd) == Words(" ".join(odd.split()))


def test_a_path_that_leads_nowhere_is_said_so():
    with pytest.raises(QueryError, match=r"no photo at \./horse.jpg"):
        vectors("./horse.jpg")


@pytest.mark.parametrize("nothing", ["", "   ", [], [""]])
def test_nothing_is_no_query(nothing):
    with pytest.raises(QueryError, match="What should be found"):
        parse(nothing)


def test_the_parts_of_a_query_weigh_the_same():
    text, photo, both = vectors("green", "./dog.jpg", "green ./dog.jpg")
    np.testing.assert_allclose(both, unit(text + photo), atol=1e-6)


def test_sums_are_of_unit_vectors():
    red, blue, navy = vectors("red", "blue", "navy")
    added, taken, weighed, nested, quoted = vectors(
        "red + blue", "red - blue", "2:red -0.5:blue", "navy + (red + blue)", '"red" "blue"'
    )
    np.testing.assert_allclose(added, unit(red + blue), atol=1e-6)
    np.testing.assert_allclose(quoted, added, atol=1e-6)
    np.testing.assert_allclose(taken, unit(red - blue), atol=1e-6)
    np.testing.assert_allclose(weighed, unit(2 * red - 0.5 * blue), atol=1e-6)
    np.testing.assert_allclose(nested, unit(navy + unit(red + blue)), atol=1e-6)


def test_a_sum_of_nothing_is_said_so():
    with pytest.raises(QueryError, match="cancel each other out"):
        vectors("red - red")


def test_a_part_of_a_photo_is_that_part(tmp_path):
    image = Image.new("RGB", (60, 40), "blue")
    image.paste("red", (0, 0, 20, 40))
    image.save(tmp_path / "flag.png")
    paint(tmp_path / "red.png", "red")
    part, red, whole = vectors("./flag.png#0,0,20,40", "./red.png", "./flag.png")
    np.testing.assert_allclose(part, red, atol=1e-6)
    assert part @ whole < 0.9
    with pytest.raises(QueryError, match="60 × 40 pixels"):
        vectors("./flag.png#50,0,20,40")


def test_a_part_is_measured_in_the_whole_photo_however_large(tmp_path):
    image = Image.new("RGB", (2000, 1500), "blue")
    image.paste("red", (1500, 1000, 2000, 1500))
    image.save(tmp_path / "large.jpg")
    part, red = vectors("./large.jpg#1500,1000,500,500", "red")
    assert part @ red > 0.99


def test_a_photo_that_cannot_be_read_is_said_so():
    Path("broken.jpg").write_bytes(b"x")
    with pytest.raises(QueryError, match=r"broken.jpg cannot be searched with"):
        vectors("./broken.jpg")


def test_bytes_that_are_no_text_are_said_so():
    for query in ("a \udcff b", "red + \udcff"):
        with pytest.raises(QueryError, match="not text"):
            vectors(query)


def test_a_sum_prints_as_it_was_read():
    assert str(parse("navy + red ./dog.jpg -blue at 2:night")) == "navy at +red ./dog.jpg -blue 2:night"
    assert isinstance(parse("a -b"), Sum)

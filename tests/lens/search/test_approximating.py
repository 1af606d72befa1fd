"""What an approximate index names is what comparing with all vectors finds, and no copy of them is written."""

import shutil
from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lens import Library
from lens.errors import EncoderMismatch, LensError, QueryError
from lens.indexing.lane import column_of
from lens.search import Band, approximating
from lens_indexes import Approximate, Index, approximate, open_mirror
from tests.fakes import ColourEncoder, WideEncoder
from tests.rows import row, unit

PHOTOS, RARE, GROUPS = 3_000, 500, 41
QUERIES = [
    "red",
    "navy",
    "red -blue",
    "id:00000000000000000000000000000007",
    "similar:0000000000000000000000000000002a",
]
FILTERED = [
    "red rating:5",
    "olive -rating:5",
    "purple rating:5 folder:odd",
    "id:00000000000000000000000000000007 rating:5",
]


def grouped(dim: int) -> np.ndarray:
    """(n, dim) of unit norm, which lie in groups, as vectors of photos do."""
    near = unit(GROUPS, dim)[np.arange(PHOTOS) % GROUPS] + unit(PHOTOS, dim, seed=1) / 2
    return (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module", params=[ColourEncoder, WideEncoder])
def encoder(request):
    return request.param()


@pytest.fixture(scope="module")
def made(tmp_path_factory, encoder) -> Path:
    """An index of photos that are not there, one in some of them with five stars, the last without a vector."""
    place = tmp_path_factory.mktemp("approximate") / "index"
    index = Index.create(str(place))
    index.roots.add(Path("/photos"))
    column = column_of(encoder.info)
    index.photos.bind(column)
    rows = [
        row(number, path=f"{'odd' if number % 2 else 'even'}/{number}.jpg", rating=5 if number % RARE == 7 else None)
        for number in range(PHOTOS)
    ]
    index.photos.add(rows, {column: grouped(column.dim)})
    index.photos.add([row(PHOTOS)], {})
    index.photos.mark_missing([row(9).id])
    return place


@pytest.fixture
def library(made, tmp_path, monkeypatch):
    """With an approximate index, of whose candidates a tenth is looked at."""
    shutil.copytree(made, tmp_path / "index")
    monkeypatch.setattr(approximate, "WORTH_IT", PHOTOS - 1)
    monkeypatch.setattr(approximating, "FEWEST", PHOTOS // 10)
    monkeypatch.setattr(approximate, "LOOKED_INTO", PHOTOS)  # lists; they begin at random vectors
    library = Library.open(tmp_path / "index")
    library.optimize(approximate=True)
    return library


def answers(library, encoder, queries=(*QUERIES, *FILTERED), top=10):
    found = library.search_many(queries, top=top, encoder=encoder, least=Band.REST)
    return [[(match.id, round(match.score, 4), match.band) for match in each] for each in found]


def test_it_answers_as_a_comparison_with_all_vectors_does(library, encoder, made, monkeypatch):
    looked = []
    near = Approximate.near
    monkeypatch.setattr(Approximate, "near", lambda self, *args: looked.append(args) or near(self, *args))
    found = answers(library, encoder)
    index = Index.open(library.uri)
    assert len(looked) >= len(QUERIES) + len(FILTERED)
    assert open_mirror(index.beside) is None
    exact = answers(Library.open(made), encoder)
    assert len(looked) < 3 * (len(QUERIES) + len(FILTERED)), "all vectors were compared by the approximate index too"
    for one, other in zip(found, exact, strict=True):
        assert len(one) == len(other) >= 6
        assert len({id_ for id_, *_ in one} & {id_ for id_, *_ in other}) >= 0.9 * len(other)
    rare, truly = ({id_: score for id_, score, _ in each[len(QUERIES)]} for each in (found, exact))
    assert rare == truly, "of few photos that meet a filter all are compared"
    assert row(9).id not in {id_ for each in found for id_, *_ in each}


def test_more_than_one_vector_is_compared_with_all(library, encoder, made):
    queries = ["red AND blue", "red OR navy", "NOT red"]
    assert answers(library, encoder, queries) == answers(Library.open(made), encoder, queries)
    assert open_mirror(Index.open(library.uri).beside) is not None


def test_what_is_added_is_found_at_once_and_sorted_in_later(library, encoder):
    index = Index.open(library.uri)
    red = encoder.encode_texts(["red"])
    index.photos.add([row(PHOTOS + 1, path="new.jpg")], {column_of(encoder.info): red})
    assert library.search("red", encoder=encoder, top=1, least=Band.REST)[0].path.name == "new.jpg"
    assert library.status().encoders[0].approximate.since == 1
    library.optimize()
    assert library.status().encoders[0].approximate.since == 0
    assert library.search("red", encoder=encoder, top=1, least=Band.REST)[0].path.name == "new.jpg"


def test_it_can_be_dropped_again(library, encoder, made):
    library.optimize(approximate=False)
    assert library.status().encoders[0].approximate is None
    assert answers(library, encoder) == answers(Library.open(made), encoder)


@pytest.mark.parametrize(
    ("query", "says"), [("id:00", "100 ids"), ("id:ff", "no photo"), ("similar:'; no", "no photo")]
)
def test_what_makes_no_sense_is_said_so(library, encoder, query, says):
    with pytest.raises(QueryError, match=says):
        library.search(query, top=10, encoder=encoder)


def test_another_revision_of_the_encoder_is_refused(library, encoder):
    encoder = copy(encoder)
    encoder.info = replace(encoder.info, revision="2")
    with pytest.raises(EncoderMismatch):
        library.search("red", encoder=encoder)


@pytest.mark.parametrize("photos", [PHOTOS, PHOTOS // 20])
def test_whoever_wants_very_many_photos_has_them_all_compared(library, encoder, made, photos):
    assert len(answers(library, encoder, ["red"], photos)[0]) == min(photos, PHOTOS - 1)
    assert answers(library, encoder, ["red"], photos) == answers(Library.open(made), encoder, ["red"], photos)


def test_few_photos_need_none(library, monkeypatch):
    monkeypatch.setattr(approximate, "WORTH_IT", PHOTOS)
    with pytest.raises(LensError, match="need no approximate index"):
        library.optimize(approximate=True)

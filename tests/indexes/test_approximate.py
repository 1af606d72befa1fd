"""The index of many vectors finds nearly what comparing with all finds, whatever happened to the table since."""

import numpy as np
import pytest

from lens_indexes import EncoderColumn, Index, approximate, top_k
from tests.rows import row, unit

CLIP = EncoderColumn("clip", "CLIP", "r1", 64)

COUNT = 3000


@pytest.fixture
def index(tmp_path, monkeypatch) -> Index:
    monkeypatch.setattr(approximate, "WORTH_IT", COUNT)
    index = Index.create(str(tmp_path / "index"))
    index.photos.bind(CLIP)
    return index


def filled(index: Index, count: int = COUNT) -> np.ndarray:
    vectors = unit(count, CLIP.dim, seed=3)
    index.photos.add([row(number) for number in range(count)], {CLIP: vectors})
    return vectors


def recall(index: Index, vectors: np.ndarray, queries: np.ndarray) -> float:
    rows, scores = top_k(queries, vectors, 10)
    ids = [row(number).id for number in range(len(vectors))]
    shares = []
    for query, expected, best in zip(queries, rows, scores, strict=True):
        found = index.photos.neighbours(CLIP, query, 10)
        assert len(found) == 10
        assert found[0]["score"] == pytest.approx(best[0], abs=1e-5)
        assert [each["score"] for each in found] == sorted((each["score"] for each in found), reverse=True)
        for each in found:
            assert each["score"] == pytest.approx(float(each["vector"] @ query), abs=1e-5)
        shares.append(len({each["id"] for each in found} & {ids[number] for number in expected}) / 10)
    return float(np.mean(shares))


def test_it_finds_what_exact_search_finds(index):
    vectors = filled(index)
    assert not index.photos.has_neighbours(CLIP)
    index.photos.keep_findable(CLIP)
    assert index.photos.has_neighbours(CLIP)
    assert recall(index, vectors, unit(30, CLIP.dim, seed=5)) >= 0.95


def test_vectors_that_the_codes_do_not_take_are_searched_exactly(index):
    odd = EncoderColumn("odd", "Odd", "r1", 12)
    index.photos.bind(odd)
    index.photos.add([row(number) for number in range(COUNT)], {odd: unit(COUNT, odd.dim)})
    index.photos.keep_findable(odd)
    assert not index.photos.has_neighbours(odd)


def test_few_photos_need_none(index):
    filled(index, COUNT - 1)
    index.photos.keep_findable(CLIP)
    assert not index.photos.has_neighbours(CLIP)


def test_what_was_added_changed_or_lost_since_counts(index):
    vectors = filled(index)
    index.photos.keep_findable(CLIP)
    new = unit(1, CLIP.dim, seed=11)
    index.photos.add([row(COUNT)], {CLIP: new})
    assert index.photos.neighbours(CLIP, new[0], 1)[0]["id"] == row(COUNT).id
    changed = unit(1, CLIP.dim, seed=12)
    index.photos.replace([row(7, content_hash="new")], {CLIP: changed})
    assert index.photos.neighbours(CLIP, changed[0], 1)[0]["id"] == row(7).id
    index.photos.mark_missing([row(9).id])
    index.photos.delete([row(11).id])
    for gone in (9, 11):
        assert row(gone).id not in {each["id"] for each in index.photos.neighbours(CLIP, vectors[gone], 10)}
    index.optimize()
    assert index.photos.neighbours(CLIP, new[0], 1)[0]["id"] == row(COUNT).id


def test_many_missing_photos_leave_no_gap(index):
    vectors = filled(index)
    index.photos.keep_findable(CLIP)
    rows, _ = top_k(vectors[:1], vectors, 40)
    index.photos.mark_missing([row(int(number)).id for number in rows[0]])
    assert len(index.photos.neighbours(CLIP, vectors[0], 10)) == 10

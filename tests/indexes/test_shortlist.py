"""The first look lets through nearly all that comparing with all finds, and only what comes into question."""

from pathlib import Path

import numpy as np
import pytest

from lens_indexes import Index, mirror, open_mirror, shortlist, top_k
from lens_indexes.beside import MIRROR_FOLDER
from lens_indexes.shortlist import Shortlist, halved, principal_axes, shortened
from tests.rows import CLIP, row, unit

COUNT, DIM = 20_000, 128


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Vectors in clusters, as photos of the same things have them."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(200, DIM))
    made = centres[random.integers(200, size=COUNT)] + 0.8 * random.normal(size=(COUNT, DIM))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def made(vectors) -> Shortlist:
    axes = principal_axes([vectors], len(vectors))
    coarse, fine = halved(np.concatenate([piece for _, piece in shortened([vectors], axes)]))
    return Shortlist(axes, np.ascontiguousarray(coarse), np.ascontiguousarray(fine))


def test_axes_are_those_that_vary_most(vectors):
    axes = principal_axes([vectors], len(vectors))
    np.testing.assert_allclose(axes.T @ axes, np.eye(shortlist.AXES), atol=1e-4)
    kept = np.square(vectors @ axes).sum()
    largest = np.linalg.svd(vectors, compute_uv=False)[: shortlist.AXES]
    assert kept == pytest.approx(np.square(largest).sum(), rel=0.01)
    spread = np.square(vectors @ axes).sum(axis=0)
    assert (np.diff(spread) < 0.05 * spread[0]).all()  # the first vary most; the axes are those of a sample
    assert spread[0] > 1.5 * spread[-1]


@pytest.mark.parametrize("share", [None, 0.3, 0.03, 0.001])
def test_nearly_all_of_the_nearest_come_through(vectors, made, share):
    random = np.random.default_rng(1)
    among = None if share is None else random.random(COUNT) < share
    allowed = np.arange(COUNT) if among is None else np.flatnonzero(among)
    found = 0
    for query in unit(50, DIM, seed=5) * 0.3 + vectors[random.integers(COUNT, size=50)]:
        rows = made.rows(query / np.linalg.norm(query), 10, among)
        assert (np.diff(rows) > 0).all()
        assert set(rows.tolist()) <= set(allowed.tolist())
        right = allowed[top_k(query[None], vectors[allowed], 10)[0][0]]
        found += len(set(right.tolist()) & set(rows.tolist()))
        assert len(rows) < COUNT / 2
    assert found >= 0.98 * 50 * min(10, len(allowed))


def test_all_come_through_where_most_are_wanted(made):
    assert len(made.rows(unit(1, DIM)[0], COUNT // 2)) == COUNT
    among = np.arange(COUNT) % 2 == 0
    assert made.rows(unit(1, DIM)[0], COUNT // 2, among).tolist() == np.flatnonzero(among).tolist()


@pytest.mark.parametrize("scores", [np.zeros(5000, np.float32), np.full(5000, np.nan, np.float32)])
def test_scores_that_are_all_alike_do_no_harm(scores):
    assert len(shortlist._largest(scores, 100)) == 100


def test_the_mirror_of_many_photos_has_one(tmp_path, monkeypatch):
    monkeypatch.setattr(mirror, "WORTH_IT", 50)
    index = Index.create(str(tmp_path / "index"))
    index.photos.bind(CLIP)
    vectors = unit(50, CLIP.dim)
    index.photos.add([row(number) for number in range(50)], {CLIP: vectors})
    block = index.block(CLIP)
    both = np.hstack([block.shortlist.coarse, block.shortlist.fine])
    assert block.shortlist.coarse.shape == block.shortlist.fine.shape == (50, CLIP.dim // 2)
    np.testing.assert_allclose(both, block.vectors @ block.shortlist.axes, atol=1e-6)
    rows, scores = block.nearest(vectors[7], 3)
    assert (block.id(rows[0]), scores[0]) == (row(7).id, pytest.approx(1))
    (file,) = (Path(index.uri) / MIRROR_FOLDER).glob("*.fine.npy")
    file.write_bytes(file.read_bytes()[:-4])
    assert open_mirror(index.beside).block(CLIP) is None
    assert Index.open(index.uri).block(CLIP).shortlist is not None

"""Maps of two dimensions: against principal components, and by what lies near what."""

import numpy as np
import pytest

from lens.curation import mapping
from lens.curation.mapping import FEWEST, lay_out


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_a_few_photos_lie_along_their_principal_axes():
    from sklearn.decomposition import PCA

    vectors = unit(np.random.default_rng(0).normal(size=(FEWEST - 1, 40)) * np.linspace(3, 0.1, 40))
    points, way = lay_out(vectors)
    assert way == "pca" and points.dtype == np.float32 and points.min() == 0 and points.max() == 1
    known = PCA(2).fit_transform(vectors)
    for axis in range(2):
        assert abs(np.corrcoef(points[:, axis], known[:, axis])[0, 1]) > 0.999
    spread = np.ptp(known, axis=0)
    assert np.ptp(points, axis=0) == pytest.approx(spread / spread.max(), abs=1e-3)  # one measure for both


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_photos_are_laid_out_too(count):
    points, _ = lay_out(unit(np.ones((count, 1)) + np.arange(count)[:, None]))
    assert points.shape == (count, 2) and np.isfinite(points).all()


def test_without_the_extra_it_is_principal_axes(monkeypatch):
    monkeypatch.setattr(mapping, "find_spec", lambda _: None)
    points, way = lay_out(unit(np.random.default_rng(0).normal(size=(2 * FEWEST, 8))))
    assert way == "pca" and points.shape == (2 * FEWEST, 2)


@pytest.mark.slow
def test_with_it_what_is_alike_lies_together():
    pytest.importorskip("umap")
    rng = np.random.default_rng(0)
    kind = np.repeat(np.arange(6), 60)
    vectors = unit(np.eye(64)[kind] + 0.08 * rng.normal(size=(360, 64)))
    points, way = lay_out(vectors)
    assert way == "umap" and points.min() == 0 and points.max() == 1
    apart = np.linalg.norm(points[:, None] - points[None], axis=2) + np.eye(360) * 9
    assert (kind[apart.argmin(axis=1)] == kind).mean() > 0.98
    assert (lay_out(vectors)[0] == points).all()


@pytest.mark.slow
def test_of_many_photos_those_that_were_not_laid_out_lie_among_their_like(monkeypatch):
    pytest.importorskip("umap")
    for name, value in {"LAID_OUT": 200, "AT_ONCE": 50, "FEW": 100}.items():
        monkeypatch.setattr(mapping, name, value)
    rng = np.random.default_rng(0)
    kind = np.repeat(np.arange(6), 60)
    vectors = unit(np.eye(64)[kind] + 0.08 * rng.normal(size=(360, 64)))
    told = []
    points, way = lay_out(vectors, told.append)
    assert way == "umap"
    apart = np.linalg.norm(points[:, None] - points[None], axis=2) + np.eye(360) * 9
    assert (kind[apart.argmin(axis=1)] == kind).mean() > 0.98
    done = [each.done for each in told]
    assert done == sorted(done) and len(set(done)) > 100  # each step of UMAP, then the others in fours
    assert {each.total for each in told} == {200 + 4} and done[-1] == 204

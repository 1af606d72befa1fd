"""Near pairs among many are those that comparing each with each, one by one, would find."""

import numpy as np
import pytest

from lens.curation import candidates
from lens.curation.candidates import pairs_by_hash, pairs_by_vector
from lens.photos.perceptual import BITS, COARSE, laid
from tests.rows import unit


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(candidates, "AT_ONCE", 16)
    monkeypatch.setattr(candidates, "VECTOR_ROWS", 16)


def test_hashes_are_compared_in_all_layings():
    rng = np.random.default_rng(0)
    bits = rng.random((70, BITS)) < 0.5
    for copy, laying in zip(range(50, 58), range(8), strict=True):
        bits[copy] = laid(bits[copy - 50 : copy - 49], laying)[0] ^ (rng.random(BITS) < 0.07)
    found = pairs_by_hash(bits, 10, 60)
    wanted = {}
    for one in range(len(bits)):
        for other in range(one + 1, len(bits)):
            apart = [laid(bits[one : one + 1], laying)[0] ^ bits[other] for laying in range(8)]
            near = [each.sum() for each in apart if each[:COARSE].sum() <= 10 and each.sum() <= 60]
            if near:
                wanted[one, other] = min(near)
    assert len(wanted) >= 8
    assert {(int(a), int(b)): d for a, b, d in zip(found.first, found.second, found.distance, strict=True)} == wanted
    layings = {(int(a), int(b)): int(how) for a, b, how in zip(found.first, found.second, found.laying, strict=True)}
    assert [layings[number, number + 50] for number in range(8)] == list(range(8))


@pytest.mark.parametrize("coarse", [2, 3, 10, 11])
def test_near_hashes_are_found_wherever_they_differ(coarse):
    """Also where many are alike in a part, and where all bits that differ lie in one part."""
    rng = np.random.default_rng(coarse)
    bits = np.repeat(rng.random((5, BITS)) < 0.5, 40, axis=0)
    for number in range(len(bits)):
        part = number % 5
        places = rng.permutation(COARSE if part == 4 else 16)[: number % 8] + (0 if part == 4 else 16 * part)
        bits[number, places] ^= True
    found = pairs_by_hash(bits, coarse, BITS)
    wanted = {}
    for laying in range(8):
        apart = laid(bits, laying)[:, None, :COARSE] ^ bits[None, :, :COARSE]
        for one, other in np.argwhere(np.triu(apart.sum(axis=2) <= coarse, 1)).tolist():
            whole = (laid(bits[one : one + 1], laying)[0] ^ bits[other]).sum()
            wanted[one, other] = min(whole, wanted.get((one, other), BITS))
    assert len(wanted) > 200
    assert {(int(a), int(b)): d for a, b, d in zip(found.first, found.second, found.distance, strict=True)} == wanted


@pytest.mark.parametrize("dim", [8, 100])
def test_vectors_are_compared_in_full(dim):
    vectors = unit(90, dim)
    vectors[60:75] = vectors[:15] + 0.2 * unit(15, dim, seed=1)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = np.triu(vectors @ vectors.T, 1)
    wanted = {tuple(pair) for pair in np.argwhere(cosines >= 0.9).tolist()}
    assert len(wanted) >= 15
    assert {tuple(pair) for pair in pairs_by_vector(vectors, 0.9, 90).T.tolist()} == wanted


def test_each_photo_has_so_many_candidates_and_the_nearest(monkeypatch):
    monkeypatch.setattr(candidates, "TOO_MANY", 4)
    vectors = unit(1, 12) + 0.1 * unit(60, 12, seed=2)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    pairs = pairs_by_vector(vectors, 0.8, 2)
    first, counts = np.unique(pairs[0], return_counts=True)
    assert counts.max() == 2
    assert len(first) > 50
    later = vectors[1:] @ vectors[0]
    assert set(pairs[1][pairs[0] == 0].tolist()) == set((np.argsort(-later)[:2] + 1).tolist())


def test_known_pairs_do_not_count():
    vectors = unit(1, 12) + 0.1 * unit(30, 12, seed=2)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    known = pairs_by_vector(vectors, 0.8, 3)
    more = pairs_by_vector(vectors, 0.8, 3, known)
    both = np.concatenate([known, more], axis=1)
    assert {tuple(pair) for pair in both.T.tolist()} == {
        tuple(pair) for pair in pairs_by_vector(vectors, 0.8, 6).T.tolist()
    }


def test_hardly_any_photo_needs_no_search():
    assert pairs_by_vector(unit(1, 12), 0.9, 5).shape == (2, 0)
    assert len(pairs_by_hash(np.zeros((1, BITS), bool), 10, 60).first) == 0

"""Zero-shot scores, held against a naive judgement of every photo and category."""

from dataclasses import replace

import numpy as np
import pytest

from lens.search.bands import Judge, calibration
from lens.search.evidence import Reference
from lens.tagging.scoring import FIRST, FITS, LOGIT_SCALE, entry_vectors, zero_shot
from lens.tagging.vocabulary import parse_vocabulary
from tests.fakes import ColourEncoder

DIM, PHOTOS = 24, 400


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def scene():
    """Four categories; a third of the photos show the first, a few the second, one the third, none the fourth."""
    rng = np.random.default_rng(0)
    texts = unit(rng.normal(size=(4, DIM)))
    photos = rng.normal(size=(PHOTOS, DIM)) / 4
    photos[:130] += 1.2 * texts[0]
    photos[130:140] += 1.2 * texts[1]
    photos[7] += 1.5 * texts[2]
    background = unit(rng.normal(size=(64, DIM)))
    return texts, unit(photos), Reference.of(unit(photos), background, texts)


def judged_naively(texts, photos, reference):
    """By category, the photos that reach the band, each judged with all photos at once."""
    judge = Judge(reference, calibration("words"), 1)
    found = []
    for text in texts:
        order = np.argsort(-(photos @ text), kind="stable")
        judged = dict(zip(order.tolist(), judge(text, photos[order]), strict=True))
        found.append({row: chance for row, (_, chance) in judged.items() if chance >= FITS})
    return found


def scored(vocabulary, scene, info, **more):
    texts, photos, reference = scene
    found = zero_shot(vocabulary, texts, photos, info, lambda _: Judge(reference, calibration("words"), 1), **more)
    return [dict(zip(each.rows.tolist(), each.scores.tolist(), strict=True)) for each in found]


def test_the_bands_decide_as_they_would_if_every_photo_were_judged(scene):
    naive = judged_naively(*scene)
    found = scored(parse_vocabulary("a\nb\nc\nd", "x"), scene, ColourEncoder().info)
    assert len(naive[0]) > FIRST, "several parts are judged"
    for some, all_ in zip(found, naive, strict=True):
        assert some.keys() == all_.keys()
        assert list(some.values()) == pytest.approx([all_[row] for row in some], abs=1e-5)
    assert set(found[1]) >= set(range(130, 140))


def test_a_smallest_score_takes_the_place_of_the_bands(scene):
    texts, photos, reference = scene
    found = scored(parse_vocabulary("a\nb\nc\nd", "x"), scene, ColourEncoder().info, least=0.7)
    judge = Judge(reference, calibration("words"), 1)
    for text, some in zip(texts, found, strict=True):
        order = np.argsort(-(photos @ text), kind="stable")
        sure = {
            row for row, (_, chance) in zip(order.tolist(), judge(text, photos[order]), strict=True) if chance >= 0.7
        }
        assert set(some) == sure


def test_the_sigmoid_of_an_encoder_is_its_own(scene):
    texts, photos, _ = scene
    info = replace(ColourEncoder().info, logit_scale=12.0, logit_bias=-5.0)
    naive = 1 / (1 + np.exp(-(12 * (photos @ texts.T) - 5)))
    banded = scored(parse_vocabulary("a\nb\nc\nd", "x"), scene, info)
    for number, (some, bands) in enumerate(zip(banded, judged_naively(*scene), strict=True)):
        assert some.keys() == bands.keys(), "the bands still decide which"
        assert list(some.values()) == pytest.approx(naive[list(some), number], abs=1e-5)
    for number, some in enumerate(scored(parse_vocabulary("a\nb\nc\nd", "x"), scene, info, least=0.6)):
        assert set(some) == set(np.flatnonzero(naive[:, number] >= 0.6).tolist())


def test_exclusive_categories_share_each_photo(scene):
    texts, photos, _ = scene
    powers = np.exp(LOGIT_SCALE * (photos @ texts[[0, 1, 3]].T).astype(np.float64))
    shares = powers / powers.sum(axis=1, keepdims=True)
    vocabulary = parse_vocabulary("exclusive: yes\na < c\nb < c\nc\nd", "x")
    found = scored(vocabulary, scene, ColourEncoder().info)
    naive = judged_naively(*scene)
    assert found[2] == {}, "a parent does not compete with its children"
    for number, share in ((0, 0), (1, 1), (3, 2)):
        wanted = {row for row in naive[number] if shares[row].argmax() == share}
        assert set(found[number]) == wanted
        assert list(found[number].values()) == pytest.approx(shares[list(found[number]), share], abs=1e-4)
    every = scored(vocabulary, scene, ColourEncoder().info, least=0.0)
    assert sum(map(len, every)) == PHOTOS
    info = replace(ColourEncoder().info, logit_scale=100.0)
    assert min(scored(vocabulary, scene, info, least=0.0)[1].values()) > min(every[1].values())


def test_an_entry_is_the_mean_of_its_texts():
    vocabulary = parse_vocabulary('prompts: {} | {} again\nred = orange\nblue = "navy"', "x")
    encoder = ColourEncoder()
    red = encoder.encode_texts(["red", "red again", "orange", "orange again"]).mean(axis=0)
    found = entry_vectors(vocabulary, encoder)
    np.testing.assert_allclose(found[0], red / np.linalg.norm(red), atol=1e-6)
    np.testing.assert_allclose(found[1], encoder.encode_texts(["navy"])[0], atol=1e-6)

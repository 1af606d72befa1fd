"""Zero-shot scores, held against a naive judgement of every photo and category."""

from dataclasses import replace

import numpy as np
import pytest

from lens.search.bands import Judge, calibration
from lens.search.evidence import Reference, evidence, presence
from lens.search.wording import Wording
from lens.tagging.likelihood import HIT, Likelihood, TagModel, shares_of, tag_model
from lens.tagging.scoring import FIRST, LOGIT_SCALE, entry_vectors, zero_shot
from lens.tagging.vocabulary import parse_vocabulary
from tests.fakes import ColourEncoder

DIM, PHOTOS = 24, 1200


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def scene():
    """Four categories; an eighth of the photos show the first, a few the second, one the third, none the fourth."""
    rng = np.random.default_rng(0)
    texts = unit(rng.normal(size=(4, DIM)))
    photos = rng.normal(size=(PHOTOS, DIM)) / 4
    photos[:150] += 1.2 * texts[0]
    photos[150:160] += 1.2 * texts[1]
    photos[7] += 1.5 * texts[2]
    background = unit(rng.normal(size=(64, DIM)))
    return texts, unit(photos), Reference.of(unit(photos), Wording(background, texts))


def judged_naively(texts, photos, reference, least=None):
    """By category, the photos that get the tag, with how likely it is, each judged with all photos at once."""
    bands, model, found = calibration("words"), tag_model(), []
    for text in texts:
        order = np.argsort(-(photos @ text), kind="stable")
        seen = evidence(reference, text, photos[order], 1)
        chances = model.probabilities(seen, 0.05)
        hits = bands.judge(seen, presence(reference, text, seen)).chances
        fits = hits >= HIT if least is None else chances >= least
        found.append(dict(zip(order[fits].tolist(), chances[fits].tolist(), strict=True)))
    return found


def scored(vocabulary, scene, info, **more):
    texts, photos, reference = scene
    likelihood = Likelihood(Judge(reference, calibration("words"), 1), 0.05, tag_model())
    found = zero_shot(vocabulary, texts, photos, info, lambda _: likelihood, **more)
    return [dict(zip(each.rows.tolist(), each.scores.tolist(), strict=True)) for each in found]


@pytest.mark.parametrize("least", [None, 0.02])
def test_most_photos_need_not_be_judged(scene, least):
    naive = judged_naively(*scene, least)
    found = scored(parse_vocabulary("a\nb\nc\nd", "x"), scene, ColourEncoder().info, least=least)
    assert len(naive[0]) > FIRST, "several parts are judged"
    for some, all_ in zip(found, naive, strict=True):
        assert some.keys() == all_.keys()
        assert list(some.values()) == pytest.approx([all_[row] for row in some], abs=1e-5)
    assert set(found[1]) >= set(range(150, 160))


def test_how_often_a_thing_is_said_makes_it_likelier():
    photos, texts = (unit(np.random.default_rng(seed).normal(size=(50, DIM))) for seed in (1, 2))
    reference = Reference.of(photos, Wording(texts, texts))
    model = tag_model()
    assert model.said > 0
    photos = reference.sample[:5]
    judge = Judge(reference, calibration("words"), 1)
    often, seldom = (Likelihood(judge, share, model)(photos[0], photos)[0] for share in (0.3, 0.003))
    assert (often > seldom).all()


def test_a_parent_is_said_as_often_as_its_children_together():
    model = TagModel(0, np.zeros(9), 1, {"dog": 0.5, "puppy": 0.2, "cat": 0.1, "pet": 0.25}, unheard=0.01)
    shares = shares_of(parse_vocabulary("pet\nDog = puppy < pet\ncat < pet\nquokka", "x"), model)
    assert shares["Dog"] == pytest.approx(0.6)
    assert shares["pet"] == pytest.approx(1 - 0.75 * 0.5 * 0.8 * 0.9)
    assert shares["quokka"] == 0.01


def test_the_model_that_ships_knows_what_people_photograph():
    shares = tag_model().shares
    assert shares["dog"] > shares["train"] > shares.get("submarine", 0)


def test_the_sigmoid_of_an_encoder_is_its_own(scene):
    texts, photos, _ = scene
    info = replace(ColourEncoder().info, logit_scale=12.0, logit_bias=-5.0)
    naive = 1 / (1 + np.exp(-(12 * (photos @ texts.T) - 5)))
    banded = scored(parse_vocabulary("a\nb\nc\nd", "x"), scene, info)
    for number, (some, likely) in enumerate(zip(banded, judged_naively(*scene), strict=True)):
        assert some.keys() == likely.keys(), "what is likely still decides which"
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

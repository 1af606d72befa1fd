"""Where the real hits end: the evidence is what it says, and the bands follow it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lens import Library
from lens.models import load
from lens.search import Band, Match
from lens.search.background import EVERYDAY_FILE, TEXTS_FILE, wording
from lens.search.bands import FEWEST, Calibration, Judge, Judged, Logistic, calibration
from lens.search.evidence import FEATURES, FIRST, PRESENCE, PSEUDO, RIVALS, Reference, evidence, presence
from lens.search.match import reaching
from lens.search.wording import EXPLAINING, FAMILIAR, NEAREST, RIDGE, SAID, Wording
from tests.fakes import ColourEncoder, paint
from tests.rows import unit


def test_evidence_agrees_with_a_naive_loop():
    photos, texts, query = unit(40, 16, 1), unit(30, 16, 2), unit(1, 16, 3)[0]
    hits = photos[np.argsort(-(photos @ query))[:5]]
    found = dict(
        zip(FEATURES, evidence(Reference.of(photos, Wording(texts, texts)), query, hits, words=3).T, strict=True)
    )
    table = np.array([[float(photo @ text) for text in texts] for photo in photos])
    own = np.array([float(photo @ query) for photo in photos])
    mean = (own.sum() + PSEUDO * table.mean()) / (len(own) + PSEUDO)
    variance = (((own - mean) ** 2).sum() + PSEUDO * table.std() ** 2) / (len(own) + PSEUDO)
    for place, hit in enumerate(hits):
        score, beside = float(hit @ query), np.array([float(hit @ text) for text in texts])
        assert found["of photo"][place] == pytest.approx((score - beside.mean()) / beside.std(), rel=1e-4)
        assert found["of query"][place] == pytest.approx((score - mean) / variance**0.5, rel=1e-4)
        rivals = np.mean(sorted(beside)[-RIVALS:])
        assert found["rivals"][place] == pytest.approx((score - rivals) / beside.std(), abs=1e-4)
        assert found["gap"][place] == pytest.approx((own.max() - score) / variance**0.5, abs=1e-4)
    generic = (mean - table.mean()) / table.mean(axis=0).std()
    assert found["generic"] == pytest.approx(np.full(5, generic), abs=1e-3)
    assert found["words"] == pytest.approx(np.full(5, np.log(3)))


def test_evidence_that_it_is_there_agrees_with_a_naive_loop():
    photos, texts, spoken, query = unit(40, 16, 1), unit(30, 16, 2), unit(50, 16, 4), unit(1, 16, 3)[0]
    reference = Reference.of(photos, Wording(texts, spoken))
    hits = photos[np.argsort(-(photos @ query))[:8]]
    seen = evidence(reference, query, hits, words=3)
    found = dict(zip(PRESENCE, presence(reference, query, seen), strict=True))
    for name in FEATURES:
        assert found[name] == pytest.approx(seen[0][FEATURES.index(name)])
        if f"{name}, first five" in found:
            assert found[f"{name}, first five"] == pytest.approx(seen[:FIRST, FEATURES.index(name)].mean())

    def near(text: np.ndarray) -> float:
        return float(np.mean(sorted(float(text @ other) for other in spoken)[-NEAREST:]))

    def compared(name: str, measure: Callable[[np.ndarray], float]) -> None:
        some = [measure(text) for text in texts[::FAMILIAR]]
        assert found[name] == pytest.approx((measure(query) - np.mean(some)) / np.std(some), rel=1e-3), name

    compared("everyday", near)

    def scaled(vector: np.ndarray) -> np.ndarray:
        centred = vector - texts.mean(axis=0)
        return centred / np.linalg.norm(centred)

    def left(text: np.ndarray, others: list[np.ndarray]) -> np.ndarray:
        """As augmented least squares have it, which is another way to ridge regression."""
        around = sorted((scaled(each) for each in others), key=lambda other: -float(other @ scaled(text)))[:EXPLAINING]
        system = np.vstack([np.array(around).T, RIDGE**0.5 * np.eye(len(around))])
        target = np.concatenate([scaled(text), np.zeros(len(around))])
        return scaled(text) - np.linalg.lstsq(system, target, rcond=None)[0] @ np.array(around)

    every = [*texts, *spoken]
    compared("unsaid", lambda text: float(np.linalg.norm(left(text, list(spoken)))))
    compared(
        "unlike", lambda text: float(np.linalg.norm(left(text, [it for it in every if not np.array_equal(it, text)])))
    )
    each = np.mean([(photos @ text).std() for text in texts])
    assert found["scatter"] == pytest.approx(np.log((photos @ query).std() / each), abs=1e-4)


def test_what_everyday_texts_say_is_explained_by_them():
    texts, spoken = unit(64, 64, 2), unit(50, 64, 4)
    wording = Wording(texts, spoken)

    def unsaid(query: np.ndarray) -> float:
        return wording.said(query)[SAID.index("unsaid")]

    assert unsaid(spoken[3]) < -3 < unsaid(unit(1, 64, 5)[0])


def test_evidence_does_not_depend_on_the_scale_of_cosines():
    """A common component squeezes all cosines towards one, as CLIP's cone does."""

    def squeezed(vectors: np.ndarray) -> np.ndarray:
        wider = np.hstack([vectors, np.full((len(vectors), 1), 2, np.float32)])
        return wider / np.linalg.norm(wider, axis=1, keepdims=True)

    photos, query = unit(300, 16, 1), unit(1, 16, 3)
    texts = [unit(64, 16, 2), unit(90, 16, 4)]
    hits = photos[np.argsort(-(photos @ query[0]))[:10]]
    flat = Reference.of(photos, Wording(*texts))
    cone = Reference.of(squeezed(photos), Wording(*map(squeezed, texts)))
    plain = evidence(flat, query[0], hits, words=2)
    tight = evidence(cone, squeezed(query)[0], squeezed(hits), words=2)
    assert np.ptp(photos @ query[0]) > 4 * np.ptp(squeezed(photos) @ squeezed(query)[0])
    np.testing.assert_allclose(tight, plain, atol=2e-2)
    np.testing.assert_allclose(presence(cone, squeezed(query)[0], tight), presence(flat, query[0], plain), atol=2e-2)


def test_a_photo_is_no_evidence_for_itself():
    photos = unit(50, 16, 1)
    alone = Reference.of(photos, None)
    assert np.isnan(np.diag(alone.scores(photos))).all()
    hits = photos[np.argsort(-(photos @ photos[0]))[:5]]
    seen = evidence(alone, photos[0], hits, words=0)
    without = evidence(Reference.of(photos[1:], None), photos[0], hits[1:], words=0)
    gap = FEATURES.index("gap")
    assert np.isfinite(seen).all()
    np.testing.assert_allclose(seen[1:, gap], without[:, gap], rtol=1e-4)


def test_the_shipped_calibration_is_whole():
    for kind in ("words", "examples"):
        held = calibration(kind)
        assert held.presence.weights.shape == (len(PRESENCE),)
        assert held.hit.weights.shape == (len(FEATURES) + 1,)
        assert 0 < held.likely < held.confident < 1
        judged = Judged(0.99, np.array([0.99, held.confident, held.likely, 0.0]))
        assert held.bands(judged) == [Band.CONFIDENT, Band.CONFIDENT, Band.LIKELY, Band.REST]


def test_what_is_hardly_there_has_no_hit_above_rest():
    """The odds that it is there are 3 to 1 or 1 to 3, by the last evidence; hits are as probable."""
    last = np.eye(len(PRESENCE))[-1]
    made = Calibration(Logistic(0.0, np.log(3) * last), Logistic(0.0, np.eye(len(FEATURES) + 1)[-1]), 0.5, 0.9, 0.1)
    hits = np.zeros((2, len(FEATURES)))
    there, absent = made.judge(hits, last), made.judge(hits, -last)
    assert (there.there, absent.there) == (pytest.approx(0.75), pytest.approx(0.25))
    np.testing.assert_allclose([there.chances, absent.chances], [[0.75] * 2, [0.25] * 2])
    assert (made.bands(there), made.bands(absent)) == ([Band.LIKELY] * 2, [Band.REST] * 2)


def test_no_hits_are_no_judgements():
    photos = unit(20, 16, 1)
    assert Judge(Reference.of(photos, None), calibration("examples"))(photos[0], photos[:0]) == []


def test_a_band_does_not_hang_on_how_many_are_asked_for(library, photos, encoder):
    for number in range(FEWEST):
        paint(photos / f"{number}.png", f"rgb({20 * number},90,{200 - 20 * number})")
    library.index([photos], encoder)
    many = library.search("red", encoder=encoder, least=Band.REST)
    for top in range(1, len(many)):
        few = library.search("red", top=top, encoder=encoder, least=Band.REST)
        assert [(each.path, each.band) for each in few] == [(each.path, each.band) for each in many[:top]]
        assert [each.probability for each in few] == pytest.approx([each.probability for each in many[:top]], abs=1e-4)


@pytest.mark.parametrize("query", ["blue - red", "blue + 2:(green - red)"])
def test_what_is_left_when_something_is_taken_away_is_not_judged(library, photos, encoder, query):
    for number in range(FEWEST):
        paint(photos / f"{number}.png", f"rgb({20 * number},90,{200 - 20 * number})")
    library.index([photos], encoder)
    assert {each.probability is None for each in library.search("blue + green", encoder=encoder, least=Band.REST)} == {
        False
    }
    found = library.search(query, encoder=encoder)
    assert len(found) > FEWEST
    assert {(each.band, each.probability) for each in found} == {(Band.LIKELY, None)}


def test_matches_are_cut_and_ordered_by_band():
    bands = [Band.LIKELY, Band.REST, Band.CONFIDENT, Band.LIKELY]
    matches = [Match(rank, Path(f"{rank}"), 0.5, "", "", band, 0.5) for rank, band in enumerate(bands, start=1)]
    assert [match.path.name for match in reaching(Band.CONFIDENT, matches)] == ["3"]
    assert [(match.rank, match.path.name) for match in reaching(Band.LIKELY, matches)] == [(1, "3"), (2, "1"), (3, "4")]
    assert [match.path.name for match in reaching(Band.REST, matches)] == ["3", "1", "4", "2"]


def test_texts_are_encoded_once_and_again_for_another_revision(monkeypatch, tmp_path):
    monkeypatch.setenv("LENS_CACHE", str(tmp_path / "cache"))
    encoder, asked = ColourEncoder(), []

    class Counting(ColourEncoder):
        def encode_texts(self, texts):
            asked.append(len(texts))
            return encoder.encode_texts(texts)

    lines = [len(file.read_text().splitlines()) for file in (TEXTS_FILE, EVERYDAY_FILE)]
    first = wording(Counting())
    assert first is not None
    sets = first.background, first.everyday
    assert [each.shape for each in sets] == [(count, encoder.info.dim) for count in lines]
    assert_same(wording(Counting()), first)
    assert asked == lines
    wording(Counting(revision="2"))
    assert asked == lines * 2
    for file in (tmp_path / "cache" / "background").iterdir():
        file.write_bytes(file.read_bytes()[:100])
    assert_same(wording(Counting()), first)


def assert_same(one: Wording, other: Wording) -> None:
    for name in ("background", "everyday"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_an_encoder_without_words_has_no_background():
    class Wordless:
        info = ColourEncoder().info

    assert wording(Wordless()) is None


def test_a_few_photos_are_all_shown(library, photos, encoder):
    library.index([photos], encoder)
    assert {(match.band, match.probability) for match in library.search("red", encoder=encoder)} == {
        (Band.LIKELY, None)
    }
    for number in range(FEWEST):
        paint(photos / f"{number}.png", f"rgb({20 * number},90,{200 - 20 * number})")
    library.index([photos], encoder)
    for match in library.search("red", encoder=encoder, least=Band.REST):
        assert match.probability is not None
        assert 0 <= match.probability <= 1


def test_words_for_what_is_there_and_for_what_is_not(samples, tmp_path):
    library = Library.open(tmp_path / "index")
    encoder = load("builtin")
    library.index([samples], encoder)
    pizza, *_ = library.search("a pizza", encoder=encoder)
    assert pizza.path.name == "pizza.jpg"
    assert pizza.band is Band.CONFIDENT
    everything = library.search("a pizza", top=100, encoder=encoder, least=Band.REST)
    assert len(everything) == library.status().photos > len(library.search("a pizza", top=100, encoder=encoder))
    assert [match.band for match in everything] == sorted((match.band for match in everything), key=list(Band).index)
    assert library.search("a microscope", encoder=encoder) == []
    horses = next(samples.rglob("horses*"))
    assert all(match.path != horses for match in library.similar(horses, encoder=encoder, least=Band.REST))

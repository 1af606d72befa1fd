"""Where the real hits end: the evidence is what it says, and the bands follow it."""

from pathlib import Path

import numpy as np
import pytest

from lens import Library
from lens.models import load
from lens.search import Band, Match
from lens.search.background import TEXTS_FILE, background
from lens.search.bands import FEWEST, calibration
from lens.search.evidence import FEATURES, PSEUDO, RIVALS, Reference, evidence
from lens.search.match import reaching
from tests.fakes import ColourEncoder, paint
from tests.rows import unit


def test_evidence_agrees_with_a_naive_loop():
    photos, texts, query = unit(40, 16, 1), unit(30, 16, 2), unit(1, 16, 3)[0]
    hits = photos[np.argsort(-(photos @ query))[:5]]
    found = dict(zip(FEATURES, evidence(Reference.of(photos, texts), query, hits, words=3).T, strict=True))
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


def test_evidence_does_not_depend_on_the_scale_of_cosines():
    """A common component squeezes all cosines towards one, as CLIP's cone does."""

    def squeezed(vectors: np.ndarray) -> np.ndarray:
        wider = np.hstack([vectors, np.full((len(vectors), 1), 2, np.float32)])
        return wider / np.linalg.norm(wider, axis=1, keepdims=True)

    photos, texts, query = unit(300, 16, 1), unit(64, 16, 2), unit(1, 16, 3)
    hits = photos[np.argsort(-(photos @ query[0]))[:10]]
    plain = evidence(Reference.of(photos, texts), query[0], hits, words=2)
    cone = evidence(Reference.of(squeezed(photos), squeezed(texts)), squeezed(query)[0], squeezed(hits), words=2)
    assert np.ptp(photos @ query[0]) > 4 * np.ptp(squeezed(photos) @ squeezed(query)[0])
    np.testing.assert_allclose(cone, plain, atol=2e-2)


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
        assert held.weights.shape == (len(FEATURES),)
        assert 0 < held.likely < held.confident < 1
        assert [held.band(chance) for chance in (0.99, held.confident, held.likely, 0.0)] == [
            Band.CONFIDENT,
            Band.CONFIDENT,
            Band.LIKELY,
            Band.REST,
        ]


def test_matches_are_cut_and_ordered_by_band():
    bands = [Band.LIKELY, Band.REST, Band.CONFIDENT, Band.LIKELY]
    matches = [Match(rank, Path(f"{rank}"), 0.5, "", "", band, 0.5) for rank, band in enumerate(bands, start=1)]
    assert [match.path.name for match in reaching(Band.CONFIDENT, matches)] == ["3"]
    assert [(match.rank, match.path.name) for match in reaching(Band.LIKELY, matches)] == [(1, "3"), (2, "1"), (3, "4")]
    assert [match.path.name for match in reaching(Band.REST, matches)] == ["3", "1", "4", "2"]


def test_background_is_encoded_once_and_again_for_another_revision(monkeypatch, tmp_path):
    monkeypatch.setenv("LENS_CACHE", str(tmp_path / "cache"))
    encoder, asked = ColourEncoder(), []

    class Counting(ColourEncoder):
        def encode_texts(self, texts):
            asked.append(len(texts))
            return encoder.encode_texts(texts)

    lines = len(TEXTS_FILE.read_text().splitlines())
    first = background(Counting())
    np.testing.assert_array_equal(background(Counting()), first)
    assert (first.shape, asked) == ((lines, encoder.info.dim), [lines])
    background(Counting(revision="2"))
    assert asked == [lines, lines]
    for file in (tmp_path / "cache" / "background").iterdir():
        file.write_bytes(file.read_bytes()[:100])
    np.testing.assert_array_equal(background(Counting()), first)


def test_an_encoder_without_words_has_no_background():
    class Wordless:
        info = ColourEncoder().info

    assert background(Wordless()) is None


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

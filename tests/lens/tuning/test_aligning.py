"""New heads beside the built-in encoder's, from captions."""

from dataclasses import replace

import numpy as np
import pytest

from lens import Library
from lens.align import regression
from lens.align.heads import Standardiser
from lens.errors import TuneError
from lens.indexing.report import nothing_to_tell
from lens.models.encoders.builtin import load_builtin
from lens.models.encoders.heads import HEADS_FILE, Heads
from lens.models.encoders.image_tower import ImageFeatures
from lens.models.files import find
from lens.models.formats import HEADS
from lens.models.loading import load
from lens.models.manifest import models_folder
from lens.search.match import Band
from lens.tuning import aligning
from lens.tuning.captions import NAMES
from lens.tuning.page import save_page

pytest.importorskip("lightly")

from lens.selfsup.training import Recipe

SMALL = {"sources": [NAMES], "batch": 4, "side": 64, "epochs": 2}


@pytest.fixture(scope="module")
def place(tmp_path_factory, samples):
    """An index of the sample photos, all in one folder, so that each has a name of its own for a caption."""
    folder = tmp_path_factory.mktemp("aligning")
    photos = folder / "2019"
    photos.mkdir()
    for file in sorted(samples.rglob("*.jpg")):
        (photos / file.name).write_bytes(file.read_bytes())
    Library.open(folder / "index").index([photos])
    return folder


@pytest.fixture
def library(place):
    return Library.open(place / "index", device="cpu")


def test_what_the_old_heads_know_counts_as_much_as_what_the_new_ones_do(monkeypatch):
    old = Heads.load(HEADS_FILE)
    turned = [replace(each, text_weight=each.text_weight[:, ::-1].copy()) for each in old.projections]
    new = replace(old, projections=turned)
    monkeypatch.setattr(aligning, "fit_heads", lambda *_, **__: new)
    both = aligning.heads_beside(old, [], [], Recipe(), lambda *_: None)
    rng = np.random.default_rng(0)
    features = ImageFeatures(*(rng.random((5, size), np.float32) for size in (1280, 1000, 1632)))
    said = rng.standard_normal((3, 384), np.float32)

    def pairs(heads: Heads) -> np.ndarray:
        alone = heads.alone()["alignment"]
        return alone.encode_photos(features) @ alone.encode_texts(said).T

    assert np.allclose(pairs(both), (pairs(old) + pairs(new)) / 2, atol=1e-5)
    assert both.dim == old.dim + sum(len(each.image_bias) for each in turned)


def test_the_regression_is_the_same_however_it_is_solved(monkeypatch):
    rng = np.random.default_rng(0)
    seen = rng.standard_normal((2, 40, 12)).astype(np.float32)
    captions = [rng.standard_normal((2, 6)).astype(np.float32) for _ in range(40)]

    def fitted() -> np.ndarray:
        standard = Standardiser(seen[0])
        return regression.fit_regression(seen, captions, np.ones(40, np.float32), standard, 1e-3).weight

    by_kernel = fitted()
    monkeypatch.setattr(regression, "MOST_ROWS", 0)
    assert np.abs(by_kernel).max() > 0.01
    assert np.allclose(fitted(), by_kernel, atol=1e-4)


def test_what_was_seen_of_other_photos_or_is_damaged_is_looked_at_again(tmp_path, monkeypatch):
    pixels, asked = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8), []
    real = aligning.features_of
    monkeypatch.setattr(aligning, "features_of", lambda *rest: asked.append(rest[2]) or real(*rest))
    files = [tmp_path / f"{number}.npy" for number in range(4)]
    seen = aligning._seen(files, pixels, 0, nothing_to_tell)
    assert [each.shape for each in seen] == [(3, 3912)] * 4
    asked.clear()
    files[1].write_bytes(files[1].read_bytes()[:1000])
    np.save(files[2], seen[2][:2])
    again = aligning._seen(files, pixels, 0, nothing_to_tell)
    assert asked == ["mirrored", "crop 1"]
    assert all(np.array_equal(*each) for each in zip(seen, again, strict=True))


def test_it_is_for_the_built_in_encoder_and_its_own_settings(library):
    for wrong in ({"backbone": "timm:resnet18"}, {"lock": "image"}, {"anchor": 1.0}):
        with pytest.raises(TuneError, match="align is for builtin"):
            library.tuning.plan("align", **SMALL, **wrong)
    with pytest.raises(TuneError, match="at least 64 are needed"):
        library.tuning.plan("align", sources=[NAMES])


@pytest.mark.slow
def test_it_goes_on_where_it_was_stopped_is_judged_adopted_and_taken_back(library, monkeypatch):
    def answers() -> list[tuple[str, float]]:
        return [(match.path.name, match.score) for match in library.search("a dog", top=28, least=Band.REST)]

    before = answers()
    library.tuning.train(library.tuning.plan("align", name="at-once", **SMALL))
    plan, looked = library.tuning.plan("align", name="stopped", **SMALL), []
    foreseen = library.tuning.foresee(plan)
    assert foreseen.steps == 2 * 2 * -(-len(plan.choice.photos) // 4)
    real = aligning.features_of

    def features_of(read, count, view, *rest):
        if len(looked) == 2:
            looked.append("stop")
            raise KeyboardInterrupt
        looked.append(view)
        return real(read, count, view, *rest)

    monkeypatch.setattr(aligning, "features_of", features_of)
    with pytest.raises(KeyboardInterrupt):
        library.tuning.train(plan)
    assert not (models_folder() / "stopped").exists()
    report = library.tuning.train(plan)
    assert looked == ["whole", "mirrored", "stop", "crop 1", "crop 2"]
    weights = [(models_folder() / name / HEADS).read_bytes() for name in ("at-once", "stopped")]
    assert report.finished
    assert find("stopped").model.dim == load_builtin().info.dim + 512
    assert weights[0] == weights[1]
    encoder = load("stopped")
    assert encoder.info.dim == load_builtin().info.dim + 512
    assert encoder.encode_texts(["a dog"]).shape == (1, encoder.info.dim)
    verdict = library.adoption.judge("stopped", captions=plan.captions.said, by_captions=True)
    assert verdict.decides == "captions, first 5"
    assert save_page(plan, report, verdict).exists()
    library.adoption.adopt("stopped", replace(verdict, better=True, reasons=[]))
    assert answers() != before
    assert library.adoption.roll_back() == "builtin"
    assert answers() == before

"""Training networks of others on the photos of an index: what is chosen, kept, gone on with, adopted and taken back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lens import Library
from lens.errors import EvaluationError, ModelMissing, TuneError
from lens.models.encoders.base import TextEncoder
from lens.models.entry import TRANSFORMERS, TUNED
from lens.models.imported import import_model
from lens.models.loading import load
from lens.models.manifest import models_folder, read_manifest
from lens.photos import read_photo
from lens.selfsup.training import least_rank
from lens.tuning.networks import Start, settings_for
from tests import checkpoints

pytest.importorskip("lightly")
pytest.importorskip("peft")

SMALL = {"batch": 4, "side": 64, "epochs": 1}


@pytest.fixture(scope="module")
def dinov2(tmp_path_factory) -> str:
    return str(checkpoints.dinov2(tmp_path_factory.mktemp("published") / "small"))


@pytest.fixture(scope="module")
def index(tmp_path_factory, samples, dinov2):
    """Of the sample photos, by a network that knows no words."""
    folder = tmp_path_factory.mktemp("networks") / "index"
    Library.open(folder, device="cpu").index([samples], dinov2)
    return folder


@pytest.fixture
def library(index):
    return Library.open(index, device="cpu")


@pytest.mark.parametrize(("trained", "method"), [("last", "simclr"), ("all", "dino"), ("lora", "jigsaw")])
def test_what_comes_of_it_is_an_encoder_like_others(library, samples, dinov2, trained, method):
    plan = library.tuning.plan(method, backbone=dinov2, trained=trained, **SMALL, learning_rate=1e-2, anchor=0)
    assert (plan.name, plan.before) == (f"small-{method}", dinov2)
    report = library.tuning.train(plan)
    assert report.finished
    assert read_manifest(plan.name).loader == TRANSFORMERS
    encoder, before = load(plan.name, device="cpu"), load(dinov2, device="cpu")
    assert encoder.info.dim == before.info.dim
    assert encoder.info.revision != before.info.revision
    photo = read_photo(samples / "bear.jpg").image
    assert (encoder.encode_images([photo]) * before.encode_images([photo])).sum() < 0.9999
    assert report.attention is not None  # where it looks
    again = library.tuning.plan(method, backbone=dinov2, trained=trained, **SMALL, learning_rate=1e-2, anchor=0)
    assert library.tuning.train(again) == report  # it was done, and is not done again
    with pytest.raises(TuneError, match="There is a model"):  # other weights are another run
        library.tuning.plan(method, backbone=dinov2, trained="scratch", **SMALL, learning_rate=1e-2, anchor=0)


@pytest.mark.parametrize(
    ("method", "write", "trained"),
    [
        ("mae", None, "scratch"),
        ("ijepa", checkpoints.dinov2, "lora"),
        ("ibot", checkpoints.dino, "all"),
        ("dinov2", checkpoints.transformers_clip, "last"),
    ],
)
def test_methods_that_hide_patches_train_and_go_on(library, tmp_path, method, write, trained):
    backbone = str(write(tmp_path / "model")) if write else "timm:test_vit"
    asked = {"backbone": backbone, "trained": trained, "learning_rate": 1e-2, **SMALL}
    photo = Image.effect_noise((96, 96), 60).convert("RGB")

    def interrupt(progress):
        if progress.done >= 8:
            raise KeyboardInterrupt

    def vector(name: str) -> np.ndarray:
        return load(name, device="cpu").encode_images([photo])

    in_two = library.tuning.plan(method, **asked, name=f"{method}-in-two")
    assert not library.tuning.train(in_two, interrupt).finished
    stopped = vector(in_two.name)
    assert library.tuning.train(in_two).finished
    at_once = library.tuning.plan(method, **asked, name=f"{method}-at-once")
    assert library.tuning.train(at_once).finished
    assert np.isfinite(stopped).all()
    assert not np.array_equal(vector(in_two.name), stopped)
    np.testing.assert_allclose(vector(in_two.name), vector(at_once.name), atol=1e-5)


def test_methods_that_hide_patches_want_some(library, tmp_path):
    wanted = "hides patches, which vision transformers alone have: choose --backbone dinov2-s"
    for backbone in ("builtin", "timm:test_resnet", str(checkpoints.resnet(tmp_path / "resnet"))):
        with pytest.raises(TuneError, match=wanted):
            library.tuning.plan("mae", backbone=backbone, **SMALL)
    with pytest.raises(TuneError, match="three a side at least"):
        library.tuning.plan("ijepa", backbone="timm:test_vit", **SMALL | {"side": 32})


def test_words_stay_what_they_were(library, tmp_path):
    clip = checkpoints.transformers_clip(tmp_path / "clip")
    plan = library.tuning.plan("simclr", backbone=str(clip), **SMALL)
    library.tuning.train(plan)
    tuned, before = load(plan.name, device="cpu"), load(str(clip), device="cpu")
    assert isinstance(tuned, TextEncoder)
    np.testing.assert_allclose(tuned.encode_texts(["a red cube"]), before.encode_texts(["a red cube"]), atol=1e-6)


@pytest.mark.parametrize("backbone", ["a folder", "timm:test_resnet"])
def test_one_that_was_stopped_goes_on_to_the_same_weights(library, dinov2, backbone):
    asked = {
        "backbone": dinov2 if backbone == "a folder" else backbone,
        "trained": "lora" if backbone == "a folder" else None,
        **SMALL,
    }

    def interrupt(progress):
        if progress.done >= 8:
            raise KeyboardInterrupt

    def weights(name: str) -> bytes:
        return (models_folder() / name / "model.safetensors").read_bytes()

    at_once = library.tuning.plan("simclr", name="at-once", **asked)
    assert library.tuning.train(at_once).finished
    in_two = library.tuning.plan("simclr", name="in-two", **asked)
    assert not library.tuning.train(in_two, interrupt).finished
    stopped = weights("in-two")
    assert library.tuning.train(library.tuning.plan("simclr", name="in-two", **asked)).finished
    assert stopped != weights("in-two") == weights("at-once")


def test_batch_normalisation_that_has_hardly_begun_is_no_collapse(library, monkeypatch):
    asked = {"backbone": "timm:test_resnet", "learning_rate": 1e-3, **SMALL}
    plan = library.tuning.plan("simclr", name="begun", **asked)
    report = library.tuning.train(plan)
    assert report.finished
    assert report.curve[-1]["rank"] < least_rank(report.curve)  # or this shows nothing
    monkeypatch.setattr("lens.selfsup.training.SETTLED", 0)
    with pytest.raises(TuneError, match="no longer tell photos apart"):
        library.tuning.train(library.tuning.plan("simclr", name="begun-too", **asked))


def test_it_is_judged_by_what_it_was_and_can_be_adopted_and_taken_back(library, dinov2):
    plan = library.tuning.plan("moco-v3", backbone=dinov2, name="mine", **SMALL, learning_rate=1e-2)
    library.tuning.train(plan)
    import_model(Path(dinov2), "small")
    library.adoption.check(None, None, replacing=dinov2)
    verdict = library.adoption.judge("mine", against=plan.before)
    assert (verdict.encoder, verdict.against, verdict.better) == ("mine", "small", False)  # five photos tell nothing
    assert len(verdict.neighbours) > 0
    with pytest.raises(EvaluationError, match="is not adopted"):
        library.adoption.adopt("mine", verdict)
    better = replace(verdict, better=True, reasons=[])
    with pytest.raises(EvaluationError, match="was compared with another, and searches use small"):
        library.adoption.adopt("mine", replace(better, against="another"))
    library.adoption.adopt("mine", better)
    assert library._index().photos.default() == "mine"
    assert library.adoption.roll_back() == "small"
    assert library._index().photos.default() == "small"


def test_what_knows_no_words_does_not_take_the_place_of_what_does(tmp_path, samples, dinov2):
    clip = checkpoints.transformers_clip(tmp_path / "clip")
    library = Library.open(tmp_path / "index", device="cpu")
    library.index([samples], str(clip))
    import_model(clip, "clip")
    with pytest.raises(EvaluationError, match="Searches use clip: what is made of"):
        library.adoption.check(None, None, replacing=dinov2)
    with pytest.raises(EvaluationError, match="small knows no words"):
        library.adoption.judge(dinov2)
    verdict = library.adoption.judge(dinov2, against=str(clip))  # which does not take its place
    with pytest.raises(EvaluationError, match="small knows no words"):
        library.adoption.adopt(dinov2, replace(verdict, better=True, reasons=[]))


def test_what_it_would_take(library, dinov2):
    plan = library.tuning.plan("dino", backbone=dinov2, trained="lora", **SMALL)
    foreseen = library.tuning.foresee(plan)
    assert foreseen.steps == len(plan.paths) // 4
    assert foreseen.seconds > 0
    assert not plan.checkpoint.exists()
    assert f"--backbone {dinov2} --train lora" in plan.command


def test_what_cannot_be_trained(library, dinov2, tmp_path):
    plan = library.tuning.plan
    with pytest.raises(TuneError, match="choose last, all, lora, scratch"):
        plan("simclr", backbone=dinov2, trained="most", **SMALL)
    with pytest.raises(TuneError, match="last stages alone"):
        plan("simclr", trained="lora", **SMALL)
    with pytest.raises(TuneError, match="have random weights"):
        plan("simclr", backbone="timm:test_vit", trained="lora", **SMALL)
    with pytest.raises(ModelMissing, match="lens models pull dinov2-s"):
        plan("simclr", backbone="dinov2-s", **SMALL)
    with pytest.raises(TuneError, match="open-clip cannot be trained"):
        plan("simclr", backbone=str(checkpoints.open_clip_clip(tmp_path / "open-clip")), **SMALL)
    with pytest.raises(TuneError, match="timm has no network"):
        library.tuning.foresee(plan("simclr", backbone="timm:no", **SMALL))
    with pytest.raises(TuneError, match="no numbers left"):
        library.tuning.train(plan("simclr", backbone=dinov2, trained="all", **SMALL, learning_rate=1e30, name="none"))
    assert not (models_folder() / "none").exists()


def test_settings_go_by_network_data_and_device():
    def of(trained: str, photos: int = 1000, device: str = "cpu", backbone: str = "x"):
        return settings_for(Start(backbone, trained, "x", "1", TRANSFORMERS), photos, device)

    assert of("all").learning_rate < of("last").learning_rate < of("lora").learning_rate < of("scratch").learning_rate
    assert of("scratch").anchor == 0 < of("last").anchor
    assert of("scratch", 100).epochs == 200 > of("scratch", 2000).epochs > of("scratch", 10**6).epochs == 20
    assert of("last", device="cuda").side == 2 * of("last").side
    assert of("last", device="cuda").batch > of("last").batch
    assert of("last", backbone="builtin").anchor == 10
    start = Start("builtin", "last", "builtin", "1", TUNED)
    both, alone = (settings_for(start, 1000, "cpu", words=True, lock=lock) for lock in ("none", "image"))
    assert alone == replace(both, learning_rate=1e-3)

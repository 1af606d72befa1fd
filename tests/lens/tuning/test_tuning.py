"""Training on the photos of an index: which ones, what is kept, and what ends it."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from lens import Library
from lens.curation.collection import load
from lens.errors import ModelDamaged, TuneError
from lens.evaluation.held_out import held_out
from lens.models.encoders.builtin import load_builtin
from lens.models.files import find
from lens.models.listing import listed
from lens.models.loading import load as load_encoder
from lens.models.manifest import models_folder
from lens.photos import read_photo
from lens.selfsup.tower import BuiltinTower
from lens_indexes import EncoderColumn

pytest.importorskip("lightly")

SMALL = {"batch": 4, "side": 64, "epochs": 1}


@pytest.fixture(scope="module")
def place(tmp_path_factory, samples):
    """A folder with an index of the sample photos, of which one is there twice and one once more, but smaller."""
    folder = tmp_path_factory.mktemp("tuning")
    photos = folder / "photos"
    photos.mkdir()
    for file in samples.rglob("*.jpg"):
        (photos / file.name).write_bytes(file.read_bytes())
    for name in ("bear", "train", "pizza", "noodles"):
        with Image.open(photos / f"{name}.jpg") as image:
            image.resize((image.width * 3 // 4, image.height * 3 // 4)).save(photos / f"{name}-small.jpg", quality=90)
    Library.open(folder / "index").index([photos])
    return folder


@pytest.fixture
def library(place):
    return Library.open(place / "index", device="cpu")


def test_what_judges_does_not_teach_nor_do_its_copies(library):
    plan = library.tuning.plan("simclr", **SMALL)
    every = load(library._index())
    judging = {
        each.path.stem.removesuffix("-small")
        for each, judges in zip(every, held_out([each.content_hash for each in every]), strict=True)
        if judges
    }
    stems = [path.stem.removesuffix("-small") for path in plan.paths]
    assert len(stems) == len(set(stems))
    assert not judging & set(stems)
    assert set(stems) | judging == {each.path.stem.removesuffix("-small") for each in every}
    assert len(plan.paths) + plan.choice.held_out + plan.choice.alike + plan.choice.burst == len(every)


def test_a_query_chooses(library, place):
    whole = library.tuning.plan("simclr", **SMALL)
    one = library.tuning.plan("simclr", place / "photos", **SMALL)
    assert (one.paths, one.run) == (whole.paths, whole.run)
    with pytest.raises(TuneError, match="are too few to train on: at least 16"):
        library.tuning.plan("simclr", "a cat on a sofa", **SMALL)
    with pytest.raises(TuneError, match="builtin is a model of the catalogue"):
        library.tuning.plan("simclr", name="builtin", **SMALL)


def test_a_name_that_the_index_has_vectors_of_is_refused(tmp_path, samples):
    library = Library.open(tmp_path / "index", device="cpu")
    library.index([samples])
    library._index().photos.bind(EncoderColumn("mine", "local-dir:/models/mine", "1", 8))
    with pytest.raises(TuneError, match="has vectors of mine"):
        library.tuning.plan("simclr", name="mine", **SMALL)


def test_a_tuned_encoder_is_one_like_others(library, samples):
    plan = library.tuning.plan("simclr", **SMALL, name="mine")
    told = []
    report = library.tuning.train(plan, told.append)
    assert report.finished
    assert report.steps == len(told) == len(plan.paths) // 4
    assert told[-1].done == told[-1].total == 4 * report.steps
    [line] = [each for each in listed() if each.name == "mine"]
    assert (line.installed, line.dim, line.about) == ("yes", 1280, f"tuned by simclr on {report.photos} photos")
    encoder, base = load_encoder("mine"), load_builtin()
    assert encoder.info.revision not in {base.info.revision, find("mine").revision}
    images = [read_photo(samples / "bear.jpg").image, read_photo(samples / "pizza.jpg").image]
    prepared = [encoder.prepare(image) for image in images]
    vectors, before = encoder.encode_prepared(prepared), base.encode_prepared(prepared)
    assert 0.5 < (vectors * before).sum(axis=1).min() < 0.99999  # another tower, not far away
    np.testing.assert_array_equal(encoder.encode_texts(["a bear"]), base.encode_texts(["a bear"]))
    tower = BuiltinTower(base.heads)
    from safetensors.torch import load_file

    tower.network.load_state_dict(load_file(models_folder() / "mine" / "model.safetensors"))
    with torch.no_grad():
        said = tower(torch.from_numpy(prepared[0].copy()).permute(2, 0, 1)[None].float() / 255).numpy()
    np.testing.assert_allclose(vectors[:1], said, atol=1e-4)
    again = []
    assert library.tuning.train(library.tuning.plan("simclr", **SMALL, name="mine"), again.append) == report
    assert not again  # it was done
    with pytest.raises(TuneError, match="There is a model mine already"):
        library.tuning.plan("simclr", **SMALL, name="mine", seed=1)
    assert report.pictures is None  # there is nothing to see
    config = models_folder() / "mine" / "lens_tuned.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"base": "another Lens's"}))
    with pytest.raises(ModelDamaged):  # it is not as it was kept
        load_encoder("mine")


def test_what_a_method_says_of_photos_held_out_is_drawn(library):
    plan = library.tuning.plan("rotation", **SMALL, name="upright")
    assert 0 < len(plan.choice.shown) <= 4
    assert not set(plan.choice.shown) & set(plan.paths)
    report = library.tuning.train(plan)
    assert report.pictures is not None
    with Image.open(report.pictures) as sheet:
        assert sheet.width > sheet.height / len(plan.choice.shown)


def test_one_that_was_tuned_from_another_built_in_encoder_is_refused(library):
    plan = library.tuning.plan("simclr", **SMALL, name="old")
    library.tuning.train(plan)
    config = models_folder() / "old" / "lens_tuned.json"
    facts = json.loads(config.read_text())
    config.write_text(config.read_text().replace(facts["base"], "0" * len(facts["base"])))
    with pytest.raises(ModelDamaged, match="from another built-in encoder"):
        load_encoder("old")


def test_ctrl_c_keeps_what_was_learned_and_the_same_goes_on(library):
    asked = {"batch": 4, "side": 64, "epochs": 2, "name": "stopped"}

    def interrupt(progress):
        if progress.done >= 12:
            raise KeyboardInterrupt

    plan = library.tuning.plan("moco-v3", **asked)
    stopped = library.tuning.train(plan, interrupt)
    assert (stopped.finished, stopped.steps) == (False, 3)
    assert load_encoder("stopped").info.name == "stopped"
    with pytest.raises(TuneError, match="already"):  # another run
        library.tuning.plan("simclr", **asked)
    told = []
    ended = library.tuning.train(library.tuning.plan("moco-v3", **asked), told.append)
    assert ended.finished
    assert len(told) == ended.total - 3
    assert told[-1].done == told[-1].total == 4 * len(told)
    assert not plan.checkpoint.exists()


def test_what_ends_a_run_keeps_nothing(library, monkeypatch):
    plan = library.tuning.plan("simclr", **SMALL, learning_rate=1e30, name="none")
    with pytest.raises(TuneError, match="no numbers left"):
        library.tuning.train(plan)
    plan = library.tuning.plan("simclr", **SMALL, name="none")
    monkeypatch.setattr("lens.selfsup.training.COLLAPSED", 1e9)
    monkeypatch.setattr("lens.selfsup.training.FEW", 1e9)
    with pytest.raises(TuneError, match="no longer tell photos apart"):
        library.tuning.train(plan)
    assert not (models_folder() / "none").exists()


def test_photos_that_cannot_be_read_are_left_out(library, place):
    plan = library.tuning.plan("simclr", **SMALL, name="bad")
    some = [replace(each, path=place / "gone.jpg") for each in plan.choice.photos[:2]]
    with_bad = replace(plan, choice=replace(plan.choice, photos=[*some, *plan.choice.photos[2:]]))
    if len(plan.paths) - 2 >= 16:
        assert library.tuning.train(with_bad).photos == len(plan.paths) - 2
    every = replace(plan, choice=replace(plan.choice, photos=some * 10))
    with pytest.raises(TuneError, match="None of the photos can be read"):
        library.tuning.read(every)


def test_what_it_would_take(library):
    plan = library.tuning.plan("dino", **SMALL)
    foreseen = library.tuning.foresee(plan)
    assert foreseen.steps == len(plan.paths) // 4
    assert foreseen.seconds > 0
    assert foreseen.bytes > 100e6
    assert not plan.checkpoint.exists()

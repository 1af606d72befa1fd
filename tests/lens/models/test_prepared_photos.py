"""A CLIP whose photos were exported runs without torch, and prepares photos exactly as open_clip does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lens import Library
from lens.models import load
from lens.models.encoders import photos as photos_module
from lens.models.encoders import photos_export
from lens.models.encoders.open_clip import OpenClipEncoder
from lens.models.encoders.photos import PreparedEncoder, input_of
from lens.models.encoders.photos_export import prepare_photos
from lens.models.encoders.words_export import prepare_words
from lens.models.imported import import_model
from tests import checkpoints

INT8 = {"backend": "onnx", "precision": "int8"}


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LENS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def images(samples) -> list[Image.Image]:
    opened = [Image.open(file).convert("RGB") for file in sorted(samples.rglob("*.jpg"))[:8]]
    return [*opened, opened[0].resize((40, 30)), opened[0].resize((500, 60)), opened[0].rotate(90, expand=True)]


@pytest.fixture(params=[checkpoints.open_clip_clip, checkpoints.open_clip_siglip])
def name(request, tmp_path) -> str:
    import_model(request.param(tmp_path / "clip"), "mine")
    return "mine"


def test_photos_come_out_as_from_open_clip(name, images):
    whole = load(name, **INT8)
    assert isinstance(whole, OpenClipEncoder)
    assert prepare_words(whole)
    prepared = load(name, **INT8)
    assert isinstance(prepared, PreparedEncoder)
    assert prepared.info == whole.info
    for image in images:
        expected, found = whole.prepare(image)["image"], prepared.prepare(image)["image"]
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(prepared.encode_images(images), whole.encode_images(images), atol=1e-6)
    cosine = (prepared.encode_texts(["a dog"]) * whole.encode_texts(["a dog"])).sum()
    assert cosine > 0.9999
    assert prepared.encode_images([]).shape == (0, whole.info.dim)


def test_photos_do_not_wait_for_the_network_of_words(name, images):
    assert prepare_words(load(name, **INT8))
    prepared = load(name, **INT8)
    prepared.encode_images(images)
    assert prepare_words(prepared), "they are there already"
    assert "_words" not in vars(prepared)
    prepared.encode_texts(["a dog"])
    assert "_words" in vars(prepared)


def test_only_what_was_prepared_is_taken(name):
    whole = load(name, **INT8)
    assert isinstance(load(name, **INT8), OpenClipEncoder), "the words are still missing"
    assert prepare_words(whole)
    assert isinstance(load(name, backend="torch"), OpenClipEncoder)
    assert isinstance(load(name), OpenClipEncoder), "nothing was calibrated"
    assert isinstance(load(name, **INT8), PreparedEncoder)
    assert isinstance(load(name, backend="onnx"), PreparedEncoder), "eight bits are made from float32"


@pytest.mark.parametrize("change", [{"squash": True}, {"bilinear": True}, {"mean": (0.5, 0.5, 0.5)}, {"side": 48}])
def test_photos_that_come_out_differently_are_not_kept(tmp_path, monkeypatch, change):
    import_model(checkpoints.open_clip_clip(tmp_path / "clip"), "mine")
    encoder = load("mine", device="cpu")
    monkeypatch.setattr(
        photos_export, "input_of", lambda card, image: input_of(type(card)(**vars(card) | change), image)
    )
    assert not prepare_photos(encoder)
    assert photos_module.prepared_encoder("mine", encoder.info.revision, "int8") is None


def test_an_encoder_that_open_clip_did_not_load_is_left_to_torch(tmp_path):
    encoder = load(str(checkpoints.dinov2(tmp_path / "dino")), device="cpu")
    assert not prepare_photos(encoder)


def test_a_run_then_needs_no_torch(tmp_path, samples):
    import_model(checkpoints.open_clip_clip(tmp_path / "clip"), "mine")
    Library.open(tmp_path / "first", **INT8).index([samples / "food"], "mine")
    program = (
        "import sys, json; from lens import Library;"
        "library = Library.open(sys.argv[1], backend='onnx', precision='int8');"
        "library.index([sys.argv[2]], 'mine'); photo = next(iter(library.search('a pizza'))).path;"
        "print(json.dumps([str(match.path) for match in library.similar(photo)]));"
        "assert not {'torch', 'open_clip', 'transformers'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "second"), str(samples / "food")],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    others = [Path(path) for path in json.loads(done.stdout)]
    assert len(others) == len(list((samples / "food").iterdir())) - 1

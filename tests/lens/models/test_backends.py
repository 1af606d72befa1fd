"""The fastest backend is taken only if it agrees; what was found is remembered; what is asked for is done."""

import logging

import numpy as np
import pytest
from PIL import Image

from lens import Library
from lens.indexing import calibrating
from lens.models import backends, load
from lens.models.backends import REFERENCE, Backend, calibrate, can_be_calibrated, overlap_of, remembered
from lens.models.encoders.network import TorchTower
from lens.models.encoders.onnx_tower import OnnxTower
from lens.search import Band
from tests import checkpoints
from tests.fakes import paint

INT8 = Backend("onnx", "int8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return checkpoints.open_clip_clip(tmp_path_factory.mktemp("models") / "clip")


@pytest.fixture(scope="module")
def images(samples) -> list[Image.Image]:
    whole = [Image.open(file).convert("RGB") for file in sorted(samples.rglob("*.jpg"))]
    return whole + [image.transpose(Image.Transpose.FLIP_TOP_BOTTOM) for image in whole[:10]]


@pytest.fixture(scope="module")
def shared_cache(tmp_path_factory):
    """Exported once for all tests of this file."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(shared_cache, monkeypatch):
    monkeypatch.setenv("LENS_CACHE", str(shared_cache))
    (shared_cache / "backends.json").unlink(missing_ok=True)


@pytest.mark.parametrize("write", [checkpoints.open_clip_clip, checkpoints.open_clip_siglip, checkpoints.dinov2])
def test_an_exported_tower_gives_the_vectors_of_torch(tmp_path, images, write):
    folder = str(write(tmp_path / write.__name__))
    expected = load(folder, device="cpu", precision="float32").encode_images(images)
    whole, eight = (load(folder, precision=name, backend="onnx") for name in ("float32", "int8"))
    assert isinstance(whole.photos, OnnxTower)
    for count in (1, 2, 17, len(images)):  # more and less than a batch
        found = whole.encode_images(images[:count])
        assert (found * expected[:count]).sum(axis=1).min() > 0.99999
    cosine = (eight.encode_images(images) * expected).sum(axis=1)
    assert 0.98 < cosine.min() < 0.999999
    assert whole.encode_images([]).shape == (0, whole.info.dim)


def prepared(encoder, images):
    return [encoder.prepare(image) for image in images]


def timed_by(monkeypatch, speed):
    def speeds(towers, _):
        return {backend: speed(tower) for backend, tower in towers.items()}

    monkeypatch.setattr(backends, "_speeds", speeds)


def test_the_fastest_that_agrees_is_taken_and_remembered(folder, images, monkeypatch):
    encoder = load(str(folder))
    assert can_be_calibrated(encoder)
    speeds = {TorchTower: 1.0, OnnxTower: 5.0}
    timed_by(monkeypatch, lambda tower: speeds[type(tower)])
    monkeypatch.setattr(backends, "MIN_COSINE", 0.9)
    monkeypatch.setattr(backends, "MIN_OVERLAP", 0.5)
    best = calibrate(encoder, prepared(encoder, images))
    assert best.backend.library == "onnx"
    assert (best.photos_per_second, best.reference_per_second) == (5.0, 1.0)
    assert isinstance(encoder.photos, OnnxTower)
    assert not can_be_calibrated(encoder)
    again = load(str(folder))
    assert isinstance(again.photos, OnnxTower)
    assert not can_be_calibrated(again)
    assert remembered(encoder.info.name, encoder.info.revision) == best
    assert isinstance(load(str(folder), backend="torch").photos, TorchTower)


def test_one_that_does_not_agree_is_never_taken(folder, images, monkeypatch):
    encoder = load(str(folder))

    class Wrong(OnnxTower):
        def encode(self, inputs):
            vectors = super().encode(inputs)
            vectors[-1] = np.roll(vectors[-1], 1)  # one wrong vector of all
            return vectors

    monkeypatch.setattr(backends, "OnnxTower", Wrong)
    timed_by(monkeypatch, lambda tower: 100.0 if isinstance(tower, Wrong) else 1.0)
    best = calibrate(encoder, prepared(encoder, images))
    assert best.backend == REFERENCE
    assert isinstance(encoder.photos, TorchTower)
    assert not can_be_calibrated(load(str(folder))), "it is not tried again and again"


def test_a_network_that_cannot_be_exported_stays_with_torch(folder, images, monkeypatch):
    def fails(*_):
        raise ValueError("no")

    monkeypatch.setattr(backends, "exported", fails)
    encoder = load(str(folder))
    before = encoder.encode_images(images[:2])
    assert calibrate(encoder, prepared(encoder, images)).backend.library == "torch"
    assert (encoder.encode_images(images[:2]) * before).sum(axis=1).min() > 0.999


def test_nearest_photos_are_compared(images):
    vectors = np.linalg.qr(np.random.default_rng(0).normal(size=(40, 40)))[0].astype(np.float32)
    assert overlap_of(vectors, vectors) == 1
    assert overlap_of(vectors, vectors @ np.diag(np.linspace(0, 1, 40)).astype(np.float32)) < 0.9


def test_a_long_run_calibrates_and_a_short_one_does_not(tmp_path, folder, monkeypatch, caplog):
    for number in range(40):
        paint(tmp_path / "photos" / f"{number}.png", f"rgb({6 * number},{255 - 6 * number},{number * number % 256})")
    library = Library.open(tmp_path / "index")
    with caplog.at_level(logging.INFO):
        library.index([tmp_path / "photos"], str(folder))
        assert "runs with" not in caplog.text
        monkeypatch.setattr(calibrating, "WORTH_IT", 40)
        (tmp_path / "photos").rename(tmp_path / "others")
        other = Library.open(tmp_path / "other index")
        other.index([tmp_path / "others"], str(folder))
    assert "clip runs with" in caplog.text
    assert len(other.search("red", encoder=str(folder), least=Band.REST)) == 20


def test_a_forced_backend_is_not_second_guessed(folder):
    forced = load(str(folder), precision="int8")
    assert isinstance(forced.photos, OnnxTower)
    assert not can_be_calibrated(forced)
    assert not can_be_calibrated(load(str(folder), precision="float32"))
    assert str(INT8) == "onnx int8"

"""Devices that are not there, do not work, or are too small: injected, since most machines have none of them."""

import logging

import numpy as np
import pytest
import torch
from torch import nn

from lens.doctor import examine
from lens.errors import DeviceError
from lens.models import device, load
from lens.models.device import Compute, choose_compute
from lens.models.encoders.network import Network
from tests import checkpoints


@pytest.fixture
def no_gpu(monkeypatch):
    """A machine that shows no GPU to the system or to torch."""
    monkeypatch.setattr(device, "NVIDIA", ())
    monkeypatch.setattr(device, "AMD", ())
    monkeypatch.setattr(device.shutil, "which", lambda _: None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(device.platform, "system", lambda: "Linux")


def test_without_a_gpu_the_cpu_is_taken_and_nothing_said(no_gpu, caplog):
    assert choose_compute() == Compute("cpu", "float32", 32, free=True)
    assert choose_compute("cpu", "bfloat16", 5) == Compute("cpu", "bfloat16", 5)
    assert caplog.records == []


def test_a_gpu_that_torch_cannot_use_is_reported(no_gpu, monkeypatch, caplog, tmp_path):
    monkeypatch.setattr(device, "NVIDIA", (tmp_path,))
    assert choose_compute().device == "cpu"
    assert "This machine has an NVIDIA GPU, and it cannot be used: " in caplog.text
    assert len(caplog.records) == 1


def test_a_torch_for_cpus_only_is_named_as_the_reason(no_gpu, monkeypatch, caplog, tmp_path):
    monkeypatch.setattr(device, "NVIDIA", (tmp_path,))
    monkeypatch.setattr(torch.version, "cuda", None)
    choose_compute()
    assert "is built for CPUs only" in caplog.text


def test_a_gpu_that_fails_at_its_first_sum_is_reported(no_gpu, monkeypatch, caplog):
    def broken(*_, device=None, **__):
        raise RuntimeError("CUDA error: no kernel image is available for execution on the device\nmore")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(device, "_gpu", lambda: "an NVIDIA GPU")
    monkeypatch.setattr(torch, "ones", broken)
    assert choose_compute().device == "cpu"
    assert "no kernel image is available for execution on the device. Going on without it" in caplog.text
    with pytest.raises(DeviceError, match="The device cuda cannot be used: CUDA error: no kernel image"):
        choose_compute("cuda")


def test_an_apple_gpu_that_torch_cannot_use_is_reported(no_gpu, monkeypatch, caplog):
    monkeypatch.setattr(device.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(device.platform, "machine", lambda: "arm64")
    assert choose_compute().device == "cpu"
    assert "an Apple GPU, and it cannot be used: torch finds no Apple GPU" in caplog.text
    told = next(finding for finding in examine() if finding.subject == "device")
    assert (told.ok, "torch finds no Apple GPU" in told.detail) == (False, True)


@pytest.mark.parametrize(
    ("wish", "answer"),
    [
        ({"device": "cuda"}, "The device cuda cannot be used: "),
        ({"device": "cuda:3"}, "The device cuda:3 cannot be used: "),
        ({"device": "mps"}, "The device mps cannot be used: torch finds no Apple GPU"),
        ({"device": "gpu"}, "There is no device 'gpu': choose cpu, cuda, cuda:N or mps"),
        ({"precision": "int4"}, "There is no precision 'int4': choose float32, bfloat16, float16, int8"),
        ({"backend": "tensorrt"}, "There is no backend 'tensorrt': choose torch, onnx"),
        ({"backend": "onnx", "precision": "bfloat16"}, "The backend onnx runs on the CPU, in float32 or int8"),
        ({"backend": "torch", "precision": "int8"}, "int8 is computed by the backend onnx alone"),
        ({"batch": 0}, "A batch of 0 photos is not possible"),
    ],
)
def test_what_is_asked_for_and_not_there_is_refused(no_gpu, wish, answer):
    with pytest.raises(DeviceError, match=answer):
        choose_compute(**wish)


class Small(nn.Module):
    """Fits `most` photos into its memory, as a GPU would say it."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most, self.seen = most, []

    def forward(self, photo: torch.Tensor) -> torch.Tensor:
        if len(photo) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        self.seen.append(len(photo))
        return photo


def test_the_batch_is_halved_when_memory_runs_out_and_that_is_said(caplog):
    small = Small(most=3)
    network = Network(small, Compute("cpu", "float32", 16))
    photos = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    vectors = network.encode(small, [{"photo": photo} for photo in photos], 4)
    np.testing.assert_allclose(vectors, photos / np.linalg.norm(photos, axis=1, keepdims=True), rtol=1e-5)
    assert small.seen == [2] * 10
    assert network.batch == 2
    said = [record.getMessage() for record in caplog.records]
    assert said == [f"Out of memory with {tried} at once on cpu: going on with {tried // 2}." for tried in (16, 8, 4)]


def test_a_photo_too_large_for_the_memory_is_an_error_and_other_errors_are_not_hidden():
    small = Small(most=0)
    with pytest.raises(DeviceError, match="The memory of cpu is too small for this model"):
        Network(small, Compute("cpu", "float32", 4)).encode(small, [{"photo": np.ones(4, np.float32)}] * 4, 4)

    def broken(photo):
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        Network(small, Compute("cpu", "float32", 4)).encode(broken, [{"photo": np.ones(4, np.float32)}], 4)


def test_precision_and_batch_reach_the_network(tmp_path, caplog):
    folder = str(checkpoints.open_clip_clip(tmp_path / "clip"))
    texts = ["a red cube", "the small ball"]
    exact, half = load(folder, device="cpu"), load(folder, device="cpu", precision="bfloat16", batch=3)
    assert (exact.batch, half.batch) == (32, 3)
    cosine = (exact.encode_texts(texts) * half.encode_texts(texts)).sum(axis=1)
    assert 0.95 < cosine.min() < 0.999999
    assert half.encode_texts(texts).dtype == np.float32
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        load("builtin", precision="bfloat16")
    assert "builtin runs on the CPU in float32" in caplog.text

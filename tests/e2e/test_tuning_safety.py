"""What goes wrong while an encoder is trained costs no more than what was done since the last checkpoint."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from lens import Library
from lens.config import cache_folder
from lens.errors import TuneError
from lens.models.manifest import models_folder
from lens.selfsup.simclr import SimCLR
from tests import checkpoints
from tests.e2e.killed_tuning import BATCH, killed_in, planned

pytest.importorskip("lightly")
pytest.importorskip("peft")

KILLED_IN = 5


@pytest.fixture(params=[pytest.param("builtin", marks=pytest.mark.slow), "transformer"])
def backbone(request, tmp_path) -> str:
    """The built-in tower, and a vision transformer with LoRA."""
    return "builtin" if request.param == "builtin" else str(checkpoints.dino(tmp_path / "small"))


@pytest.fixture(scope="module")
def place(tmp_path_factory, samples) -> Path:
    """A folder with an index of the sample photos."""
    folder = tmp_path_factory.mktemp("safety")
    (folder / "photos").mkdir()
    for file in samples.rglob("*.jpg"):
        (folder / "photos" / file.name).write_bytes(file.read_bytes())
    Library.open(folder / "index", device="cpu").index([folder / "photos"])
    return folder


@pytest.fixture
def library(place):
    return Library.open(place / "index", device="cpu")


def weights(name: str) -> bytes:
    return (models_folder() / name / "model.safetensors").read_bytes()


def trained(library: Library, name: str, backbone: str) -> list[int]:
    """Train to the end: what was told, in photos that this process has trained on."""
    told: list[int] = []
    report = library.tuning.train(planned(library, name, backbone), lambda progress: told.append(progress.done))
    assert report.finished
    assert len(told) <= report.total
    return told


@pytest.mark.slow
def test_a_killed_training_loses_one_step_and_ends_with_the_same_weights(library, backbone):
    unbroken = trained(library, "unbroken", backbone)
    killed_in(KILLED_IN, library, "killed", backbone)
    assert not (models_folder() / "killed").exists()
    assert len(trained(library, "killed", backbone)) == len(unbroken) - (KILLED_IN - 1)
    assert weights("killed") == weights("unbroken")


@pytest.fixture
def small_cache(tmp_path: Path, monkeypatch):
    """A cache on a file system of its own; only root may mount one."""
    cache = tmp_path / "cache"
    cache.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", str(cache)]
    if os.name != "posix" or os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small file system")
    monkeypatch.setenv("LENS_CACHE", str(cache))
    assert cache_folder() == cache
    yield cache
    subprocess.run(["umount", "--lazy", str(cache)], check=True)  # decoded photos may still be mapped


def test_a_disk_that_is_full_at_a_checkpoint(library, backbone, small_cache):
    ballast = small_cache / "ballast"
    plan = planned(library, "full", backbone)

    def fill(progress) -> None:
        if progress.done == 3 * BATCH:
            room = os.statvfs(small_cache)
            ballast.write_bytes(bytes(room.f_bavail * room.f_bsize))

    with pytest.raises(TuneError, match=r"cannot be written: No space left.*checkpoint before is kept") as caught:
        library.tuning.train(plan, fill)
    assert "\n" not in str(caught.value)
    assert not (models_folder() / "full").exists()
    assert not list(plan.checkpoint.parent.glob("*.part")), "what could not be written is still in the way"
    ballast.unlink()
    told = trained(library, "full", backbone)
    ballast.unlink(missing_ok=True)
    trained(library, "never-full", backbone)
    assert len(told) > 0
    assert weights("full") == weights("never-full")


def test_a_loss_that_is_no_number_spoils_nothing(library, backbone, monkeypatch):
    honest, calls = SimCLR.loss, []

    def loss(self, views, done):
        calls.append(done)
        return honest(self, views, done) * (torch.nan if len(calls) == 4 else 1.0)

    with monkeypatch.context() as patched:
        patched.setattr(SimCLR, "loss", loss)
        with pytest.raises(TuneError, match="After 3 steps there are no numbers left: choose a smaller learning rate"):
            library.tuning.train(planned(library, "nan", backbone))
    assert not (models_folder() / "nan").exists()
    told = trained(library, "nan", backbone)  # from the last step that was one
    assert told[0] == BATCH
    assert len(told) == 2 * (len(planned(library, "other", backbone).paths) // BATCH) - 3


def test_a_photo_that_can_no_longer_be_decoded_is_left_out(library, backbone):
    plan = planned(library, "without", backbone, epochs=1)
    spoiled = plan.paths[1]
    before = spoiled.read_bytes()
    try:
        spoiled.write_bytes(before[:2000])
        report = library.tuning.train(plan)
    finally:
        spoiled.write_bytes(before)
    assert report.finished
    assert report.photos == len(plan.paths) - 1
    assert np.isfinite([each["rank"] for each in report.curve]).all()


def test_too_few_photos_are_counted(library, backbone):
    lora = {} if backbone == "builtin" else {"trained": "lora"}
    with pytest.raises(TuneError, match=r"^\d+ photos are too few to train on: at least 128 are needed"):
        library.tuning.plan("simclr", backbone=backbone, **lora, batch=32)


def test_ctrl_c_keeps_an_encoder_and_the_same_goes_on(library, backbone):
    def interrupt(progress) -> None:
        if progress.done == 2 * BATCH:
            raise KeyboardInterrupt

    stopped = library.tuning.train(planned(library, "stopped", backbone), interrupt)
    assert (stopped.finished, stopped.steps) == (False, 2)
    early = weights("stopped")
    assert len(trained(library, "stopped", backbone)) == stopped.total - 2
    assert weights("stopped") != early

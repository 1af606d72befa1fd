"""What a training would take is told from steps that are like the others."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

pytest.importorskip("lightly")

from lens.errors import TuneError
from lens.selfsup import foreseeing, training
from lens.selfsup.foreseeing import foresee
from lens.selfsup.simclr import SimCLR
from lens.selfsup.training import Recipe
from tests.lens.selfsup.conftest import SIDE, layers

BEGINNING, STEP, LOOK = 100.0, 1.0, 2.0  # seconds


def test_what_takes_long_once_is_not_foretold_for_every_step_and_epoch(monkeypatch):
    clock, called = [0.0], []
    monkeypatch.setattr(foreseeing, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    torch.manual_seed(0)
    method = SimCLR(layers(), SIDE)
    pair, loss = method.pair, method.loss

    def looking(*arguments):
        clock[0] += LOOK if called else BEGINNING
        called.append(1)
        return pair(*arguments)

    def stepping(*arguments):
        clock[0] += STEP
        return loss(*arguments)

    monkeypatch.setattr(method, "pair", looking)
    monkeypatch.setattr(method, "loss", stepping)
    photos = np.random.default_rng(0).integers(0, 256, (8, SIDE, SIDE, 3), np.uint8)
    foreseen = foresee(method, photos, 64, Recipe(epochs=10, batch=4))
    assert (foreseen.steps, foreseen.gpu_bytes) == (160, 0)
    looks = 64 / 4  # of an epoch, and before the first
    assert foreseen.seconds == 160 * STEP + 11 * looks * LOOK
    assert foreseen.bytes > 0


def test_a_training_that_collapses_while_it_is_tried_says_so(monkeypatch):
    monkeypatch.setattr(training, "least_rank", lambda _: np.inf)
    monkeypatch.setattr(training, "SETTLED", 0)
    photos = np.random.default_rng(0).integers(0, 256, (8, SIDE, SIDE, 3), np.uint8)
    with pytest.raises(TuneError, match="no longer tell photos apart"):
        foresee(SimCLR(layers(), SIDE), photos, 64, Recipe(epochs=10, batch=4))

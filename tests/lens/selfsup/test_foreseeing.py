"""What a training would take is told from steps that are like the others."""

import time

import numpy as np
import pytest
import torch

pytest.importorskip("lightly")

from lens.errors import TuneError
from lens.selfsup.foreseeing import foresee
from lens.selfsup.simclr import SimCLR
from lens.selfsup.training import Recipe
from tests.lens.selfsup.conftest import SIDE, layers

BEGINNING = 0.8
"""Seconds that something takes once, as a GPU does."""


def test_what_takes_long_once_is_not_foretold_for_every_step_and_epoch(monkeypatch):
    torch.manual_seed(0)
    method, called = SimCLR(layers(), SIDE), []
    pair = method.pair

    def slow_at_first(*arguments):
        if not called:
            time.sleep(BEGINNING)
        called.append(1)
        return pair(*arguments)

    monkeypatch.setattr(method, "pair", slow_at_first)
    photos = np.random.default_rng(0).integers(0, 256, (8, SIDE, SIDE, 3), np.uint8)
    foreseen = foresee(method, photos, 64, Recipe(epochs=10, batch=4))
    assert (foreseen.steps, foreseen.gpu_bytes) == (160, 0)
    assert len(called) > 1
    assert foreseen.seconds < 5 * BEGINNING  # the time of the beginning for each epoch would be ten times that, or more
    assert foreseen.bytes > 0


def test_a_training_that_collapses_while_it_is_tried_says_so():
    torch.manual_seed(0)
    photos = np.random.default_rng(0).integers(0, 256, (8, SIDE, SIDE, 3), np.uint8)
    with pytest.raises(TuneError, match=r"no longer tell photos apart|no numbers left"):
        foresee(SimCLR(layers(), SIDE), photos, 64, Recipe(epochs=10, batch=4, learning_rate=1e4))

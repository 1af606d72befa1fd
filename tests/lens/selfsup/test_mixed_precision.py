"""Every method takes steps where products are made in bfloat16 and the rest in float32, as on a GPU."""

import numpy as np
import pytest
import torch

pytest.importorskip("lightly")

from lens.selfsup import training
from lens.selfsup.backbones import transformer
from lens.selfsup.methods import METHODS
from lens.selfsup.training import Recipe, train

SIDE, BATCH = 32, 4


@pytest.mark.parametrize("method", METHODS)
def test_a_method_learns_in_mixed_precision(method, tmp_path, monkeypatch):
    entered = []

    def mixed(device: str) -> torch.autocast:
        entered.append(device)
        return torch.autocast(device, torch.bfloat16)

    monkeypatch.setattr(training, "_mixed", mixed)
    torch.manual_seed(0)
    backbone = transformer("vit_tiny_patch16_224", SIDE, patch_size=8, embed_dim=48, depth=1, num_heads=3)
    photos = np.random.default_rng(0).integers(0, 256, (8, SIDE, SIDE, 3), np.uint8)
    done = train(METHODS[method](backbone, SIDE, BATCH), photos, Recipe(epochs=1, batch=BATCH), tmp_path / "run")
    assert done.steps == 2
    assert entered == ["cpu"] * 2
    assert np.isfinite(done.curve[-1]["loss"])

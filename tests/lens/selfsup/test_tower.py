"""The built-in tower in torch: the vectors that are stored, the layers that are trained, and what holds it in place."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cosine_similarity

from lens.models.encoders.builtin import load_builtin
from lens.photos import read_photo
from lens.selfsup.anchored import Anchored
from lens.selfsup.methods import METHODS, OF_PATCHES
from lens.selfsup.simclr import SimCLR
from lens.selfsup.tower import BuiltinTower
from tests.lens.selfsup.conftest import SIDE, layers


@pytest.fixture(scope="module")
def tower():
    return BuiltinTower(load_builtin().heads)


def test_the_tower_says_what_is_stored(tower, samples):
    encoder = load_builtin()
    prepared = [encoder.prepare(read_photo(file).image) for file in sorted(samples.rglob("*.jpg"))[:4]]
    stored = encoder.encode_prepared(prepared)
    with torch.no_grad():
        inputs = [torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255 for pixels in prepared]
        said = np.concatenate([tower(each).numpy() for each in inputs])
    np.testing.assert_allclose(said, stored, atol=1e-4)
    assert (said * stored).sum(axis=1).min() > 0.9999


def test_gradients_reach_the_last_stages_alone(tower):
    tower.train()
    norms = [module for module in tower.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    before = [module.running_mean.clone() for module in norms]
    tower(torch.zeros(2, 3, 64, 64)).square().cumsum(dim=1).mean().backward()  # black: many channels are nought
    reached = {name for name, each in tower.network.named_parameters() if each.grad is not None}
    assert {name.split(".")[0] for name in reached} == {"blocks", "conv_head", "bn2"}
    assert {name.split(".")[1] for name in reached if name.startswith("blocks")} == {"5", "6"}
    assert all(torch.isfinite(each.grad).all() for each in tower.parameters() if each.grad is not None)
    assert all(torch.equal(module.running_mean, was) for module, was in zip(norms, before, strict=True))


def test_an_anchor_is_the_distance_from_before(taught):
    torch.manual_seed(0)
    photos = torch.from_numpy(taught.photos[:16]).permute(0, 3, 1, 2)
    inner = SimCLR(layers(), SIDE)
    held = Anchored(inner, 7.0)
    views = held.views(photos, torch.Generator().manual_seed(0))
    assert torch.equal(views[-1], photos.float() / 255)
    with torch.no_grad():
        assert float(held.loss(views, 0)) == pytest.approx(float(inner.loss(views[:-1], 0)), abs=1e-4)
        for each in inner.trained.parameters():
            each.add_(0.1 * torch.randn_like(each))
        apart = 1 - cosine_similarity(inner.trained(views[-1]), held.before(views[-1])).mean()
        assert apart > 0.01
        assert float(held.loss(views, 0)) == pytest.approx(float(inner.loss(views[:-1], 0) + 7 * apart), abs=1e-4)
    held.loss(views, 0).backward()
    assert not [each for each in held.before.parameters() if each.grad is not None]


def drift(weight, taught) -> float:
    """How far the features of photos are from where they were after some steps."""
    torch.manual_seed(0)
    held = Anchored(SimCLR(layers(), SIDE), weight)
    photos = torch.from_numpy(taught.photos[:64]).permute(0, 3, 1, 2)
    optimizer = torch.optim.AdamW(held.method.parameters(), lr=3e-3)
    for step in range(20):
        optimizer.zero_grad()
        held.loss(held.views(photos, torch.Generator().manual_seed(step)), 0).backward()
        optimizer.step()
    held.eval()
    with torch.no_grad():
        plain = photos.float() / 255
        return float(1 - cosine_similarity(held.method.trained(plain), held.before(plain)).mean())


def test_an_anchor_holds(taught):
    assert drift(100.0, taught) < 0.5 * drift(0.0, taught)


@pytest.mark.parametrize("name", sorted(METHODS.keys() - OF_PATCHES))
def test_every_method_that_hides_no_patches_teaches_the_tower(name):
    torch.manual_seed(0)
    method = METHODS[name](BuiltinTower(load_builtin().heads), 64, 4)
    photos = torch.randint(0, 256, (4, 3, 64, 64), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    views = method.views(photos, torch.Generator().manual_seed(0))
    method.loss(views, 0.5).backward()
    slopes = [each.grad for each in method.trained.network.blocks[-1].parameters()]
    assert all(slope is not None and torch.isfinite(slope).all() for slope in slopes)
    assert sum(float(slope.abs().sum()) for slope in slopes) > 0

"""A network learns what it is asked for, by all its weights."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from lens.errors import TuneError
from lens.selfsup.backbones import Backbone
from lens.selfsup.finetuning import finetuned
from lens.selfsup.training import Recipe, Step

RECIPE = Recipe(epochs=20, batch=16, learning_rate=3e-3)


def striped(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Photos with stripes down or across, at any place, which have the same colours."""
    rng = np.random.default_rng(seed)
    classes = rng.integers(0, 2, count)
    waves = np.sin(np.arange(32) * 2.2 + rng.uniform(0, 7, (count, 1)))  # (n, 32)
    photos = np.broadcast_to(waves[:, None, :, None], (count, 32, 32, 3)) * 90 + 128
    photos = np.where(classes[:, None, None, None] == 1, photos.transpose(0, 2, 1, 3), photos)
    return (photos + rng.normal(0, 10, photos.shape)).clip(0, 255).astype(np.uint8), classes


def small() -> Backbone:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv2d(3, 4, 5, padding=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return Backbone(layers, 4, [0.5] * 3, [0.5] * 3)


@pytest.fixture(scope="module")
def data() -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64]]:
    return *striped(65, 1), *striped(80, 2)


def test_stripes_are_told_apart_and_the_network_is_what_learned_it(data) -> None:
    photos, classes, judged, asked = data
    backbone, steps = small(), list[Step]()
    before = [each.detach().clone() for each in backbone.parameters()]
    told = finetuned(backbone, photos, classes, judged, RECIPE, on_step=steps.append)
    assert (told == asked).mean() > 0.9
    assert all(not torch.equal(one, other) for one, other in zip(before, backbone.parameters(), strict=True))
    assert [step.done for step in steps] == [*range(1, steps[0].total + 1)]
    assert steps[0].total == 5 * 20  # 65 photos, of which no batch is a single one
    assert not backbone.training


def test_it_ends_the_same_each_time(data) -> None:
    photos, classes, judged, _ = data
    recipe = Recipe(epochs=1, batch=16)
    ends = []
    for _ in range(2):
        backbone = small()
        finetuned(backbone, photos, classes, judged, recipe)
        ends.append(torch.cat([each.detach().ravel() for each in backbone.parameters()]))
    assert torch.equal(*ends)


def test_what_learns_nothing_tells_nothing(data) -> None:
    photos, classes, judged, asked = data
    shuffled = np.random.default_rng(0).permutation(classes)
    told = finetuned(small(), photos, shuffled, judged, RECIPE)
    assert (told == asked).mean() < 0.75


def test_a_loss_that_is_no_number_is_told(data) -> None:
    photos, classes, judged, _ = data
    backbone = small()
    with torch.no_grad():
        next(backbone.parameters())[0] = torch.nan
    with pytest.raises(TuneError, match="not a number after 0 steps"):
        finetuned(backbone, photos, classes, judged, RECIPE)

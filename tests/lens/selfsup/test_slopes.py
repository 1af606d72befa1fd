"""A puzzle for I-JEPA: photos whose colours rise evenly in some direction, so that what is hidden can be foreseen.

Asked is what the paper claims: that what is predicted of a hidden patch is nearest to what the follower says of that
very patch, among all patches of all photos. One in a thousand would be right by chance.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

import lens.selfsup.ijepa
from lens.selfsup.backbones import transformer
from lens.selfsup.ijepa import IJEPA, blocks
from lens.selfsup.methods import FOLLOWING
from lens.selfsup.training import Recipe, Trained, train

pytestmark = pytest.mark.slow

SIDE, PATCH = 16, 4
ASKED, DRAWS = 64, 4


def slopes(seed: int, count: int) -> np.ndarray:
    """(count, 16, 16, 3) uint8, each colour with a slope of its own, and some noise."""
    rng = np.random.default_rng(seed)
    down, right = np.mgrid[:SIDE, :SIDE, :1][:2] / (SIDE - 1) - 0.5
    middle = 127 + rng.uniform(-20, 20, (count, 1, 1, 3))
    steep = rng.uniform(-120, 120, (2, count, 1, 1, 3))
    photos = middle + steep[0] * down + steep[1] * right + rng.normal(0, 3, (count, SIDE, SIDE, 3))
    return photos.clip(0, 255).astype(np.uint8)


@torch.no_grad()
def found_again(method: IJEPA) -> float:
    """Share of hidden patches that are nearest to what is predicted of them, of photos that were not learned from."""
    method.eval()
    view = torch.from_numpy(slopes(1, ASKED)).permute(0, 3, 1, 2).float() / 255
    meant = method.meant(view)
    torch.manual_seed(0)
    right = []
    for _ in range(DRAWS):
        context, targets = blocks(ASKED, method.grid, view.device)
        seen = method.student.of_some(view, context)[:, method.student.prefix :]
        for target in targets:
            said = method.predicted(seen, context, target)
            nearest = torch.cdist(said.flatten(0, 1), meant.flatten(0, 1)).argmin(dim=1)
            own = target + method.grid**2 * torch.arange(ASKED)[:, None]
            right.append(nearest == own.flatten())
    return float(torch.cat(right).float().mean())


def learned(folder: Path, broken: Callable[[IJEPA], None] = lambda _: None) -> tuple[Trained, float, float]:
    """How a run ended, and what was found again before and after."""
    torch.manual_seed(0)
    network = transformer("vit_tiny_patch16_224", SIDE, patch_size=PATCH, embed_dim=48, depth=2, num_heads=3)
    method = IJEPA(network, SIDE, momentum=FOLLOWING, depth=1)
    method.view = replace(method.view, area=(1.0, 1.0), stretch=1.0, mirrored=0.0)
    before = found_again(method)
    broken(method)
    ended = train(method, slopes(0, 512), Recipe(epochs=40, learning_rate=2e-3), folder / "run")
    return ended, before, found_again(method)


def test_ijepa_foresees_what_is_hidden(tmp_path):
    ended, before, after = learned(tmp_path)
    assert before < 0.02
    assert after > 0.3
    assert not ended.collapsed


def test_ijepa_whose_targets_learn_collapses(tmp_path):
    def unstopped(method: IJEPA) -> None:
        def meant(view: torch.Tensor) -> torch.Tensor:
            whole = method.student.patches(view)[1]
            return functional.layer_norm(whole, whole.shape[-1:])

        method.meant = meant
        method.after_step = lambda _: method.backbone.load_state_dict(method.student.state_dict())

    ended, _, after = learned(tmp_path, unstopped)
    assert ended.collapsed
    assert after < 0.02


def test_ijepa_that_is_not_told_where_to_look_foresees_little(tmp_path):
    def placeless(method: IJEPA) -> None:
        method.predictor.add_pos_embed = lambda tokens: tokens

    assert learned(tmp_path, placeless)[2] < 0.15


def test_ijepa_whose_context_has_the_targets_foresees_nothing(tmp_path, monkeypatch):
    def leaking(count: int, grid: int, device: torch.device) -> tuple[torch.Tensor, list[torch.Tensor]]:
        return torch.arange(grid**2).expand(count, -1), blocks(count, grid, device)[1]

    def leaky(_: IJEPA) -> None:
        monkeypatch.setattr(lens.selfsup.ijepa, "blocks", leaking)

    assert learned(tmp_path, leaky)[2] < 0.02

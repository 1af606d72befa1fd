"""The loop: resumed anywhere to the same weights, stopped where features collapse, and clear about what goes wrong."""

import errno
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch.nn.functional import normalize

from lens.errors import TuneError
from lens.selfsup.collapse import alignment, effective_rank, uniformity
from lens.selfsup.dinov2 import DINOv2
from lens.selfsup.moco import MoCoV2
from lens.selfsup.simclr import SimCLR
from lens.selfsup.training import Recipe, learning_rate_at, train
from tests.lens.selfsup.conftest import SIDE, layers, small_transformer

RECIPE = Recipe(epochs=3, batch=32, learning_rate=3e-3)


def made(kind: type, views) -> torch.nn.Module:
    torch.manual_seed(0)
    method = {
        SimCLR: lambda: SimCLR(layers(), SIDE),
        MoCoV2: lambda: MoCoV2(layers(), SIDE, queue=64),
        DINOv2: lambda: DINOv2(small_transformer(), SIDE, prototypes=16, crops=1),
    }[kind]()
    if views:
        method.views = views
    return method


class Stop(Exception):
    """What ends a run from outside, as a power cut would."""


@pytest.mark.parametrize(("kind", "at"), [(SimCLR, 1), (SimCLR, 8), (MoCoV2, 5), (MoCoV2, 8), (DINOv2, 6)])
def test_a_run_that_was_killed_ends_with_the_same_weights(kind, at, taught, tmp_path):
    photos = taught.photos[:128]
    whole = made(kind, None)
    ended = train(whole, photos, RECIPE, tmp_path / "whole")

    def kill(step):
        if step.done == at:
            raise Stop

    often = Recipe(**{**vars(RECIPE), "minutes_between_checkpoints": 0})
    with pytest.raises(Stop):
        train(made(kind, None), photos, often, tmp_path / "run", on_step=kill)
    torch.manual_seed(99)  # another process
    steps = []
    resumed = made(kind, None)
    again = train(resumed, photos, often, tmp_path / "run", on_step=steps.append)
    assert steps[0].done == at  # the step in which it was killed was not kept yet
    assert again.total == steps[-1].done == 12
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name
    assert again.curve == ended.curve


def test_ctrl_c_keeps_what_was_learned(taught, tmp_path):
    def interrupt(step):
        if step.done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(made(SimCLR, None), taught.photos[:128], RECIPE, tmp_path / "run", on_step=interrupt)
    steps = []
    train(made(SimCLR, None), taught.photos[:128], RECIPE, tmp_path / "run", on_step=steps.append)
    assert steps[0].done == 4


def test_a_checkpoint_of_another_recipe_is_no_beginning(taught, tmp_path):
    photos = taught.photos[:64]
    train(made(SimCLR, None), photos, RECIPE, tmp_path / "run")
    steps = []
    train(made(SimCLR, None), photos, RECIPE, tmp_path / "run", on_step=steps.append)
    assert not steps  # it was done
    train(made(SimCLR, None), photos, RECIPE, tmp_path / "run", what={"photos": "others"}, on_step=steps.append)
    assert steps[0].done == 1


def test_a_damaged_checkpoint_is_said(taught, tmp_path):
    (tmp_path / "run").write_bytes(b"no safetensors")
    with pytest.raises(TuneError, match="delete it"):
        train(made(SimCLR, None), taught.photos[:64], RECIPE, tmp_path / "run")


def test_collapse_ends_a_run(taught, tmp_path):
    method = made(SimCLR, taught.views(2))
    method.loss = lambda views, _: (1 - normalize(method.backbone(views[0]), dim=1)[:, 0]).mean()  # all in one place
    ended = train(method, taught.photos, Recipe(epochs=60, learning_rate=0.01), tmp_path / "run")
    assert ended.collapsed
    assert ended.steps < ended.total
    assert ended.curve[-1]["rank"] < 3 < ended.curve[0]["rank"]
    again = train(made(SimCLR, None), taught.photos, Recipe(epochs=60, learning_rate=0.01), tmp_path / "run")
    assert (again.collapsed, again.steps) == (True, ended.steps), "what had collapsed was trained on"


def test_what_cannot_be_trained_is_said(taught, tmp_path, monkeypatch):
    with pytest.raises(TuneError, match="fewer than a batch"):
        train(made(SimCLR, None), taught.photos[:20], RECIPE, tmp_path / "run")
    with pytest.raises(TuneError, match="no numbers left"):
        train(made(SimCLR, None), taught.photos[:64], Recipe(epochs=50, batch=32, learning_rate=1e30), tmp_path / "run")

    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("lens.selfsup.checkpoints.replace_file", full)
    with pytest.raises(TuneError, match="No space left"):
        train(made(SimCLR, None), taught.photos[:64], RECIPE, tmp_path / "other")


def test_batches_that_make_one_step_count_as_one(taught, tmp_path):
    steps = []
    recipe = Recipe(epochs=2, batch=32, accumulate=2)
    ended = train(made(SimCLR, None), taught.photos[:128], recipe, tmp_path / "run", on_step=steps.append)
    assert ended.steps == len(steps) == 4
    assert [round(each["epoch"]) for each in ended.curve] == [0, 1, 2]


def test_the_learning_rate_rises_and_falls():
    recipe = Recipe(learning_rate=1.0, warm_up=0.1)
    rates = [learning_rate_at(done, recipe) for done in (0, 0.05, 0.1, 0.55, 1)]
    assert rates == pytest.approx([0, 0.5, 1, 0.5, 0])


def test_health_against_plain_loops():
    rng = np.random.default_rng(0)
    one, other = (torch.from_numpy(rng.normal(size=(20, 6)).astype(np.float32)) for _ in range(2))
    rows, others = (np.array([row / np.linalg.norm(row) for row in each.numpy()]) for each in (one, other))
    apart = np.mean([np.sum((row - friend) ** 2) for row, friend in zip(rows, others, strict=True)])
    assert alignment(one, other) == pytest.approx(apart, abs=1e-5)
    pairs = [np.exp(-2 * np.sum((rows[a] - rows[b]) ** 2)) for a in range(20) for b in range(a)]
    assert uniformity(one) == pytest.approx(np.log(np.mean(pairs)), abs=1e-5)
    values = np.linalg.svd(rows, compute_uv=False)
    shares = values / values.sum()
    assert effective_rank(one) == pytest.approx(np.exp(-np.sum(shares * np.log(shares))), abs=1e-3)
    assert effective_rank(one[:1] + 1e-3 * other) == pytest.approx(1, abs=0.1)
    assert effective_rank(torch.eye(6).repeat(3, 1)) == pytest.approx(6, abs=1e-3)


def test_what_is_frozen_is_not_kept_and_a_follower_of_it_stays_to_the_bit(taught, tmp_path):
    def half_frozen() -> MoCoV2:
        method = made(MoCoV2, None)
        method.backbone.network[1].requires_grad_(False)
        for part in (method.backbone, method.keys[0]):
            part.network[2].momentum = 0.0  # its statistics stay
        return method

    method = half_frozen()
    before = method.keys[0].network[1].weight.clone()
    train(method, taught.photos[:128], RECIPE, tmp_path / "run")
    assert torch.equal(method.keys[0].network[1].weight, before)
    assert not torch.equal(method.keys[0].network[4].weight, half_frozen().keys[0].network[4].weight)
    with safe_open(tmp_path / "run", "pt") as held:
        names = [name.removeprefix("method.") for name in list(held.keys()) if name.startswith("method.")]
    assert "backbone.network.4.weight" in names
    assert not [name for name in names if ".network.1." in name]
    assert not [name for name in names if name.startswith("queries.0.")]  # the backbone by another name
    again = half_frozen()
    steps = []
    train(again, taught.photos[:128], RECIPE, tmp_path / "run", on_step=steps.append)
    assert not steps
    for name, tensor in method.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name
    other = half_frozen()
    with torch.no_grad():
        other.backbone.network[1].weight.add_(1)
    train(other, taught.photos[:128], RECIPE, tmp_path / "run", on_step=steps.append)
    assert steps[0].done == 1  # what the checkpoint leaves out is not what it was

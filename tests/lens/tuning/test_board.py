"""TensorBoard's files: read back by TensorBoard itself."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lens.errors import TuneError
from lens.selfsup.simclr import SimCLR
from lens.selfsup.training import Recipe, train
from lens.tuning import board
from lens.tuning.board import Board
from tests.lens.selfsup.conftest import SIDE, layers, puzzle

accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
pytest.importorskip("lightly")


def read(folder: Path) -> dict[str, list[tuple[int, float]]]:
    found = accumulator.EventAccumulator(str(folder))
    found.Reload()
    return {tag: [(each.step, each.value) for each in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def run(folder: Path, told: Board, kill_at: int = 0):
    losses = []

    def step(now):
        told.step(now)
        losses.append(now.loss)
        if now.done == kill_at:
            raise InterruptedError

    torch.manual_seed(0)
    recipe = Recipe(epochs=3, batch=32, minutes_between_checkpoints=0)
    ended = train(SimCLR(layers(), SIDE), puzzle(0, 128).photos, recipe, folder / "run", on_step=step)
    told.close(ended.curve)
    return ended, losses


def test_all_of_a_run_is_told(tmp_path):
    ended, losses = run(tmp_path, Board(tmp_path / "board"))
    said = read(tmp_path / "board")
    assert [step for step, _ in said["step/loss"]] == list(range(1, 13))
    np.testing.assert_allclose([value for _, value in said["step/loss"]], losses, rtol=1e-6)
    for name in ("rank", "alignment", "uniformity"):
        assert [step for step, _ in said[f"epoch/{name}"]] == [0, 1, 2, 3]
        np.testing.assert_allclose([value for _, value in said[f"epoch/{name}"]], [each[name] for each in ended.curve])
    assert [step for step, _ in said["epoch/loss"]] == [1, 2, 3]
    assert len(said["step/photos per second"]) == 12


def test_a_run_that_was_killed_is_told_once(tmp_path):
    killed = Board(tmp_path / "board")
    with pytest.raises(InterruptedError):
        run(tmp_path, killed, kill_at=6)
    killed.close(())  # the step in which it was killed was told, and was not kept
    run(tmp_path, Board(tmp_path / "board"))
    said = read(tmp_path / "board")
    assert [step for step, _ in said["step/loss"]] == list(range(1, 13))
    assert [step for step, _ in said["epoch/rank"]] == [0, 1, 2, 3]


def test_what_is_missing_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(TuneError, match="cannot be written"):
        Board(tmp_path / "file" / "board")
    monkeypatch.setattr(board, "find_spec", lambda _: None)
    with pytest.raises(TuneError, match=r'pip install "lens-photos\[tensorboard\]"'):
        Board(tmp_path / "board")

"""A problem that every method solves when it is right: what two views share, and what they do not."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn

from lens.evaluation.protocols import knn
from lens.selfsup.backbones import Backbone, transformer

pytest.importorskip("lightly")

SIDE = 8
HALF = SIDE // 2
KINDS = 16


def layers() -> Backbone:
    """A small network without convolutions."""
    network = nn.Sequential(
        nn.Flatten(), nn.Linear(SIDE * SIDE * 3, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 32)
    )
    return Backbone(network, 32, [0.5] * 3, [0.25] * 3)


def small_transformer():
    """A vision transformer of four patches."""
    return transformer("vit_tiny_patch16_224", SIDE, patch_size=4, embed_dim=48, depth=2, num_heads=3)


@dataclass(frozen=True)
class Puzzle:
    """Photos of sixteen kinds: the left half says faintly of which, the right half loudly means nothing."""

    photos: np.ndarray  # (n, 8, 8, 3) uint8
    kinds: np.ndarray  # (n,)

    def views(self, count: int):
        """What makes `count` views of a batch: the loud half is another one each time."""

        def make(photos: torch.Tensor, generator: torch.Generator) -> list[torch.Tensor]:
            made = []
            for _ in range(count):
                view = photos.float() / 255
                view[..., HALF:] = torch.rand(view[..., HALF:].shape, generator=generator)
                made.append(view + 0.02 * torch.randn(view.shape, generator=generator))
            return made

        return make


def puzzle(seed: int, count: int) -> Puzzle:
    rng = np.random.default_rng(seed)
    patterns = np.random.default_rng(9).choice([-1, 1], (4, SIDE, HALF, 3))
    bits = rng.integers(0, 2, (count, 4))
    photos = np.empty((count, SIDE, SIDE, 3), np.uint8)
    photos[:, :, :HALF] = 127 + 12 * np.einsum("nb,bhwc->nhwc", 2 * bits - 1, patterns)
    photos[:, :, HALF:] = rng.integers(0, 255, (count, SIDE, HALF, 3))
    return Puzzle(photos, bits @ np.array([1, 2, 4, 8]))


@torch.no_grad()
def told(backbone: Backbone, taught: Puzzle, asked: Puzzle) -> float:
    """Share of photos whose kind their neighbours tell."""
    backbone.eval()
    features = [
        nn.functional.normalize(backbone(pixels(each)), dim=1).numpy() for each in (taught, asked)
    ]  # fmt: skip
    return float((knn(features[0], taught.kinds, features[1]) == asked.kinds).mean())


def pixels(some: Puzzle) -> torch.Tensor:
    return torch.from_numpy(some.photos).permute(0, 3, 1, 2).float() / 255


@pytest.fixture(autouse=True)
def one_thread():
    """Networks this small are slower with several."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def taught() -> Puzzle:
    return puzzle(0, 512)


@pytest.fixture(scope="session")
def asked() -> Puzzle:
    return puzzle(1, 256)

"""All weights of a network trained further to tell classes apart: the field's last word on what it can learn."""

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lens.errors import TuneError
from lens.selfsup.backbones import Backbone
from lens.selfsup.training import CLIP, Recipe, Step, learning_rate_at
from lens.selfsup.views import View, look

__all__ = ["finetuned"]

AREA = (0.35, 1.0)
"""Of a photo that a view shows: whole things, since its class is to be told."""
HEAD = 10.0
"""How many times as fast the classifier learns, which begins with nothing."""
SMOOTHED = 0.1
"""Of what is asked for, spread over all classes, as MAE's fine-tuning has it (arXiv:2111.06377, appendix A)."""


def finetuned(
    backbone: Backbone,
    photos: NDArray[np.uint8],
    classes: NDArray[np.int64],
    judged: NDArray[np.uint8],
    recipe: Recipe,
    *,
    device: str = "cpu",
    on_step: Callable[[Step], None] = lambda _: None,
) -> NDArray[np.int64]:
    """(m,) the classes that a network tells once it has been trained on photos whose class is known.

    A linear classifier is put behind its features, each of which is normalised over the batch first, so that it does
    not matter how long they are.

    Args:
        backbone: is changed; what it lets gradients reach is trained.
        photos: (n, side, side, 3), n at least 2.
        classes: (n,) from 0 on.
        judged: (m, side, side, 3).
        recipe: how long and how fast; neither `accumulate` nor checkpoints count.
        device: of torch.
        on_step: told of every step.

    Raises:
        TuneError: the loss is not a number.
    """
    torch.manual_seed(recipe.seed)
    generator = torch.Generator(device).manual_seed(recipe.seed)
    head = nn.Sequential(nn.BatchNorm1d(backbone.dim, affine=False), nn.Linear(backbone.dim, int(classes.max()) + 1))
    model = nn.Sequential(backbone, head).to(device).train()
    optimizer = torch.optim.AdamW(
        [
            {"params": [each for each in part.parameters() if each.requires_grad], "times": times}
            for part, times in ((backbone, 1.0), (head, HEAD))
        ],
        weight_decay=recipe.weight_decay,
    )
    view = View(photos.shape[1], area=AREA, jittered=0.0, grey=0.0, blurred=0.0)
    count = max(1, math.ceil(len(photos) / recipe.batch))
    steps = recipe.epochs * count
    for epoch in range(recipe.epochs):
        order = torch.randperm(len(photos), generator=torch.Generator().manual_seed(recipe.seed + epoch)).numpy()
        for number, some in enumerate(np.array_split(order, count)):  # none of which is a single photo
            done = epoch * count + number
            for group in optimizer.param_groups:
                group["lr"] = group["times"] * learning_rate_at((done + 1) / steps, recipe)
            seen = look(_tensor(photos[some], device), view, generator)
            asked = torch.from_numpy(classes[some]).to(device)
            loss = functional.cross_entropy(model(seen), asked, label_smoothing=SMOOTHED)
            if not loss.isfinite():
                raise TuneError(f"The loss is not a number after {done} steps: try a smaller --learning-rate.")
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimizer.step()
            on_step(Step(done + 1, steps, loss.item(), 0.0))
    model.eval()
    with torch.inference_mode():
        batches = [judged[start : start + recipe.batch] for start in range(0, len(judged), recipe.batch)]
        told = [model(_tensor(batch, device).float() / 255).argmax(dim=1).cpu().numpy() for batch in batches]
    return np.concatenate([np.zeros(0, np.int64), *told])


def _tensor(photos: NDArray[np.uint8], device: str) -> Tensor:
    """(b, 3, h, w)"""
    return torch.from_numpy(np.array(photos)).permute(0, 3, 1, 2).to(device)

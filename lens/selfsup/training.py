"""The loop that all self-supervised methods share."""

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim import AdamW, Optimizer

from lens.errors import TuneError
from lens.selfsup.checkpoints import Moment, Start, keep, start_of, take_up
from lens.selfsup.collapse import Health, health
from lens.selfsup.method import Method

__all__ = ["WATCHED", "Recipe", "Step", "Trained", "learning_rate_at", "least_rank", "steps_of", "train"]

WATCHED = 128
"""Photos by which health is told, once an epoch."""
COLLAPSED = 0.2
"""Share of the rank at the start below which, and below `FEW` dimensions, features are said to have collapsed."""
FEW = 3.0
SETTLED = 30
"""Steps after which batch normalisation that learns from scratch knows its statistics; until then features only seem to
have collapsed."""
CLIP = 3.0
"""Norm that gradients are cut to, as in DINO."""


@dataclass(frozen=True)
class Recipe:
    """How long and how fast to train."""

    epochs: int = 20
    batch: int = 64
    accumulate: int = 1
    """Batches whose gradients make one step."""
    learning_rate: float = 1e-3
    """The largest; reached after `warm_up`, and left along a cosine."""
    weight_decay: float = 0.05
    warm_up: float = 0.1
    """Share of the run."""
    seed: int = 0
    minutes_between_checkpoints: float = 2.0


@dataclass(frozen=True)
class Step:
    """What is told of a run as it goes on."""

    done: int
    """Steps."""
    total: int
    loss: float
    photos_per_second: float
    curve: Sequence[dict[str, float]] = ()
    """What was measured by now, once an epoch."""


@dataclass(frozen=True)
class Trained:
    """How a run ended."""

    steps: int
    total: int
    curve: list[dict[str, float]]
    """Of each epoch: loss, rank, alignment, uniformity."""
    collapsed: bool
    """Whether it was stopped because features no longer told photos apart."""


def train(
    method: Method,
    photos: NDArray[np.uint8],
    recipe: Recipe,
    checkpoint: Path,
    *,
    what: dict[str, Any] | None = None,
    device: str = "cpu",
    on_step: Callable[[Step], None] = lambda _: None,
) -> Trained:
    """Train a method's backbone; a run that was stopped goes on from its checkpoint, to the same weights.

    Every step draws its views from a seed of its own, so that it does not matter what was drawn before it.

    Args:
        method: what is trained, and how.
        photos: (n, h, w, 3), perhaps mapped from a file.
        recipe: how long and how fast.
        checkpoint: a file, which is made, and read if it is there.
        what: what else makes this run another one, such as a fingerprint of its photos; plain JSON.
        device: of torch.
        on_step: told of every step.

    Raises:
        TuneError: there are fewer photos than a batch, the loss is not a number, or a checkpoint cannot be written.
        KeyboardInterrupt: as it came, once a checkpoint is written.
    """
    if len(photos) < recipe.batch:
        raise TuneError(f"{len(photos)} photos are fewer than a batch of {recipe.batch}: index more, or --batch less.")
    method.to(device).train()
    optimizer = _optimizer(method, recipe)
    identity = asdict(recipe) | (what or {})
    start = start_of(method)
    begun = take_up(checkpoint, method, optimizer, identity, start)
    run = _Run(method, optimizer, recipe, photos, device, checkpoint, identity, start)
    if begun:
        run.done, run.curve, run.losses = begun.step, list(begun.curve), list(begun.losses)
    try:
        run.carry_out(on_step)
    except KeyboardInterrupt:
        run.keep()
        raise
    run.keep()
    return Trained(run.done, run.total, run.curve, run.collapsed)


@dataclass
class _Run:
    """A run under way."""

    method: Method
    optimizer: Optimizer
    recipe: Recipe
    photos: NDArray[np.uint8]
    device: str
    checkpoint: Path
    identity: dict[str, Any]
    start: Start
    done: int = 0
    curve: list[dict[str, float]] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    """Of the epoch under way."""

    @property
    def per_epoch(self) -> int:
        """Steps of an epoch; photos that fill no batch wait for the next one."""
        return _per_epoch(len(self.photos), self.recipe)

    @property
    def total(self) -> int:
        """Steps of the run."""
        return steps_of(len(self.photos), self.recipe)

    @property
    def collapsed(self) -> bool:
        """Whether features told photos apart no more when the last epoch ended, be it before a run was taken up."""
        last = self.curve[-1]
        learns = any(isinstance(part, _BatchNorm) and part.training for part in self.method.backbone.modules())
        return last["rank"] < least_rank(self.curve) and (last["epoch"] * self.per_epoch >= SETTLED or not learns)

    def carry_out(self, on_step: Callable[[Step], None]) -> None:
        """All steps that are left."""
        if self.done == 0:
            self.curve.append({"epoch": 0} | asdict(self._health()))
        started, first, kept = time.monotonic(), self.done, time.monotonic()
        while self.done < self.total and not self.collapsed:
            self.losses.append(self._step())
            self.done += 1
            seconds = time.monotonic() - started
            rate = (self.done - first) * self.recipe.batch * self.recipe.accumulate / seconds
            on_step(Step(self.done, self.total, self.losses[-1], rate, self.curve))
            if self.done % self.per_epoch == 0:
                self._end_epoch()
            if time.monotonic() - kept > 60 * self.recipe.minutes_between_checkpoints:
                self.keep()
                kept = time.monotonic()

    def keep(self) -> None:
        """Write the checkpoint, but for one from which no run could go on."""
        if not all(bool(torch.isfinite(each).all()) for each in self.method.parameters()):
            raise self._diverged()
        moment = Moment(self.done, self.identity, self.curve, self.losses)
        keep(self.checkpoint, self.method, self.optimizer, moment, self.start)

    def _diverged(self) -> TuneError:
        return TuneError(f"After {self.done} steps there are no numbers left: choose a smaller learning rate.")

    def _step(self) -> float:
        done = self.done / self.total
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate_at(done, self.recipe)
        self.optimizer.zero_grad()
        total = 0.0
        for number, some in enumerate(self._batches()):
            loss = self._loss(some, [self.recipe.seed, self.done, number], done) / self.recipe.accumulate
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        if not math.isfinite(total):
            raise self._diverged()
        self.method.before_step(done)
        nn.utils.clip_grad_norm_(self.method.parameters(), CLIP)
        self.optimizer.step()
        self.method.after_step(done)
        return total

    def _loss(self, numbers: NDArray[np.int64], seeds: Sequence[int], done: float) -> Tensor:
        generator = _seeded(seeds, self.device)
        self.method.meet(numbers)
        with torch.no_grad():
            views = self.method.views(self._read(numbers), generator)
        with _mixed(self.device):
            return self.method.loss(views, done)

    def _batches(self) -> Iterator[NDArray[np.int64]]:
        epoch, step = divmod(self.done, self.per_epoch)
        order = np.random.default_rng([self.recipe.seed, epoch]).permutation(len(self.photos))
        size = self.recipe.batch
        for number in range(self.recipe.accumulate):
            start = (step * self.recipe.accumulate + number) * size
            yield np.sort(order[start : start + size])

    def _read(self, numbers: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(self.photos[numbers]).to(self.device).permute(0, 3, 1, 2)

    def _end_epoch(self) -> None:
        found = self._health()
        loss = float(np.mean(self.losses))
        self.losses.clear()
        self.curve.append({"epoch": self.done // self.per_epoch, "loss": loss} | asdict(found))

    @torch.no_grad()
    def _health(self) -> Health:
        generator, seen = _seeded([0], self.device), []
        self.method.eval()
        for start in range(0, min(WATCHED, len(self.photos)), self.recipe.batch):
            some = self._read(np.arange(start, min(start + self.recipe.batch, WATCHED, len(self.photos))))
            seen.append([self.method.backbone(view) for view in self.method.pair(some, generator)])
        self.method.train()
        one, other = (torch.cat(views) for views in zip(*seen, strict=True))
        if not torch.isfinite(one).all():
            raise self._diverged()
        return health(one, other)


def least_rank(curve: Sequence[dict[str, float]]) -> float:
    """The rank below which features are said to have collapsed, by what it was at the start."""
    return min(FEW, COLLAPSED * curve[0]["rank"])


def steps_of(photos: int, recipe: Recipe) -> int:
    """The steps of a run over so many photos."""
    return recipe.epochs * _per_epoch(photos, recipe)


def _per_epoch(photos: int, recipe: Recipe) -> int:
    return max(1, photos // (recipe.batch * recipe.accumulate))


def learning_rate_at(done: float, recipe: Recipe) -> float:
    """The learning rate after this share of a run: up in a line, then down along a cosine to nought."""
    if done < recipe.warm_up:
        return recipe.learning_rate * done / recipe.warm_up
    left = (done - recipe.warm_up) / (1 - recipe.warm_up)
    return recipe.learning_rate * (math.cos(math.pi * left) + 1) / 2


def _optimizer(method: Method, recipe: Recipe) -> Optimizer:
    """AdamW; biases and what normalises are not drawn to nought."""
    trained = [parameter for parameter in method.parameters() if parameter.requires_grad]
    groups = [
        {"params": [each for each in trained if each.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [each for each in trained if each.ndim <= 1], "weight_decay": 0.0},
    ]
    return AdamW(groups, lr=recipe.learning_rate)


def _seeded(seeds: Sequence[int], device: str) -> torch.Generator:
    """A generator for views; torch's and Python's own, which losses and masks draw from, are seeded alike."""
    seed = int(np.random.SeedSequence(seeds).generate_state(1)[0])
    torch.manual_seed(seed)
    random.seed(seed)
    return torch.Generator(device).manual_seed(seed)


def _mixed(device: str) -> AbstractContextManager[Any]:
    """bfloat16 where a GPU gains by it; it needs no scaling of losses."""
    return torch.autocast("cuda", torch.bfloat16) if device.startswith("cuda") else nullcontext()
